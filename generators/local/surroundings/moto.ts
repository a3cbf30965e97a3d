import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { isRunning } from '../../running.ts';
import { WorkError } from '../../settings/problems.ts';
import keeper from './moto/keeper.py?raw';
import pickled from './moto/pickled.py?raw';
import server from './moto/server.py?raw';

const run = promisify(execFile);

/** Modules of ours, each after those that it imports: Python gets them by this program, and finds none on the disk. */
const program = `import sys, types
for name, text in ${JSON.stringify(Object.entries({ pickled, keeper, server }))}:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)
`;

export const version = '5.2.5';
/** What moto's server imports for the parts of AWS that are asked here; all that it has would be three times as much. */
const requirements = [
  `moto[s3]==${version}`,
  ...['boto3==1.44.8', 'flask==3.1.3', 'flask-cors==6.0.5', 'werkzeug==3.1.9'],
];

export interface Moto {
  readonly port: number;
  /** What requests to it have to bring along: nobody else is to ask it past us. */
  readonly key: string;
  stop(): Promise<void>;
}

interface ToStart {
  /** Where its virtual environment is kept, for good. */
  readonly cache: string;
  /** What it prints goes there. */
  readonly log: string;
  /** Where it keeps what it knows for the next start, if it is to. */
  readonly kept?: string;
  readonly environment: NodeJS.ProcessEnv;
  say(line: string): void;
}

/** Starts moto's server, which answers for all of AWS but SageMaker. Throws WorkError where it cannot be had. */
export async function startMoto({ cache, log, kept, environment, say }: ToStart): Promise<Moto> {
  const python = await interpreter(join(cache, `moto-${version}`), say);
  // Isolated: Python would import modules of the current folder first, which may be anybody's.
  // It ends with its standard input, which ends with us, however we end. In a group of its own: Ctrl-C is for us, who need it for the last log lines.
  const key = randomBytes(16).toString('hex');
  const child = spawn(python, ['-I', '-c', program, ...(kept === undefined ? [] : [kept])], {
    detached: true,
    env: { ...environment, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', MOTO_KEY: key },
    stdio: ['pipe', 'pipe', openSync(log, 'a')],
  }) as ChildProcessByStdio<Writable, Readable, null>;
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout);
  const first = await Promise.race([once(lines, 'line'), ended]);
  const port = Number(first[0]);
  if (child.exitCode !== null || !port)
    throw new WorkError(
      `moto ${version} has ended as it started: ${lastLine(readFileSync(log, 'utf8'))}${kept === undefined ? '' : `; if it cannot read ${kept}, ml-container-creator local remove deletes that`}`,
    );
  return {
    port,
    key,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** The interpreter of a virtual environment with moto, which is made where there is none yet. */
async function interpreter(folder: string, say: (line: string) => void): Promise<string> {
  const python = join(folder, 'bin/python');
  // One whose Python was removed or replaced since is of no use.
  if (existsSync(python) && (await works(python))) return python;
  say(
    `Getting moto ${version}, which answers for S3, ECR and the rest of AWS: once, about half a minute ...`,
  );
  // Whole or not there: another run may be at it, and this one may be stopped.
  const made = `${folder}.${process.pid}`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await removeHalfMade(folder);
    await run('python3', ['-I', '-m', 'venv', '--clear', made]);
    const pip = ['-I', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements];
    await run(join(made, 'bin/python'), pip);
    await putInPlace(made, folder);
  } catch (error) {
    const { code, stderr = '', stdout = '' } = error as { code?: unknown; stderr?: string; stdout?: string };
    const why = code === 'ENOENT' ? 'there is no python3 here' : lastLine(stderr || stdout || String(error));
    throw new WorkError(
      `moto ${version}, which answers for S3 and ECR, cannot be installed: ${why}. It needs python3, 3.10 or later, with its venv module, and a way to PyPI`,
    );
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return python;
}

/** What another run has put there meanwhile stays: it may be running from it. */
async function putInPlace(made: string, folder: string): Promise<void> {
  const aside = `${made}.old`;
  for (let tries = 0; ; tries++)
    try {
      return await rename(made, folder);
    } catch (error) {
      // A folder with something in it is not replaced: one that works stays, one that does not goes as a whole.
      if (await works(join(folder, 'bin/python'))) return;
      if (tries === 5) throw error;
      await rename(folder, aside).catch(() => undefined);
      await rm(aside, { recursive: true, force: true });
    }
}

/** What runs that were killed have left of it. */
async function removeHalfMade(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const [beginning, pid = ''] = name.split(/\.(?=\d+$)/);
    if (beginning === basename(folder) && pid && !isRunning(Number(pid)))
      await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

const works = (python: string) =>
  run(python, ['-I', '-c', 'import moto']).then(
    () => true,
    () => false,
  );

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
