import { join } from 'node:path';
import { cachedVenv, generate } from '../../../../harness.ts';
import { csv, json } from '../../requests.ts';
import type { Launch, Server } from '../server.ts';

const here = import.meta.dirname;

const constant = (
  title: string,
  about: string,
  packages: readonly string[],
  start: (venv: string, port: number, project: string) => Launch,
): Server => ({
  title,
  about,
  packages,
  health: '/ping',
  path: '/invocations',
  takes: { json: json((rows) => ({ instances: rows })), csv: csv() },
  predictions: ({ predictions }: { predictions: unknown[] }) => predictions,
  prepare: async () => {
    const project = await generate(['constant', '--framework=sklearn']);
    const venv = await cachedVenv(join(here, 'requirements.txt'));
    return { venv, start: (port) => start(venv, port, project) };
  },
});

export const protocol = constant(
  'constant, asyncio protocol',
  'One process that reads each request and answers `{"predictions":[1]}`: no framework, no model.',
  ['httptools', 'uvloop'],
  (venv, port) => ({
    command: join(venv, 'bin/python'),
    args: [join(here, 'protocol.py')],
    env: { PORT: String(port) },
  }),
);

export const asgi = constant(
  'constant, uvicorn',
  'The same as a bare ASGI app in one process of uvicorn, access log off.',
  ['uvicorn', 'httptools', 'uvloop'],
  (venv, port) => ({
    command: join(venv, 'bin/uvicorn'),
    args: [
      ...['--app-dir', here, '--host', '127.0.0.1', '--port', String(port)],
      ...['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--lifespan', 'off', 'asgi:app'],
    ],
  }),
);

export const own = constant(
  'constant, by the HTTP of ours',
  'The process of a generated project that speaks HTTP, with its limits, but without workers: what the way to the ' +
    'model and back costs is the difference to it.',
  ['httptools', 'uvloop'],
  (venv, port, project) => ({
    command: join(venv, 'bin/python'),
    args: [join(here, 'own.py')],
    env: { PYTHONPATH: join(project, 'code'), SAGEMAKER_BIND_TO_PORT: String(port) },
  }),
);
