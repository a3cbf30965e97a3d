import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../hosting/containers/docker.ts';
import { isFree, reservePort } from '../hosting/containers/port.ts';
import { UsageError } from '../settings/problems.ts';
import { runsAlready } from './background.ts';
import { dockerContainers, lookAtEngine } from './containers/docker.ts';
import { processContainers } from './containers/process.ts';
import { lookAtProject, pushStandIn, putContainerCli, withStandIns } from './containers/stand-in.ts';
import { endAll } from './ends.ts';
import type { LocalRequest } from './flags.ts';
import type { Made, ServiceFolder } from './folder.ts';
import type { Containers, Surroundings } from './hosting.ts';
import { LogFile } from './log-file.ts';
import { startService } from './service/service.ts';
import { version as motoVersion } from './surroundings/moto.ts';
import { type Around, startSurroundings } from './surroundings/surroundings.ts';
import { withoutAws } from './variables.ts';

export interface Hosted {
  readonly url: string;
  /** Ends it, and all that it has started; does so once. */
  close(): Promise<void>;
}

/** Of what is kept: another one for files that this version cannot read, or whose members mean something else. */
const form = 1;

interface Place {
  readonly folder: ServiceFolder;
  /** For what is kept for good. */
  readonly cache: string;
  readonly cwd: string;
  say(line: string): void;
}

/** Starts the service in this process. Throws UsageError and WorkError, and leaves nothing behind then. */
export async function host(request: LocalRequest, { folder, cache, cwd, say }: Place): Promise<Hosted> {
  const { keep } = request;
  const made = keep ? folder.made : undefined;
  refuseOther(made, request, folder);
  if (!folder.claim(keep))
    throw new UsageError([
      `${runsAlready}: ml-container-creator local --keep uses it, ml-container-creator local stop ends it`,
    ]);
  const ends: (() => Promise<void>)[] = [
    async () => folder.release(),
    async () => {
      await folder.tidy();
    },
  ];
  let closing: Promise<void> | undefined;
  // The last that was started ends first.
  const close = () => (closing ??= endAll([...ends].reverse()));
  try {
    await folder.tidy();
    // Before anything is fetched.
    const engine = request.process ? undefined : await lookAtEngine();
    if (!engine) lookAtProject(cwd, say);
    const data = folder.data(keep);
    for (const path of [folder.work, data.path]) mkdirSync(path, { recursive: true });
    const port = await portOf(made, say);
    const environment = { ...withoutAws(process.env), ...folder.marker };
    const around = await startSurroundings({
      folder: data.path,
      work: folder.work,
      keep,
      cache,
      environment,
      password: folder.registryPassword,
      say,
    });
    ends.push(() => around.close());
    if (!engine) {
      await pushStandIn(cwd, around);
      putContainerCli(folder.containerCli);
    }
    const containers = await containersOf(engine, folder, around, port);
    ends.push(() => containers.close());
    const service = await startService({
      containers,
      surroundings: logged(engine ? around : withStandIns(around), data.log),
      folder: data.state,
      port,
      timeScale: request.timeScale,
      faults: request.faults,
    });
    // All that was started before ends with it.
    ends.splice(2, 2, () => service.close());
    if (keep) folder.made = { process: request.process, form, moto: motoVersion, port };
    folder.announce(service.url, keep);
    return { url: service.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Throws UsageError where what is kept is of no use to a service that would be started so. */
function refuseOther(made: Made | undefined, request: LocalRequest, { path }: ServiceFolder): void {
  if (!made) return;
  const remedy = `ml-container-creator local remove deletes what is kept in ${path}`;
  if (made.process !== request.process)
    throw new UsageError([
      `what is kept was made ${made.process ? 'with' : 'without'} --process, and its images are of no use ${made.process ? 'without' : 'with'} it: start it so again, or ${remedy}`,
    ]);
  if (made.form !== form)
    throw new UsageError([
      `what is kept was made by another version of ml-container-creator, in another form: go on with that version, or ${remedy}`,
    ]);
  if (made.moto !== motoVersion)
    throw new UsageError([
      `what is kept was made by another version of ml-container-creator, with moto ${made.moto}: ${remedy}`,
    ]);
}

/** The port of before, where it is free: images are named by it. */
async function portOf(made: Made | undefined, say: (line: string) => void): Promise<number> {
  if (made && (await isFree(made.port))) return made.port;
  const { number } = await reservePort();
  if (made)
    say(`Port ${made.port} is taken by now: it answers at ${number}, where images are pulled from, too`);
  return number;
}

async function containersOf(
  engine: Engine | undefined,
  { work, labels, marker }: ServiceFolder,
  around: Around,
  port: number,
): Promise<Containers> {
  const folder = join(work, 'containers');
  mkdirSync(folder);
  return engine
    ? dockerContainers({ ...engine, aws: around.aws, registry: `127.0.0.1:${port}`, folder, labels })
    : processContainers({ around, folder, marker });
}

/** The same, with each line of a container also in a file. */
function logged(around: Surroundings, path: string): Surroundings {
  const file = new LogFile(path);
  return {
    ...around,
    logLine(group, stream, line, region) {
      file.add(`${group.replace('/aws/sagemaker/', '')} ${stream} ${line}`);
      around.logLine(group, stream, line, region);
    },
  };
}
