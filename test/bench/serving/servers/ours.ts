import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { cachedVenv, generate } from '../../../harness.ts';
import { csv, json } from '../requests.ts';
import type { Server } from './server.ts';

/** A generated project, as it comes. */
export const ours = (stack: 'fastapi' | 'flask'): Server => ({
  title: `ours, ${stack}`,
  about: `\`ml-container-creator --model-server=${stack}\`, then \`code/serve serve\`; nothing set.`,
  packages: [stack === 'flask' ? 'Flask' : 'fastapi', 'uvloop', 'httptools'],
  health: '/ping',
  path: '/invocations',
  takes: { json: json((rows) => ({ instances: rows })), csv: csv() },
  predictions: ({ predictions }: { predictions: unknown[] }) => predictions,
  prepare: async ({ name, framework, format, folder }) => {
    const project = await generate([
      `bench-${name}`,
      `--framework=${framework}`,
      `--model-format=${format}`,
      `--model-server=${stack}`,
    ]);
    cpSync(folder, join(project, 'model'), { recursive: true });
    return {
      venv: await cachedVenv(join(project, 'requirements.txt')),
      start: (port) => ({
        command: join(project, 'code/serve'),
        args: ['serve'],
        env: { SAGEMAKER_BIND_TO_PORT: String(port), SM_MODEL_DIR: join(project, 'model') },
      }),
    };
  },
});
