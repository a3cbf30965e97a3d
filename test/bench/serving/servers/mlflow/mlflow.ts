import { join } from 'node:path';
import { activated, cachedVenv, command, tempFolder } from '../../../../harness.ts';
import { libraries, oneThread } from '../../libraries.ts';
import { csv, json } from '../../requests.ts';
import { peerFile } from '../peers.ts';
import type { Server } from '../server.ts';

const names = Array.from({ length: 8 }, (_, index) => `x${index}`);

export const mlflow: Server = {
  title: 'MLflow',
  about:
    '[`mlflow models serve --env-manager local`](https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/) ' +
    'with a worker for each CPU; it has no batching of requests. JSON as `inputs`, which it hands on as arrays; the ' +
    'model has no signature, which would add checks. Its CSV has a header.',
  packages: ['mlflow'],
  health: '/ping',
  path: '/invocations',
  takes: { json: json((rows) => ({ inputs: rows })), csv: csv(names.join(',')) },
  predictions: ({ predictions }: { predictions: unknown[] }) => predictions,
  prepare: async ({ folder }) => {
    const venv = await cachedVenv(peerFile('mlflow', 'requirements.txt'), libraries());
    const saved = join(tempFolder(), 'model');
    await command(join(venv, 'bin/python'), [join(import.meta.dirname, 'save.py'), saved], {
      env: activated(venv, { SM_MODEL_DIR: folder, PYTHONPATH: join(import.meta.dirname, '../..') }),
    });
    return {
      venv,
      start: (port) => ({
        command: peerFile('mlflow', 'serve'),
        args: [],
        env: { ...oneThread, SAGEMAKER_BIND_TO_PORT: String(port), SM_MODEL_DIR: saved },
      }),
    };
  },
};
