import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser } from 'tar';
import { WorkError } from '../../settings/problems.ts';
import { limits } from '../sources.ts';
import type { Conditions, Container, Ended, Inside, Source } from './container.ts';
import type { Declaration } from './declaration.ts';
import { docker, dockerWith, engine, environmentOptions } from './docker.ts';
import { removeFolder } from './folder.ts';
import { collect } from './log.ts';
import { changed, layModel, multiModelName, snapshot } from './model.ts';
import { parseListeners, parseStat, together, usageOf } from './procfs.ts';

export interface ImageToCheck {
  readonly image: string;
  /** Absolute path of the model directory, if there is one. */
  readonly model?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the container may use: those of the instance type, where one is known. */
  readonly cpus?: number;
  readonly memoryGiB?: number;
  /** Whether it gets a way out to the network. */
  readonly network: boolean;
}

/** Threads, too: far more than a server on such a machine has. */
const mostProcesses = 4096;

/**
 * Of Docker's own list, what a server that starts as root takes to give that up, to own files, to end its workers, and to
 * start programs that are marked for low ports.
 */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
  'SYS_CHROOT',
];

/** What an image that nobody has read may do. */
export const confined = [
  '--cap-drop=ALL',
  ...capabilities.map((name) => `--cap-add=${name}`),
  '--security-opt=no-new-privileges',
  `--pids-limit=${mostProcesses}`,
];

/** Ports can be published from such a network, and nothing in it finds a way back from elsewhere. */
const withoutWayBack = ['--opt', 'com.docker.network.bridge.enable_ip_masquerade=false'];

/** Runs an image as SageMaker does: `docker run IMAGE serve`, the model read-only, no network but the port. */
export async function imageSource(what: ImageToCheck): Promise<Source> {
  const { cpus, reachable, ownStore } = await engine('verify a folder or a URL instead');
  const declaration = await inspect(what.image, ownStore);
  const name = `verify-${randomBytes(4).toString('hex')}`;
  const workplace = await mkdtemp(join(tmpdir(), `${name}-`));
  const starting = new Set<Promise<Container>>();
  let closed = false;
  const closing = reachable ? ['--internal'] : withoutWayBack;
  const network = what.network ? undefined : docker('network', 'create', ...closing, name);
  return {
    kind: 'image',
    hasModel: what.model !== undefined,
    title: `docker run ${what.image} serve`,
    declaration,
    isolated: reachable && !what.network,
    async start(conditions) {
      await network;
      if (closed) throw new WorkError('stopped');
      const id = `${name}-${starting.size + 1}`;
      const container = startImage(
        { ...what, cpus: Math.min(what.cpus ?? 2, cpus) },
        conditions,
        { id, ...(network && { network: name }), published: !network || !reachable },
        join(workplace, id),
      );
      starting.add(container);
      return container;
    },
    async close() {
      closed = true;
      for (const container of await Promise.allSettled(starting))
        if (container.status === 'fulfilled') await container.value.remove();
      await network?.catch(() => undefined);
      // Those that failed while they started have left theirs.
      const left = await docker('ps', '--all', '--quiet', '--filter', `name=${name}-`);
      if (left.trim()) await docker('rm', '--force', '--volumes', ...left.trim().split('\n'));
      if (network) await docker('network', 'rm', name);
      await removeFolder(workplace);
    },
  };
}

async function startImage(
  { image, model: given, environment, ...limited }: ImageToCheck,
  conditions: Conditions,
  { id, network, published: isPublished }: { id: string; network?: string; published: boolean },
  folder: string,
): Promise<Container> {
  const { model, models } = await layModel(given, folder, conditions);
  const before = await snapshot(model);
  // Where several containers share a host, SageMaker chooses the port.
  const port = conditions.safePorts ? 18080 : limits.port;
  const variables = {
    ...environment,
    ...conditions.environment,
    ...(conditions.safePorts && {
      SAGEMAKER_BIND_TO_PORT: String(port),
      SAGEMAKER_SAFE_PORT_RANGE: conditions.safePorts,
    }),
  };
  const memory = `${limited.memoryGiB ?? 4}g`;
  const access = conditions.modelWritable ? '' : ':ro';
  await dockerWith(
    variables,
    'create',
    ...['--name', id],
    ...['--volume', `${model}:/opt/ml/model${access}`],
    ...(conditions.model === 'several' ? ['--volume', `${models}:/opt/ml/models${access}`] : []),
    ...['--cpus', String(limited.cpus ?? 2), '--memory', memory, '--memory-swap', memory],
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=100m'],
    ...confined,
    ...(network ? ['--network', network] : []),
    ...(isPublished ? ['--publish', `127.0.0.1::${port}`] : []),
    ...(conditions.rootReadOnly ? ['--read-only', '--tmpfs', '/tmp'] : []),
    ...(conditions.user ? ['--user', conditions.user] : []),
    ...environmentOptions(variables),
    '--',
    image,
    'serve',
  );
  let notStarted = '';
  let ended: Ended | undefined;
  // That it cannot be started, such as for want of a program, is a finding.
  await docker('start', id).catch(({ message }: Error) => {
    notStarted = message;
    ended = { code: 127 };
  });
  const logs = spawn('docker', ['logs', '--follow', id], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const log = collect(logs.stdout, logs.stderr);
  const waiting = docker('wait', id).then(
    (code) => (ended ??= { code: Number(code) }),
    () => undefined,
  );
  const [{ NetworkSettings, State }] = JSON.parse(await docker('inspect', id));
  // One that has ended has no address any more.
  if (!State.Running) await waiting;
  const published = NetworkSettings.Ports?.[`${port}/tcp`]?.[0]?.HostPort;
  return {
    address:
      network && !isPublished
        ? { host: NetworkSettings.Networks[network].IPAddress, port }
        : { host: '127.0.0.1', port: Number(published ?? port) },
    get ended() {
      return ended;
    },
    model: conditions.model === 'several' ? `/opt/ml/models/${multiModelName}/model` : '/opt/ml/model',
    log: () => notStarted || log(),
    terminate: () => void docker('kill', '--signal', 'TERM', id).catch(() => undefined),
    hangUp: () => void docker('kill', '--signal', 'HUP', id).catch(() => undefined),
    inside: {
      ...insideContainer(id),
      port,
      modelChanges: async () => changed(before, await snapshot(model)),
    },
    async remove() {
      await docker('rm', '--force', '--volumes', id).catch(() => undefined);
      await waiting;
      logs.kill();
      await removeFolder(folder);
    },
  };
}

/** The number of entries in /tmp; then, of each process but this shell: U+0001, its open files, its status. */
const usageScript = [
  'n=0; for f in /tmp/* /tmp/.[!.]*; do [ -e "$f" ] && n=$((n+1)); done; echo "$n"',
  'for p in /proc/[0-9]*; do [ "$p" = "/proc/$$" ] && continue; [ -r "$p/status" ] || continue',
  'n=0; for f in "$p"/fd/*; do [ -L "$f" ] && n=$((n+1)); done',
  'printf "\\001%d\\n" "$n"; while read -r line; do echo "$line"; done < "$p/status"; done 2>/dev/null',
].join('\n');

/** By the container's own shell: its processes are not this machine's where Docker runs elsewhere. */
function insideContainer(name: string): Omit<Inside, 'port' | 'modelChanges'> {
  const shell = (script: string) => docker('exec', '--user', '0', name, 'sh', '-c', script);
  return {
    async processes() {
      // By the shell's own means: a slim image may have no cat.
      const lines = await shell('for f in /proc/[0-9]*/stat; do read -r line < "$f" && echo "$line"; done');
      const all = lines.trim().split('\n').map(parseStat);
      // The shell that looks is a child of none in there.
      return all.filter(({ pid, parent }) => pid === 1 || parent !== 0);
    },
    // As the server's own user: root, whom a container of another user gives no rights, may end nobody else's processes.
    kill: async (pid) => void (await docker('exec', name, 'sh', '-c', `kill -9 ${pid}`)),
    async listeners() {
      const text = await shell(
        'for f in /proc/net/tcp /proc/net/tcp6; do while read -r line; do echo "$line"; done < "$f"; done',
      );
      // Docker's own name server listens there on networks like ours.
      return parseListeners(text.replace(/^.*: 0B00007F:.*$/gm, ''));
    },
    async usage() {
      // As the server's own user, who alone may count its files; by the shell's own means.
      const text = await docker('exec', name, 'sh', '-c', usageScript);
      const [temporary, ...all] = text.split('\u0001').map((one) => one.trim());
      return together(
        all.map((one) => usageOf(one.replace(/^\d+/, ''), Number.parseInt(one, 10))),
        Number(temporary),
      );
    },
    async otherChanges() {
      const paths = (await docker('diff', name)).split('\n').map((line) => line.slice(2));
      // A folder counts as changed where anything below it did.
      const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
      // The model is no part of the image: Docker has made the place for it.
      return leaves.filter((path) => path !== '' && !/^\/(tmp|opt\/ml\/models?)(\/|$)/.test(path));
    },
  };
}

async function inspect(image: string, ownStore: boolean): Promise<Declaration> {
  const [found] = JSON.parse(
    await docker('image', 'inspect', '--', image).catch((error: Error) => {
      if (!/no such image/i.test(error.message)) throw error;
      throw new WorkError(
        `${image} is neither a folder, nor a URL, nor an image that Docker has here; build it, or docker pull ${image}`,
      );
    }),
  );
  const { Config, Os, Architecture, Size, Descriptor, ManifestType, RepoDigests } = found;
  const history = await docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', '--', image);
  // By containerd's store, by podman, by a registry; Docker's own store pushes its own form alone.
  const manifestType =
    Descriptor?.mediaType ??
    ManifestType ??
    (await manifestTypeOf(RepoDigests?.[0])) ??
    (ownStore ? 'application/vnd.docker.distribution.manifest.v2+json' : undefined);
  return {
    from: 'the image',
    labels: Config.Labels ?? {},
    environment: Object.fromEntries(
      ((Config.Env ?? []) as string[]).map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]),
    ),
    entrypoint: Config.Entrypoint ?? [],
    platform: `${Os}/${Architecture}`,
    history: history.trim().split('\n'),
    size: Size,
    ...(manifestType && { manifestType }),
    files: () => filesOf(image),
  };
}

/** Of an image that came from or went to a registry, if that can be asked. */
async function manifestTypeOf(digest: string | undefined): Promise<string | undefined> {
  if (!digest) return undefined;
  const text = await docker('manifest', 'inspect', '--insecure', digest).catch(() => '{}');
  return JSON.parse(text).mediaType;
}

/**
 * Every path in every layer, also what a later layer deletes: it can still be read from the image. Throws WorkError
 * where a layer cannot be read.
 */
async function filesOf(image: string): Promise<string[]> {
  const paths: string[] = [];
  const save = spawn('docker', ['save', '--', image], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await new Promise<void>((done, fail) => {
    const archive = new Parser({
      strict: true,
      onReadEntry(entry) {
        // A layer is an archive within the archive; beside layers there are small JSON files.
        const layer = new Parser({
          onReadEntry(file) {
            paths.push(file.path);
            file.resume();
          },
        });
        if (/(\.tar|blobs\/sha256\/[0-9a-f]+)$/.test(entry.path)) entry.pipe(layer as never);
        else entry.resume();
      },
    });
    const unreadable = () => fail(new WorkError('its layers cannot be read by docker save'));
    archive.on('end', done);
    archive.on('error', unreadable);
    save.on('error', unreadable);
    save.on('close', (code) => code && unreadable());
    save.stdout.pipe(archive as unknown as NodeJS.WritableStream);
  });
  return paths;
}
