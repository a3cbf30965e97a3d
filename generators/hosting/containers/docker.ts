import { spawn } from 'node:child_process';
import { WorkError } from '../../settings/problems.ts';

/** Runs the Docker client; its output. Throws WorkError with its last words. */
export async function docker(...args: readonly string[]): Promise<string> {
  return dockerWith({}, ...args);
}

/** What Docker's client reads itself, and what loads it: a container's variables are not to change these. */
const ofClient =
  /^(PATH|HOME|TMPDIR|XDG_\w+|DOCKER_\w+|BUILDKIT_\w+|BUILDX_\w+|LD_\w+|DYLD_\w+|GO[A-Z]+|\w*_proxy|SSL_CERT_\w+)$/i;

/** Options for a container's variables, whose values come by `dockerWith`, but for those that mean something to the client. */
export const environmentOptions = (environment: Readonly<Record<string, string>>): string[] =>
  Object.entries(environment).flatMap(([name, value]) => [
    '--env',
    ofClient.test(name) ? `${name}=${value}` : name,
  ]);

/** The same with variables of its own, which no list of processes shows. */
export async function dockerWith(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<string> {
  // In a group of its own: Ctrl-C is for us, who then need it to clean up.
  const client = spawn('docker', args, {
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(environment).filter(([name]) => !ofClient.test(name))),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let [out, all] = ['', ''];
  client.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    all += text;
  });
  client.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  const code = await new Promise<number | null>((done, fail) => {
    client.on('error', fail);
    client.on('close', done);
  }).catch(() => {
    throw new WorkError('an image needs Docker, and there is no docker command here');
  });
  if (code === 0) return out;
  // Of a start that failed, the last line names the container, and the one before says why.
  const lines = all.trim().split('\n');
  const last =
    lines.findLast((line) => !line.startsWith('Error: failed to start containers')) ?? lines.at(-1);
  throw new WorkError(`docker ${args[0]}: ${last || `it ended with ${code}`}`);
}

/** What is known of the engine that matters here. */
export interface Engine {
  readonly cpus: number;
  /** Whether containers can be reached by their own addresses: on Linux, by an engine that runs as root. */
  readonly reachable: boolean;
  /** Whether it keeps images in Docker's own store, not in containerd's. */
  readonly ownStore: boolean;
}

/** Asks the engine. Throws WorkError where there is none, with what to do instead. */
export async function engine(instead: string): Promise<Engine> {
  const info = await docker('info', '--format', '{{json .}}').catch(({ message }: Error) => {
    throw new WorkError(`${message}; ${instead}`);
  });
  const { NCPU, OperatingSystem, SecurityOptions, ServerErrors, Driver, DriverStatus } = JSON.parse(info);
  if (ServerErrors?.length) throw new WorkError(`no Docker engine answers: ${ServerErrors[0]}; ${instead}`);
  const virtual = /desktop/i.test(OperatingSystem ?? '') || /rootless/.test(String(SecurityOptions));
  // https://docs.docker.com/engine/storage/containerd/: what docker info says of it.
  const ownStore =
    /^(overlay2|fuse-overlayfs|vfs|btrfs|zfs)$/.test(Driver ?? '') &&
    !/io\.containerd\.snapshotter/.test(JSON.stringify(DriverStatus ?? ''));
  return { cpus: NCPU, reachable: process.platform === 'linux' && !virtual, ownStore };
}
