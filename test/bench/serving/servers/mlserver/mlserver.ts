import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cachedVenv, freePort, tempFolder } from '../../../../harness.ts';
import { libraries, oneThread } from '../../libraries.ts';
import { json, type Rows } from '../../requests.ts';
import type { Server } from '../server.ts';

const implementations = {
  sklearn: 'mlserver_sklearn.SKLearnModel',
  xgboost: 'mlserver_xgboost.XGBoostModel',
};

const input = (rows: Rows) => ({
  name: 'rows',
  shape: [rows.length, rows[0]?.length],
  datatype: 'FP64',
  data: rows.flat(),
});

export const mlserver: Server = {
  title: 'MLServer',
  about:
    '`mlserver start` with its runtimes for scikit-learn and XGBoost, ' +
    '[a worker for each CPU](https://docs.seldon.ai/seldon-core-2/user-guide/performance-tuning/models/inference) and ' +
    '[adaptive batching](https://docs.seldon.ai/mlserver/user-guide/adaptive-batching) of up to 64 requests within ' +
    '2 ms; metrics off. It takes no CSV, and needs the package xgboost instead of xgboost-cpu.',
  packages: ['mlserver'],
  // Its /v2/health/ready says 200 before the model is there.
  health: '/v2/models/bench/ready',
  path: '/v2/models/bench/infer',
  takes: { json: json((rows) => ({ inputs: [input(rows)] })) },
  predictions: ({ outputs }: { outputs: [{ data: unknown[] }] }) => outputs[0].data,
  prepare: async ({ framework, format, folder }) => {
    const venv = await cachedVenv(join(import.meta.dirname, 'requirements.txt'), libraries('xgboost'));
    return {
      venv,
      start: async (port) => {
        const cwd = join(tempFolder(), 'mlserver');
        mkdirSync(cwd);
        const settings = {
          debug: false,
          host: '127.0.0.1',
          http_port: port,
          grpc_port: await freePort(),
          metrics_endpoint: null,
          parallel_workers: availableParallelism(),
        };
        const model = {
          name: 'bench',
          implementation: implementations[framework as keyof typeof implementations],
          max_batch_size: 64,
          max_batch_time: 0.002,
          parameters: { uri: join(folder, `model.${format}`) },
        };
        writeFileSync(join(cwd, 'settings.json'), JSON.stringify(settings));
        writeFileSync(join(cwd, 'model-settings.json'), JSON.stringify(model));
        return { command: join(venv, 'bin/mlserver'), args: ['start', '.'], env: oneThread, cwd };
      },
    };
  },
};
