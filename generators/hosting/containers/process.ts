import { readdirSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WorkError } from '../../settings/problems.ts';
import { limits } from '../sources.ts';
import type { Conditions, Container, Ended, Inside, Listener, Process, Source } from './container.ts';
import { removeFolder } from './folder.ts';
import { collect } from './log.ts';
import { changed, layModel, multiModelName, snapshot } from './model.ts';
import { canMountModel } from './namespace.ts';
import { catches, kill, parseListeners, pidsWith, readOrNothing, together, usageOf } from './procfs.ts';
import { type ServerProject, startServer } from './server.ts';

/** In a project: bytecode, which every machine but SageMaker's writes, and what tools and editors leave. */
const notTheServers = /(^|\/)(\.|__pycache__|node_modules)/;

/** Starts a project's own program on this machine, with the packages of its virtual environment. */
export async function processSource(project: ServerProject): Promise<Source> {
  const workplace = await mkdtemp(join(tmpdir(), 'verify-'));
  const starting = new Set<Promise<Container>>();
  let closed = false;
  let mountable: Promise<boolean> | undefined;
  return {
    kind: 'process',
    hasModel: project.model !== undefined,
    title: `${project.program} serve`,
    program: project.program,
    ...(project.declaration && { declaration: project.declaration }),
    async canMount() {
      if (closed) return false;
      mountable ??= canMountModel(join(workplace, 'mounted'));
      return mountable;
    },
    async start(conditions) {
      if (closed) throw new WorkError('stopped');
      const container = startProcess(project, conditions, join(workplace, String(starting.size + 1)));
      starting.add(container);
      return container;
    },
    async close() {
      closed = true;
      await mountable;
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
  // Nobody else's: the model's copy lies there.
  const guarded = join(folder, 'guarded');
  const home = join(guarded, 'home');
  // Its own, too: what it leaves there is its own, and a second copy finds nothing of the first.
  const temporary = join(folder, 'tmp');
  for (const path of [home, temporary]) await mkdir(path, { recursive: true });
  await chmod(guarded, 0o700);
  // What root starts may become another user, as nginx does, and have its sockets there: all may do that in /tmp.
  if (process.getuid?.() === 0) {
    for (const path of [dirname(folder), folder]) await chmod(path, 0o711);
    await chmod(temporary, 0o1777);
  }
  const { model, models } = await layModel(project.model, guarded, conditions);
  const watched = conditions.model === 'several' ? models : model;
  const before = {
    model: await snapshot(watched),
    project: await snapshot(project.folder, notTheServers),
  };

  const server = await startServer(project, {
    home,
    model,
    // Where models may be loaded from: /opt/ml/models, in an image.
    modelDir: conditions.model === 'several' ? models : model,
    unset: conditions.unset ?? [],
    asHosted: conditions.asHosted ?? false,
    ...((conditions.mounted || conditions.asHosted) && { mounted: { folder: guarded, models } }),
    environment: {
      TMPDIR: temporary,
      ...(conditions.safePorts && { SAGEMAKER_SAFE_PORT_RANGE: conditions.safePorts }),
      ...project.environment,
      ...conditions.environment,
    },
  });
  const { child, output, port } = server;
  const log = collect(...output);
  let notStarted = '';
  let ended: Ended | undefined;
  void server.ended.then((how) => {
    notStarted = how.error ?? '';
    ended = how;
  });

  const inside =
    process.platform === 'linux' && child.pid ? insideLinux(server.processes, home, temporary) : undefined;
  let address = { host: '127.0.0.1', port };
  const own = {
    get port() {
      return address.port;
    },
    modelChanges: async () => changed(before.model, await snapshot(watched)),
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
    hangUp: () => child.kill('SIGHUP'),
    ...(inside && { inside: Object.assign(own, inside) }),
    async remove() {
      await server.end();
      await removeFolder(folder);
    },
  };
}

function insideLinux(
  processes: () => Process[],
  home: string,
  temporary: string,
): Omit<Inside, 'port' | 'modelChanges' | 'otherChanges'> {
  // Those that have left the tree are its own, too.
  const pids = () => [...new Set([...processes().map((one) => one.pid), ...pidsWith(`HOME=${home}`)])];
  const openFiles = (one: number): string[] => {
    const folder = `/proc/${one}/fd`;
    try {
      return readdirSync(folder).map((fd) => readlinkSync(join(folder, fd)));
    } catch {
      return [];
    }
  };
  const sockets = (): Listener[] => {
    const inodes = new Set(pids().flatMap(openFiles));
    return ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap(readOrNothing)
      .flatMap(parseListeners)
      .filter(({ inode }) => inodes.has(`socket:[${inode}]`));
  };
  const firstCatches = (signal: 'SIGTERM' | 'SIGHUP') =>
    processes()
      .slice(0, 1)
      .flatMap(({ pid }) => readOrNothing(`/proc/${pid}/status`))
      .some((status) => catches(status, signal));
  return {
    processes: async () => processes(),
    kill: async (victim) => kill(victim),
    listeners: async () => sockets(),
    catchesTerm: () => firstCatches('SIGTERM'),
    catchesHup: () => firstCatches('SIGHUP'),
    usage: async () =>
      together(
        pids().flatMap((one) =>
          readOrNothing(`/proc/${one}/status`).map((status) => usageOf(status, openFiles(one).length)),
        ),
        (await readdir(temporary, { recursive: true })).length,
      ),
  };
}
