import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { noUser } from '../../hosting/containers/container.ts';
import { docker, dockerWith, engine, environmentOptions } from '../../hosting/containers/docker.ts';
import { removeFolder } from '../../hosting/containers/folder.ts';
import { confined } from '../../hosting/containers/image.ts';
import { describeInstance, type Instance, isInstanceType } from '../../instances/instances.ts';
import type { Containers, Running, ToRun } from '../hosting.ts';
import type { Aws } from '../surroundings/aws.ts';
import { containersBy } from './all.ts';
import { eachLine } from './lines.ts';
import { layOut, layOutOne } from './model.ts';

interface Place {
  readonly aws: Aws;
  /** HOST:PORT, where images are: a service that was started again may have another one than is in their names. */
  readonly registry: string;
  /** Models lie there while their containers run. */
  readonly folder: string;
  /** Of the machine that Docker runs on. */
  readonly cpus: number;
  /** NAME=VALUE each; by the first, the containers can be found when this process is no more. */
  readonly labels: readonly [string, ...string[]];
}

/** In a container: what SageMaker brings of a multi-model endpoint's models. */
const severalModels = '/opt/ml/models';

/**
 * On a host of EC2, SDKs of AWS would take the host's role for that of the model, and reach the real AWS with it; containers
 * of SageMaker have no way to their host.
 */
const withoutHost = { AWS_EC2_METADATA_DISABLED: 'true' };

/** What Docker says of an image that matters here. */
interface Image {
  readonly Architecture: string;
  readonly Config: { readonly Entrypoint?: readonly string[] | null };
}

/** The engine that runs them. Throws WorkError where none does. */
export const lookAtEngine = () =>
  engine('with --process, the server of the project in this folder takes its place');

/** Containers by Docker, each started as SageMaker does: `docker run IMAGE serve`, its model read-only. */
export const dockerContainers = (place: Place): Containers =>
  containersBy(
    (what, isClosed) => start(what, place, isClosed),
    () => removeContainers(place.labels[0]),
  );

/** Removes all containers with a label. */
export async function removeContainers(label: string): Promise<void> {
  const left = (await docker('ps', '--all', '--quiet', '--filter', `label=${label}`)).trim();
  if (left) await docker('rm', '--force', '--volumes', ...left.split('\n'));
}

async function start(asked: ToRun, place: Place, isClosed: () => boolean): Promise<Running> {
  const what = { ...asked, image: asked.image.replace(/^[^/]+/, place.registry) };
  const id = `ml-container-creator-${randomBytes(4).toString('hex')}`;
  const type = what.instanceType;
  const instance = type && isInstanceType(type) ? describeInstance(type).instance : undefined;
  const image = await imageOf(what.image);
  const program = image.Config.Entrypoint?.[0] ?? 'serve';
  const wrong = `exec ${program}: exec format error`;
  if (instance && instance.platform !== `linux/${image.Architecture}`) {
    what.onLine(wrong);
    return {
      url: undefined,
      ended: Promise.resolve({ code: 1, error: 'exec format error' }),
      stop: async () => {},
    };
  }
  const folder = join(place.folder, id);
  const [model, models] = [join(folder, 'model'), join(folder, 'models')];
  for (const path of [model, models]) await mkdir(path, { recursive: true });
  try {
    if (what.model) await layOut(place.aws, what.model, what.region, model);
    await create(id, what, {
      model: what.multiModel ? models : model,
      labels: place.labels,
      cpus: place.cpus,
      ...(instance && { instance }),
    });
    if (isClosed()) throw new Error('stopped');
  } catch (error) {
    await docker('rm', '--force', '--volumes', id).catch(() => undefined);
    await removeFolder(folder);
    throw error;
  }
  const running = await run(id, what, folder);
  if (!what.multiModel) return running;
  return {
    ...running,
    fetchModel: async (uri, name) =>
      posix.join(severalModels, await layOutOne(place.aws, uri, what.region, models, name)),
  };
}

/** Of an image in the registry, which is pulled as a host would. */
async function imageOf(name: string): Promise<Image> {
  const inspected = () => docker('image', 'inspect', '--', name);
  const text = await inspected().catch(async () => {
    await docker('pull', '--quiet', name);
    return inspected();
  });
  return JSON.parse(text)[0];
}

async function create(
  id: string,
  { image, environment, memoryMB, multiModel, serverless }: ToRun,
  {
    model,
    labels,
    cpus,
    instance,
  }: {
    readonly model: string;
    readonly labels: readonly string[];
    readonly cpus: number;
    readonly instance?: Instance;
  },
): Promise<void> {
  const memory = memoryMB ? `${memoryMB}m` : instance?.memoryGiB && `${instance.memoryGiB}g`;
  const variables = { ...withoutHost, ...environment };
  await dockerWith(
    variables,
    'create',
    ...['--name', id, ...labels.flatMap((label) => ['--label', label]), '--stop-signal', 'SIGTERM'],
    // Not by --volume, to which a colon ends the path. Its value is a line of CSV.
    '--mount',
    `type=bind,"source=${model.replaceAll('"', '""')}",target=${multiModel ? severalModels : '/opt/ml/model'},readonly`,
    ...['--publish', '127.0.0.1::8080'],
    ...['--cpus', String(Math.min(instance?.vCPU ?? 2, cpus))],
    ...(memory ? ['--memory', memory, '--memory-swap', memory] : []),
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=100m'],
    ...confined,
    // Of the space that AWS gives it, not of its memory, as a tmpfs would be.
    ...(serverless ? ['--user', noUser, '--read-only', '--volume', '/tmp'] : []),
    ...environmentOptions(variables),
    '--',
    image,
    'serve',
  );
}

async function run(id: string, what: ToRun, folder: string): Promise<Running> {
  const started = await docker('start', id).then(
    () => true,
    () => false,
  );
  const [{ NetworkSettings, State }] = JSON.parse(await docker('inspect', id));
  const remove = async () => {
    await docker('rm', '--force', '--volumes', id).catch(() => undefined);
    await removeFolder(folder);
  };
  if (!started) {
    await remove();
    // The runtime's reason, of all that the engine says around it.
    const error = /exec: .*?(?=: unknown|$)/.exec(State.Error)?.[0] ?? String(State.Error);
    what.onLine(error);
    return { url: undefined, ended: Promise.resolve({ code: State.ExitCode, error }), stop: async () => {} };
  }
  const logs = spawn('docker', ['logs', '--follow', id], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let last = '';
  const read = eachLine(
    (line) => {
      last = line;
      what.onLine(line);
    },
    logs.stdout,
    logs.stderr,
  );
  const ended = docker('wait', id)
    .then(Number, () => null)
    .then(async (code) => {
      // All that it has printed comes before its end.
      await read;
      await remove();
      return { code, ...foreign(last, what) };
    });
  const port = NetworkSettings?.Ports?.['8080/tcp']?.[0]?.HostPort;
  return {
    url: port && `http://127.0.0.1:${port}`,
    ended,
    async stop(graceSeconds) {
      await docker('stop', '-t', String(Math.ceil(graceSeconds)), id).catch(() => undefined);
      await ended;
    },
  };
}

/** An image for its instance type's architecture that this machine cannot run: SageMaker could. */
function foreign(last: string, { onLine, instanceType }: ToRun): { readonly error?: string } {
  if (!/exec(user process caused)?.*exec format error$/.test(last)) return {};
  const error =
    `this machine cannot run images for the architecture of ${instanceType}, which SageMaker can: install its emulation ` +
    `(docker run --privileged --rm tonistiigi/binfmt --install all), or build for a type of this machine's architecture`;
  onLine(error);
  return { error };
}
