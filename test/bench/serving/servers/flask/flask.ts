import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cachedVenv } from '../../../../harness.ts';
import { libraries, oneThread } from '../../libraries.ts';
import { csv, json } from '../../requests.ts';
import { peerFile } from '../peers.ts';
import type { Server } from '../server.ts';

export const flaskSample: Server = {
  title: 'plain Flask',
  about:
    "Flask and gunicorn after AWS's sample for bringing your own container, pandas for CSV, a model for each worker; " +
    "gunicorn's own sync workers, one for each CPU, and no nginx in front.",
  packages: ['Flask', 'gunicorn'],
  health: '/ping',
  path: '/invocations',
  takes: { json: json((rows) => ({ instances: rows })), csv: csv() },
  predictions: ({ predictions }: { predictions: unknown[] }) => predictions,
  prepare: async ({ folder }) => {
    const venv = await cachedVenv(peerFile('flask-sample', 'requirements.txt'), libraries());
    const here = import.meta.dirname;
    return {
      venv,
      start: (port) => ({
        command: join(venv, 'bin/gunicorn'),
        args: [
          ...['--chdir', here, '--bind', `127.0.0.1:${port}`],
          ...['--workers', String(availableParallelism()), '--timeout', '60', 'predictor:app'],
        ],
        env: { ...oneThread, SM_MODEL_DIR: folder, PYTHONPATH: join(here, '../..') },
      }),
    };
  },
};
