import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { reservePort } from '../generators/hosting/containers/port.ts';

export { cachedVenv } from '../scripts/venv.js';

const run = promisify(execFile);

export const repository = resolve(import.meta.dirname, '..');
export const bin = join(repository, 'dist/generators/cli.cjs');

/** The environment without the settings of whoever runs the tests; Python's would have it compile its libraries anew. */
export const cleanEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(ML_|PYTHON|AWS_(?!CA_BUNDLE))/.test(name)),
);

/** A new folder, gone when all tests have run. */
export function tempFolder(): string {
  return mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'test-'));
}

/** What a pickle holds that is known by a text: of the oldest protocol, which is text itself. */
export const pickled = (text: string) => `(dp0\n.${text}`;

/** How files of each format of models of rows begin. */
export const beginnings = {
  pkl: pickled(''),
  joblib: pickled(''),
  skops: 'PK\x03\x04',
  json: '{"learner": {}, ',
  ubj: '{L\0\0\0\0',
} as const;

/** The beginning of a file with such an ending; a pickle's where that is no model's. */
export const beginningOf = (ending = '') =>
  ending in beginnings ? beginnings[ending as keyof typeof beginnings] : pickled(ending);

/** Runs the built bin without questions in a new folder; returns the project's absolute path. */
export async function generate(args: readonly string[]): Promise<string> {
  const cwd = tempFolder();
  const { stdout } = await run(process.execPath, [bin, ...args, '--skip-prompts'], { cwd, env: cleanEnv });
  const folder = /^Created ([^:]+):/.exec(stdout)?.[1];
  if (!folder) throw new Error(`no project: ${stdout}`);
  return join(cwd, folder);
}

/** The environment in which a virtual environment is active. */
export function activated(venv: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...cleanEnv, PATH: `${venv}/bin:${process.env.PATH}`, VIRTUAL_ENV: venv, ...env };
}

/** A command that failed: its exit code and all that it printed. */
export class CommandError extends Error {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(file: string, { code, stdout, stderr }: { code: number; stdout: string; stderr: string }) {
    super(`${basename(file)} ended with ${code}:\n${stdout}${stderr}`);
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** Runs a command, in the clean environment unless told otherwise; rejects with a CommandError when it fails. */
export async function command(
  file: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ stdout: string; stderr: string }> {
  return run(file, [...args], { env: cleanEnv, ...options, maxBuffer: 64 * 1024 * 1024 }).catch((error) => {
    throw new CommandError(file, error);
  });
}

/** A port of this machine that nobody listens on, and that no other test gets until this process ends. */
export async function freePort(): Promise<number> {
  return (await reservePort()).number;
}

/** A served project: what it printed, and how it ended. */
export interface Served {
  readonly url: string;
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

/** Starts `code/serve serve` as the container does, on a free port; does not wait for it. */
export async function serve(project: string, venv: string, env: NodeJS.ProcessEnv = {}): Promise<Served> {
  const port = await freePort();
  const child = spawn(join(project, 'code/serve'), ['serve'], {
    // Not the project's folder: a container is not started there either.
    cwd: tmpdir(),
    env: activated(venv, {
      SAGEMAKER_BIND_TO_PORT: String(port),
      SM_MODEL_DIR: join(project, 'model'),
      ...env,
    }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exit = new Promise<number | null>((done) => child.on('close', done));
  return { url: `http://127.0.0.1:${port}`, process: child, output: () => output, exit };
}

/** Waits for `/ping` to answer 200. */
export async function ready(served: Served): Promise<void> {
  const end = performance.now() + 240_000;
  while (performance.now() < end && served.process.exitCode === null) {
    const answer = await fetch(`${served.url}/ping`).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(100);
  }
  throw new Error(`the server did not become ready:\n${served.output()}`);
}

/** Stops a server as SageMaker does; returns its exit code. */
export async function stop(served: Served): Promise<number | null> {
  served.process.kill('SIGTERM');
  return served.exit;
}
