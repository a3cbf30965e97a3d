import { join } from 'node:path';
import { cachedVenv } from '../../../../harness.ts';
import { libraries, oneThread } from '../../libraries.ts';
import { json } from '../../requests.ts';
import { peerFile } from '../peers.ts';
import type { Server } from '../server.ts';

export const litserve: Server = {
  title: 'LitServe',
  about:
    '[Batching](https://lightning.ai/docs/litserve/features/batching) of up to 64 requests within 2 ms, a worker for ' +
    'each CPU and the fast queue that its documentation advises for many requests. A user would write the reading of ' +
    'CSV; it gets JSON.',
  packages: ['litserve'],
  health: '/health',
  path: '/invocations',
  takes: { json: json((rows) => ({ instances: rows })) },
  predictions: ({ predictions }: { predictions: unknown[] }) => predictions,
  prepare: async ({ folder }) => {
    const venv = await cachedVenv(peerFile('litserve', 'requirements.txt'), libraries());
    const here = import.meta.dirname;
    return {
      venv,
      start: (port) => ({
        command: join(venv, 'bin/python'),
        args: [join(here, 'server.py')],
        env: { ...oneThread, PORT: String(port), SM_MODEL_DIR: folder, PYTHONPATH: join(here, '../..') },
      }),
    };
  },
};
