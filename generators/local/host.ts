import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../settings/problems.ts';
import { dockerContainers } from './containers/docker.ts';
import { processContainers } from './containers/process.ts';
import { pushStandIn } from './containers/stand-in.ts';
import type { LocalRequest } from './flags.ts';
import type { ServiceFolder } from './folder.ts';
import type { Containers, Surroundings } from './hosting.ts';
import { startService } from './service/service.ts';
import { type Around, startSurroundings } from './surroundings/surroundings.ts';

export interface Hosted {
  readonly url: string;
  /** Ends it, and all that it has started; does so once. */
  close(): Promise<void>;
}

interface Place {
  readonly folder: ServiceFolder;
  /** For what is kept for good. */
  readonly cache: string;
  readonly cwd: string;
  say(line: string): void;
}

/** Starts the service in this process. Throws UsageError and WorkError, and leaves nothing behind then. */
export async function host(request: LocalRequest, { folder, cache, cwd, say }: Place): Promise<Hosted> {
  if (!folder.claim())
    throw new UsageError([
      'a service runs already: ml-container-creator local --keep uses it, ml-container-creator local stop ends it',
    ]);
  const ends: (() => Promise<void>)[] = [
    async () => folder.release(),
    async () => {
      await folder.tidy();
    },
  ];
  let closing: Promise<void> | undefined;
  // The last that was started ends first.
  const close = () =>
    (closing ??= (async () => {
      for (const end of [...ends].reverse()) await end();
    })());
  try {
    await folder.tidy();
    mkdirSync(folder.work, { recursive: true });
    const environment = { ...process.env, ...folder.marker };
    const around = await startSurroundings({ folder: folder.work, cache, environment, say });
    ends.push(() => around.close());
    if (request.process) await pushStandIn(cwd, around);
    const containers = await containersOf(request, folder, around);
    ends.push(() => containers.close());
    const service = await startService({
      containers,
      surroundings: logged(around, folder.log),
      folder: folder.state,
      timeScale: request.timeScale,
      faults: request.faults,
    });
    // All that was started before ends with it.
    ends.splice(2, 2, () => service.close());
    folder.announce(service.url);
    return { url: service.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function containersOf(
  request: LocalRequest,
  { work, label, marker }: ServiceFolder,
  around: Around,
): Promise<Containers> {
  const folder = join(work, 'containers');
  mkdirSync(folder);
  if (request.process) return processContainers({ around, folder, marker });
  return dockerContainers({ aws: around.aws, folder, label });
}

/** The same, with each line of a container also in a file. */
const logged = (around: Surroundings, log: string): Surroundings => ({
  ...around,
  logLine(group, stream, line, region) {
    appendFileSync(log, `${group.replace('/aws/sagemaker/', '')} ${stream} ${line}\n`);
    around.logLine(group, stream, line, region);
  },
});
