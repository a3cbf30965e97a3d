import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser } from 'tar';
import { WorkError } from '../../settings/problems.ts';
import { limits } from '../sources.ts';
import type { Conditions, Container, Ended, Inside, Source } from './container.ts';
import type { Declaration } from './declaration.ts';
import { docker } from './docker.ts';
import { collect } from './log.ts';
import { changed, copyModel, corruptModel, snapshot } from './model.ts';
import { parseListeners, parseStat } from './procfs.ts';

export interface ImageToCheck {
  readonly image: string;
  /** Absolute path of the model directory, if there is one. */
  readonly model?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the container may use: those of the instance type, where one is known. */
  readonly cpus?: number;
  readonly memoryGiB?: number;
}

/** Runs an image as SageMaker does: `docker run IMAGE serve`, the model read-only, no network but the port. */
export async function imageSource(what: ImageToCheck): Promise<Source> {
  const declaration = await inspect(what.image);
  const name = `verify-${randomBytes(4).toString('hex')}`;
  const workplace = await mkdtemp(join(tmpdir(), `${name}-`));
  await chmod(workplace, 0o755);
  // Elsewhere Docker runs in a virtual machine, whose networks this machine cannot reach.
  const isolated = process.platform === 'linux';
  if (isolated) await docker('network', 'create', '--internal', name);
  const running = new Set<Container>();
  let started = 0;
  return {
    kind: 'image',
    title: `docker run ${what.image} serve`,
    declaration,
    async start(conditions) {
      const id = `${name}-${++started}`;
      const network = isolated && !conditions.network ? name : undefined;
      const container = await startImage(what, conditions, id, network, join(workplace, String(started)));
      running.add(container);
      return container;
    },
    async close() {
      await Promise.all([...running].map((container) => container.remove()));
      if (isolated) await docker('network', 'rm', name);
      await rm(workplace, { recursive: true, force: true });
    },
  };
}

async function startImage(
  { image, model: given, environment, ...limited }: ImageToCheck,
  conditions: Conditions,
  name: string,
  network: string | undefined,
  folder: string,
): Promise<Container> {
  const model = join(folder, 'model');
  await mkdir(folder);
  if (given === undefined || conditions.model === 'missing') await mkdir(model);
  else if (conditions.model === 'corrupt') await corruptModel(given, model);
  else await copyModel(given, model, conditions.modelWritable === true);
  const before = await snapshot(model);

  const variables = Object.entries({ ...environment, ...conditions.environment });
  const port = Number(conditions.environment?.SAGEMAKER_BIND_TO_PORT ?? limits.port);
  await docker(
    'create',
    ...['--name', name],
    ...['--volume', `${model}:/opt/ml/model${conditions.modelWritable ? '' : ':ro'}`],
    ...['--cpus', String(Math.min(limited.cpus ?? 2, cpus().length))],
    ...['--memory', `${limited.memoryGiB ?? 4}g`],
    ...(network ? ['--network', network] : ['--publish', `127.0.0.1::${port}`]),
    ...(conditions.rootReadOnly ? ['--read-only', '--tmpfs', '/tmp'] : []),
    ...(conditions.user ? ['--user', conditions.user] : []),
    ...variables.flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
    image,
    'serve',
  );
  let notStarted = '';
  let ended: Ended | undefined;
  // That it cannot be started, such as for want of a program, is a finding.
  await docker('start', name).catch(({ message }: Error) => {
    notStarted = message;
    ended = { code: 127 };
  });
  const logs = spawn('docker', ['logs', '--follow', name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = collect(logs.stdout, logs.stderr);
  const waiting = docker('wait', name).then(
    (code) => (ended ??= { code: Number(code) }),
    () => undefined,
  );
  const [{ NetworkSettings, State }] = JSON.parse(await docker('inspect', name));
  // One that has ended has no address any more.
  if (!State.Running) await waiting;
  const published = NetworkSettings.Ports?.[`${port}/tcp`]?.[0]?.HostPort;
  const address = network
    ? { host: NetworkSettings.Networks[network].IPAddress as string, port }
    : { host: '127.0.0.1', port: Number(published ?? port) };
  return {
    address,
    get ended() {
      return ended;
    },
    model: '/opt/ml/model',
    log: () => notStarted || log(),
    terminate: () => void docker('kill', '--signal', 'TERM', name).catch(() => undefined),
    inside: {
      ...insideContainer(name),
      port,
      modelChanges: async () => changed(before, await snapshot(model)),
    },
    async remove() {
      await docker('rm', '--force', '--volumes', name).catch(() => undefined);
      await waiting;
      logs.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

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
    kill: async (pid) => void (await shell(`kill -9 ${pid}`)),
    async listeners() {
      const text = await shell(
        'for f in /proc/net/tcp /proc/net/tcp6; do while read -r line; do echo "$line"; done < "$f"; done',
      );
      // Docker's own name server listens there on networks like ours.
      return parseListeners(text.replace(/^.*: 0B00007F:.*$/gm, ''));
    },
    async otherChanges() {
      const lines = (await docker('diff', name)).trim().split('\n');
      const paths = lines
        .map((line) => line.slice(2))
        .filter((path) => path !== '' && !/^\/tmp(\/|$)/.test(path));
      // A folder counts as changed where anything below it did.
      return paths.filter(
        (path) => !paths.some((other) => other.startsWith(`${path}/`)) && !mounted.test(path),
      );
    },
  };
}

/** Where Docker itself puts something. */
const mounted = /^\/(tmp|opt|opt\/ml|opt\/ml\/model|etc|etc\/.*|dev.*|proc.*|sys.*|run)$/;

async function inspect(image: string): Promise<Declaration> {
  const [found] = JSON.parse(
    await docker('image', 'inspect', image).catch((error: Error) => {
      if (!/no such image/i.test(error.message)) throw error;
      throw new WorkError(
        `${image} is neither a folder, nor a URL, nor an image that Docker has here; build it, or docker pull ${image}`,
      );
    }),
  );
  const { Config, Os, Architecture, Size, Descriptor, RepoDigests } = found;
  const history = await docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', image);
  const manifestType = Descriptor?.mediaType ?? (await manifestTypeOf(RepoDigests?.[0]));
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

/** Every path in every layer, also what a later layer deletes: it can still be read from the image. */
async function filesOf(image: string): Promise<string[]> {
  const paths: string[] = [];
  const layers = new Parser({
    onReadEntry(entry) {
      // A layer is an archive within the archive; what else is in there is small.
      if (entry.type !== 'File') return void entry.resume();
      const layer = new Parser({
        onReadEntry(file) {
          paths.push(file.path);
          file.resume();
        },
      });
      layer.on('error', () => undefined);
      entry.pipe(layer as unknown as NodeJS.WritableStream as never);
    },
  });
  const save = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>((done, fail) => {
    layers.on('end', done);
    layers.on('error', fail);
    save.on('error', fail);
    save.stdout.pipe(layers as unknown as NodeJS.WritableStream);
  });
  return paths;
}
