import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../hosting/containers/folder.ts';
import { kill, pidsWith, readOrNothing } from '../hosting/containers/procfs.ts';
import { isRunning } from '../running.ts';
import { shown, UsageError } from '../settings/problems.ts';
import { removeContainers } from './containers/docker.ts';

/** A service that runs, or was killed: its process, and where it answers once it does. */
export interface Holder {
  readonly pid: number;
  readonly url?: string;
}

/** A folder in which one service at a time keeps all that it has while it runs. */
export class ServiceFolder {
  readonly path: string;
  /** Of a service in the background: what it says. */
  readonly output: string;
  /** The lines of its containers. */
  readonly log: string;
  /** Everything else, which goes with the service. */
  readonly work: string;

  /** In there, what exists in SageMaker. */
  readonly state: string;

  constructor(path: string) {
    this.path = path;
    this.output = join(path, 'output');
    this.log = join(path, 'log');
    this.work = join(path, 'work');
    this.state = join(this.work, 'state');
  }

  /** By these, what a service has started is found when it is no more: a label of containers, a variable of processes. */
  get label(): string {
    return `ml-container-creator.local=${this.path}`;
  }

  get marker(): Readonly<Record<string, string>> {
    return { [markerName]: this.path };
  }

  /** The service that runs there. */
  holder(): Holder | undefined {
    const holder = this.#read();
    return holder && isService(holder.pid) ? holder : undefined;
  }

  /** Makes it where it is not there. Throws UsageError where it is for something else. */
  make(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const isOurs = existsSync(this.#record) || readdirSync(this.path).every((name) => name === 'output');
    if (!isOurs)
      throw new UsageError([
        `${shown(this.path)} holds something else: with --folder, give one that is empty or not there`,
      ]);
  }

  /** Takes it for this process; false while a service runs there. Throws UsageError where it is for something else. */
  claim(): boolean {
    this.make();
    if (this.holder()) return false;
    rmSync(this.#record, { force: true });
    try {
      // Of all processes, one can make a file that is not there.
      writeFileSync(this.#record, JSON.stringify({ pid: process.pid }), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Lets others know where the service answers. */
  announce(url: string): void {
    writeFileSync(this.#record, JSON.stringify({ pid: process.pid, url } satisfies Holder));
  }

  /** Ends and removes all that a service has left behind, whether it ended or was killed. */
  async tidy(): Promise<void> {
    for (const pid of pidsWith(`${markerName}=${this.path}`)) if (pid !== process.pid) kill(pid);
    // Where there is no Docker, it has no containers.
    await removeContainers(this.label).catch(() => undefined);
    await removeFolder(this.work);
    rmSync(this.log, { force: true });
  }

  /** Gives it back. */
  release(): void {
    rmSync(this.#record, { force: true });
  }

  get #record(): string {
    return join(this.path, 'local.json');
  }

  #read(): Holder | undefined {
    try {
      return JSON.parse(readFileSync(this.#record, 'utf8'));
    } catch {
      return undefined;
    }
  }
}

const markerName = 'ML_CONTAINER_CREATOR_LOCAL';

/** Whether a process is there, and still a service: numbers of processes come again. */
function isService(pid: number): boolean {
  if (!isRunning(pid)) return false;
  const [line] = readOrNothing(`/proc/${pid}/cmdline`);
  return line === undefined || line.split('\0').includes('local');
}
