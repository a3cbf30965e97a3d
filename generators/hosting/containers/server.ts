import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, existsSync, constants as fileModes } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../sources.ts';
import type { Ended, Process } from './container.ts';
import type { Declaration } from './declaration.ts';
import { withModelMounted } from './namespace.ts';
import { closeOurs, makePipes } from './pipes.ts';
import { reservePort, takePort } from './port.ts';
import { descendants, isThere, kill, pidsWith } from './procfs.ts';

export interface ServerProject {
  readonly folder: string;
  /** Absolute path of what is run as `program serve`. */
  readonly program: string;
  /** Absolute path of the model directory, if there is one. */
  readonly model?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly declaration?: Declaration;
}

interface Place {
  /** A folder of its own; what has it for its home is taken for a part of the server. */
  readonly home: string;
  /** What is /opt/ml/model in a container. */
  readonly model: string;
  /** Where the server is to look for models. */
  readonly modelDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that it gets none of. */
  readonly unset?: readonly string[];
  /** Where its models are to be at /opt/ml, too: a folder for that, and the one of several models. */
  readonly mounted?: { readonly folder: string; readonly models: string };
  /** Without SM_MODEL_DIR and SAGEMAKER_BIND_TO_PORT, on port 8080. */
  readonly asHosted?: boolean;
}

interface Server {
  readonly child: ChildProcess;
  /** Its standard output and its standard error. */
  readonly output: readonly Readable[];
  readonly port: number;
  /** How it ended, 128 + n after signal n; `error` where it could not be started. */
  readonly ended: Promise<Ended & { readonly error?: string }>;
  /** It and all below it; none once it has ended, when its number may be another program's. */
  processes(): Process[];
  /** Kills it, and whatever it has started. */
  end(): Promise<void>;
}

/** What a process gets of your environment: hosting sets next to nothing, and yours is not there. */
const inherited = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

/** Variables of an image that mean something outside it: no search paths, and the model's place as it is here. */
function usable(environment: Readonly<Record<string, string>>, model: string): Record<string, string> {
  const kept = Object.entries(environment).filter(
    ([name, value]) => !/^(LD_|DYLD_|HOME$)|PATH$/.test(name) && !value.includes('$'),
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [name, value.replace(/^\/opt\/ml\/model(?=\/|$)/, model)]),
  );
}

/** What is to be known beside a system's code of why a program cannot be started. */
function notStarted(program: string, code: string | undefined): string {
  const words: Record<string, string> = {
    EACCES: isExecutable(program)
      ? ': the program that its first line names is not executable'
      : ': it is not executable: chmod +x, in the Dockerfile, too, where the mode gets lost on the way',
    ENOENT: ': the program that its first line names is not there',
  };
  return `${program} cannot be started: ${code}${words[code ?? ''] ?? ''}`;
}

function isExecutable(program: string): boolean {
  try {
    accessSync(program, fileModes.X_OK);
    return true;
  } catch {
    return false;
  }
}

const without = (names: readonly string[], variables: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)));

const whole = (stream: Readable) => finished(stream, { writable: false }).catch(() => undefined);

/** When nothing has come from some streams for a while, or they go on without end. */
async function quiet(streams: readonly Socket[]): Promise<void> {
  const read = () => streams.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  for (let round = 0, before = -1; round < 25 && before !== read(); round++) {
    before = read();
    await sleep(200);
  }
}

/** Starts a project's own program, with the packages of its virtual environment, on a free port. */
export async function startServer(
  project: ServerProject,
  { home, model, modelDir, environment, unset = [], mounted, asHosted = false }: Place,
): Promise<Server> {
  const venv = join(project.folder, '.venv/bin');
  const path = [...(existsSync(venv) ? [venv] : []), process.env.PATH ?? ''].join(delimiter);
  const reserved = asHosted ? await takePort(limits.port) : await reservePort();
  const [program, ...args] = mounted
    ? await withModelMounted([project.program, 'serve'], { ...mounted, model })
    : [project.program, 'serve'];
  const pipes = await makePipes(2, home);
  const child = spawn(program, args, {
    // Another folder than the project's: a container is not started there either.
    cwd: home,
    env: without(unset, {
      ...Object.fromEntries(
        inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
      ),
      ...usable(project.declaration?.environment ?? {}, model),
      PATH: path,
      HOME: home,
      ...(!asHosted && { SM_MODEL_DIR: modelDir, SAGEMAKER_BIND_TO_PORT: String(reserved.number) }),
      ...environment,
    }),
    // A group of its own, so that whatever it leaves can be ended too.
    detached: true,
    stdio: ['ignore', ...(pipes?.map(({ to }) => to) ?? (['pipe', 'pipe'] as const))],
  });
  if (pipes) closeOurs(pipes);
  const output =
    pipes?.map(({ from }) => from) ??
    [child.stdout, child.stderr].filter((stream): stream is Socket => stream !== null);
  // What has left the group, as process managers do, too: no other program has that home.
  const withHome = () => pidsWith(`HOME=${home}`);
  let isKilled = false;
  let tidied = Promise.resolve();
  /** Ends what its first process has left: nothing outlives that of a container. */
  const tidy = async (how: Ended) => {
    // While somebody is in the group its number is nobody else's; of an empty one, it may be at any later time.
    const group = child.pid && isThere(-child.pid) ? child.pid : undefined;
    // What passes on the output, as tee does, has the last words still; numbers do not come round in that time.
    if (group && !isKilled) await sleep(100);
    const left = withHome();
    if (group) kill(-group);
    for (const pid of left) kill(pid);
    if (process.platform === 'linux') how.left = left.length;
  };
  const ended = new Promise<Ended & { error?: string }>((done) => {
    child.on('error', ({ code }: NodeJS.ErrnoException) =>
      done({ code: 126, error: notStarted(project.program, code) }),
    );
    child.on('exit', (code, signal) => {
      const how: Ended = {
        code: code ?? 128 + (signal ? constants.signals[signal] : 0),
        bySignal: signal !== null,
      };
      tidied = tidy(how);
      done(how);
    });
  });
  const runs = () => child.exitCode === null && child.signalCode === null;
  const processes = () => (child.pid && runs() ? descendants(child.pid) : []);
  return {
    child,
    output,
    port: reserved.number,
    ended,
    processes,
    async end() {
      if (child.pid) {
        isKilled = runs();
        for (const { pid } of processes()) kill(pid);
        if (runs()) kill(-child.pid);
        for (const pid of withHome()) kill(pid);
        await ended;
        await tidied;
      }
      await Promise.race([Promise.all(output.map(whole)), quiet(output)]);
      // What could not be found may still hold them.
      for (const stream of output) stream.destroy();
      reserved.release();
    },
  };
}
