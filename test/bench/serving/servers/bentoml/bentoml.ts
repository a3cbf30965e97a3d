import { join } from 'node:path';
import { cachedVenv } from '../../../../harness.ts';
import { libraries, oneThread } from '../../libraries.ts';
import { json } from '../../requests.ts';
import { peerFile } from '../peers.ts';
import type { Server } from '../server.ts';

export const bentoml: Server = {
  title: 'BentoML',
  about:
    '`bentoml serve` of a service with ' +
    '[a worker for each CPU](https://docs.bentoml.com/en/latest/build-with-bentoml/parallelize-requests.html) and ' +
    '[adaptive batching](https://docs.bentoml.com/en/latest/get-started/adaptive-batching.html) with the 1,000 ms of ' +
    'its documentation and up to 1,000 rows, as many as the largest request has. Its APIs take no CSV.',
  packages: ['bentoml'],
  health: '/readyz',
  path: '/invocations',
  takes: { json: json((rows) => ({ instances: rows })) },
  predictions: (answer: unknown[]) => answer,
  prepare: async ({ folder }) => {
    const venv = await cachedVenv(peerFile('bentoml', 'requirements.txt'), libraries());
    const here = import.meta.dirname;
    return {
      venv,
      start: (port) => ({
        command: join(venv, 'bin/bentoml'),
        args: [
          ...['serve', 'service:Classifier', '--working-dir', here],
          ...['--host', '127.0.0.1', '--port', String(port)],
        ],
        env: {
          ...oneThread,
          BENTOML_DO_NOT_TRACK: 'True',
          SM_MODEL_DIR: folder,
          PYTHONPATH: join(here, '../..'),
        },
      }),
    };
  },
};
