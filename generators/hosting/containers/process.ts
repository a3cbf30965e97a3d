import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { WorkError } from '../../settings/problems.ts';
import { limits } from '../sources.ts';
import type { Conditions, Container, Ended, Inside, Listener, Source } from './container.ts';
import type { Declaration } from './declaration.ts';
import { removeFolder } from './folder.ts';
import { collect } from './log.ts';
import { changed, layModel, multiModelName, snapshot } from './model.ts';
import { reservePort } from './port.ts';
import { catchesTerm, parseListeners, parseStat, tree } from './procfs.ts';

export interface ServerProject {
  readonly folder: string;
  /** Absolute path of what is run as `program serve`. */
  readonly program: string;
  /** Absolute path of the model directory, if there is one. */
  readonly model?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly declaration?: Declaration;
}

/** What a process gets of your environment: hosting sets next to nothing, and yours is not there. */
const inherited = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

/** In a project: bytecode, which every machine but SageMaker's writes, and what tools and editors leave. */
const notTheServers = /(^|\/)(\.|__pycache__|node_modules)/;

/** Variables of an image that mean something outside it: no search paths, and the model's place as it is here. */
function usable(environment: Readonly<Record<string, string>>, model: string): Record<string, string> {
  const kept = Object.entries(environment).filter(
    ([name, value]) => !/^(LD_|DYLD_|HOME$)|PATH$/.test(name) && !value.includes('$'),
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [name, value.replace(/^\/opt\/ml\/model(?=\/|$)/, model)]),
  );
}

/** Starts a project's own program on this machine, with the packages of its virtual environment. */
export async function processSource(project: ServerProject): Promise<Source> {
  const workplace = await mkdtemp(join(tmpdir(), 'verify-'));
  const starting = new Set<Promise<Container>>();
  let closed = false;
  return {
    kind: 'process',
    hasModel: project.model !== undefined,
    title: `${project.program} serve`,
    ...(project.declaration && { declaration: project.declaration }),
    async start(conditions) {
      if (closed) throw new WorkError('stopped');
      const container = startProcess(project, conditions, join(workplace, String(starting.size + 1)));
      starting.add(container);
      return container;
    },
    async close() {
      closed = true;
      for (const container of await Promise.allSettled(starting))
        if (container.status === 'fulfilled') await container.value.remove();
      await removeFolder(workplace);
    },
  };
}

async function startProcess(
  project: ServerProject,
  conditions: Conditions,
  folder: string,
): Promise<Container> {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  const { model, models } = await layModel(project.model, folder, conditions);
  const before = {
    model: await snapshot(model),
    project: await snapshot(project.folder, notTheServers),
  };

  const venv = join(project.folder, '.venv/bin');
  const path = [...(existsSync(venv) ? [venv] : []), process.env.PATH ?? ''].join(delimiter);
  const reserved = await reservePort();
  const port = reserved.number;
  const child = spawn(project.program, ['serve'], {
    // Another folder than the project's: a container is not started there either.
    cwd: home,
    env: {
      ...Object.fromEntries(
        inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
      ),
      ...usable(project.declaration?.environment ?? {}, model),
      PATH: path,
      HOME: home,
      // Where models may be loaded from: /opt/ml/models, in an image.
      SM_MODEL_DIR: conditions.model === 'several' ? models : model,
      SAGEMAKER_BIND_TO_PORT: String(port),
      ...(conditions.safePorts && { SAGEMAKER_SAFE_PORT_RANGE: conditions.safePorts }),
      ...project.environment,
      ...conditions.environment,
    },
    // A group of its own, so that whatever it leaves can be ended too.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = collect(child.stdout, child.stderr);
  let notStarted = '';
  let ended: Ended | undefined;
  const whenEnded = new Promise<void>((done) => {
    child.on('error', (error) => {
      notStarted = `${project.program} cannot be started: ${(error as NodeJS.ErrnoException).code}`;
      ended = { code: 126 };
      done();
    });
    child.on('exit', (code, signal) => {
      ended = { code: code ?? 128 + (signal ? constants.signals[signal] : 0) };
      done();
    });
  });

  const inside = process.platform === 'linux' && child.pid ? insideLinux(child.pid, home) : undefined;
  let address = { host: '127.0.0.1', port };
  const own = {
    get port() {
      return address.port;
    },
    modelChanges: async () => changed(before.model, await snapshot(model)),
    otherChanges: async () => [
      ...changed(before.project, await snapshot(project.folder, notTheServers)).map((file) =>
        join(project.folder, file),
      ),
      ...[...(await snapshot(home)).keys()].map((file) => `~/${file}`),
    ],
  };
  return {
    get address() {
      return address;
    },
    async findPort() {
      const ports = ((await inside?.listeners()) ?? []).map((listener) => listener.port);
      if (!ports.includes(port) && ports.includes(limits.port)) address = { ...address, port: limits.port };
    },
    get ended() {
      return ended;
    },
    model: conditions.model === 'several' ? join(models, multiModelName, 'model') : model,
    log: () => notStarted || log(),
    terminate: () => child.kill('SIGTERM'),
    ...(inside && { inside: Object.assign(own, inside) }),
    async remove() {
      if (child.pid) {
        for (const { pid } of (await inside?.processes()) ?? []) kill(pid);
        kill(-child.pid);
        // What has left the group, as process managers do: no other program has that home.
        for (const pid of pidsAtHome(home)) kill(pid);
        await whenEnded;
      }
      // What could not be found may still hold them.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      reserved.release();
      await removeFolder(folder);
    },
  };
}

function insideLinux(
  pid: number,
  home: string,
): Pick<Inside, 'processes' | 'kill' | 'listeners' | 'catchesTerm'> {
  const processes = () =>
    tree(
      pids()
        .flatMap((one) => readOrNothing(`/proc/${one}/stat`))
        .map(parseStat),
      pid,
    );
  const sockets = (): Listener[] => {
    const inodes = new Set(
      // Those that have left the tree are its own, too.
      [...processes().map((one) => one.pid), ...pidsAtHome(home)].flatMap((one) => {
        const folder = `/proc/${one}/fd`;
        try {
          return readdirSync(folder).map((fd) => readlinkSync(join(folder, fd)));
        } catch {
          return [];
        }
      }),
    );
    return ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap(readOrNothing)
      .flatMap(parseListeners)
      .filter(({ inode }) => inodes.has(`socket:[${inode}]`));
  };
  return {
    processes: async () => processes(),
    kill: async (victim) => kill(victim),
    listeners: async () => sockets(),
    catchesTerm: () => readOrNothing(`/proc/${pid}/status`).some(catchesTerm),
  };
}

function pidsAtHome(home: string): number[] {
  const lives = (environment: string) => environment.split('\0').includes(`HOME=${home}`);
  return pids().filter((pid) => readOrNothing(`/proc/${pid}/environ`).some(lives));
}

/** Kills a process, or a group by its negative number, unless it has ended. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Of all processes on this machine; none where there is no /proc. */
function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** As a list of one, since processes come and go while they are looked at. */
function readOrNothing(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}
