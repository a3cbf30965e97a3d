import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkError } from '../../settings/problems.ts';
import { limits } from '../sources.ts';
import type { Conditions, Container, Ended, Source } from './container.ts';
import { docker, dockerWith, engine, environmentOptions } from './docker.ts';
import { removeFolder } from './folder.ts';
import { declarationOf } from './image-declaration.ts';
import { insideContainer } from './inside-container.ts';
import { collect } from './log.ts';
import { changed, layModel, multiModelName, snapshot } from './model.ts';

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
  const declaration = await declarationOf(what.image, ownStore);
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
  const watched = conditions.model === 'several' ? models : model;
  const before = await snapshot(watched);
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
      modelChanges: async () => changed(before, await snapshot(watched)),
    },
    async remove() {
      await docker('rm', '--force', '--volumes', id).catch(() => undefined);
      await waiting;
      logs.kill();
      await removeFolder(folder);
    },
  };
}
