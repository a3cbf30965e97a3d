import { join } from 'node:path';
import { cachedVenv } from '../../../../harness.ts';
import { csv, json } from '../../requests.ts';
import type { Launch, Server } from '../server.ts';

const here = import.meta.dirname;

const constant = (
  title: string,
  about: string,
  packages: readonly string[],
  start: (venv: string, port: number) => Launch,
): Server => ({
  title,
  about,
  packages,
  health: '/ping',
  path: '/invocations',
  takes: { json: json((rows) => ({ instances: rows })), csv: csv() },
  predictions: ({ predictions }: { predictions: unknown[] }) => predictions,
  prepare: async () => {
    const venv = await cachedVenv(join(here, 'requirements.txt'));
    return { venv, start: (port) => start(venv, port) };
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
