import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../hosting/containers/folder.ts';
import { kill, pidsWith } from '../hosting/containers/procfs.ts';
import { isRunning, startOf } from '../running.ts';
import { shown, UsageError } from '../settings/problems.ts';
import { removeContainers } from './containers/docker.ts';
import { signOut } from './containers/sign-out.ts';
import { parsed, writeWhole } from './state.ts';

/** A service that runs, or was killed: its process, whether it is one of --keep, and where it answers once it does. */
export interface Holder {
  readonly pid: number;
  /** When that process was started: numbers of processes come again. */
  readonly started?: string;
  readonly keep: boolean;
  readonly url?: string;
  /** That of its folder: in a copy of that it is another's. */
  readonly id?: string;
}

/** How the services of --keep were started that have made what is kept in a folder: the next one has to be as they were. */
export interface Made {
  readonly process: boolean;
  /** In which form; undefined in none that can be read. */
  readonly form?: number;
  /** The version that has written what moto knows. */
  readonly moto: string;
  /** A part of the names of images: the next one takes it again, where it is free. */
  readonly port: number;
}

/** What a service has of resources, uploads, images and lines of containers. */
interface Data {
  readonly path: string;
  /** What exists in SageMaker. */
  readonly state: string;
  /** The lines of its containers. */
  readonly log: string;
}

/** A folder in which one service at a time has all that it has. */
export class ServiceFolder {
  readonly path: string;
  /** Of a service in the background: what it says. */
  readonly output: string;
  /** What goes with the service. */
  readonly work: string;
  /** Of one without containers: what takes Docker's place in the deploy scripts. */
  readonly containerCli: string;
  /** What stays for the next one, of those with --keep. */
  readonly #kept: string;

  constructor(path: string) {
    this.path = path;
    this.output = join(path, 'output');
    this.work = join(path, 'work');
    this.containerCli = join(this.work, 'container-cli');
    this.#kept = join(path, 'kept');
  }

  /** What a service has: one with --keep finds what there was. */
  data(keep: boolean): Data {
    const path = keep ? this.#kept : this.work;
    return { path, state: join(path, 'state'), log: join(path, 'log') };
  }

  /** How what is kept was made; undefined where nothing is. Throws UsageError where that cannot be read. */
  get made(): Made | undefined {
    return existsSync(this.#made)
      ? (parsed(this.#made, readFileSync(this.#made, 'utf8')) as Made)
      : undefined;
  }

  set made(made: Made) {
    writeWhole(this.#made, JSON.stringify(made));
  }

  get #made(): string {
    return join(this.#kept, 'made.json');
  }

  /**
   * Made at random with the folder, and another one in a copy of it. By it, what a service has started is found when it is no more: two at one path, as those
   * of two machines or containers with one Docker, are told apart.
   */
  get #id(): string | undefined {
    const random = existsSync(this.#sign) ? readFileSync(this.#sign, 'utf8') : '';
    if (!/^[0-9a-f]{32}$/.test(random)) return undefined;
    return createHash('sha256')
      .update(`${random} ${realpathSync(this.path)}`)
      .digest('hex')
      .slice(0, 32);
  }

  /** Of containers, NAME=VALUE: whose they are, and where that is, for people who look. */
  get labels(): readonly [own: string, place: string] {
    return [`ml-container-creator.local.id=${this.#id}`, `ml-container-creator.local=${this.path}`];
  }

  /** Variables of processes that say the same. */
  get marker(): Readonly<Record<string, string>> {
    return { [`${markerName}_ID`]: this.#id ?? '', [markerName]: this.path };
  }

  /** Which ECR gives out here: what Docker's client has stored of a service is known by it. */
  get registryPassword(): string {
    return `ml-container-creator-local-${this.#id}`;
  }

  /** Whether this process was started to be the service, by one that has ended since. */
  get isOurs(): boolean {
    return this.#id !== undefined && process.env[`${markerName}_ID`] === this.#id;
  }

  /** The service that runs there. */
  holder(): Holder | undefined {
    const holder = this.isMade ? read<Holder>(this.#record) : undefined;
    return holder && this.#isService(holder) ? holder : undefined;
  }

  /** Whether a service has made it: all that is in it is ours then, to be believed and to be deleted. */
  get isMade(): boolean {
    return existsSync(this.#sign) && !this.#isOthers && !(statSync(this.path).mode & 0o022);
  }

  /** Makes it where it is not there. Throws UsageError where it is for something else, or another user's. */
  make(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    if (this.#isOthers)
      throw new UsageError([
        `${shown(this.path)} belongs to another user, and what lies there is run: with --folder, give one of yours`,
      ]);
    if (!this.isMade && readdirSync(this.path).length)
      throw new UsageError([
        `${shown(this.path)} holds something else: with --folder, give one that is empty or not there`,
      ]);
    if (statSync(this.path).mode & 0o077) chmodSync(this.path, 0o700);
    if (this.#id) return;
    const fresh = `${this.#sign}.${process.pid}`;
    writeFileSync(fresh, randomBytes(16).toString('hex'));
    // Of two that make it at once, one has; a sign without an id is that of another version.
    if (this.isMade) renameSync(fresh, this.#sign);
    else linked(fresh, this.#sign);
  }

  /** Takes it for a service in this process; false while a service runs there. Throws UsageError where it is for something else. */
  claim(keep = false): boolean {
    this.make();
    if (this.holder()) return false;
    const own = `${this.#record}.${process.pid}`;
    // What a killed one has left is taken away by one process alone; that of one which came before us goes back.
    if (moved(this.#record, own)) {
      const before = read<Holder>(own);
      if (before && this.#isService(before)) {
        linked(own, this.#record);
        return false;
      }
    }
    writeFileSync(own, JSON.stringify(this.#holder(keep)));
    // Of all processes, one can make a file that is not there.
    return linked(own, this.#record);
  }

  #holder(keep: boolean): Holder {
    const started = startOf(process.pid);
    return { pid: process.pid, keep, ...(started && { started }), ...(this.#id && { id: this.#id }) };
  }

  /** Lets others know where the service answers. */
  announce(url: string, keep: boolean): void {
    writeWhole(this.#record, JSON.stringify({ ...this.#holder(keep), url } satisfies Holder));
  }

  /** Ends and removes all that a service has left behind, but for what is kept, whether it ended or was killed. */
  async tidy(): Promise<void> {
    const [own] = this.labels;
    for (const pid of pidsWith(`${markerName}_ID=${this.#id}`)) if (pid !== process.pid) kill(pid);
    // Where there is no Docker, it has no containers.
    await removeContainers(own).catch(() => undefined);
    await signOut(this.registryPassword).catch(() => undefined);
    await removeFolder(this.work);
    // Of one that was never up.
    if (!existsSync(this.#made)) await removeFolder(this.#kept);
  }

  /** Deletes what is kept; whether there was any. */
  async forget(): Promise<boolean> {
    const was = existsSync(this.#kept);
    rmSync(this.output, { force: true });
    await removeFolder(this.#kept);
    return was;
  }

  /** Gives it back. */
  release(): void {
    rmSync(this.#record, { force: true });
  }

  /** Whether a process is there, and still the one that has written that, here. */
  #isService({ pid, started, id = this.#id }: Holder): boolean {
    return id === this.#id && isRunning(pid) && startOf(pid) === started;
  }

  get #record(): string {
    return join(this.path, 'local.json');
  }

  /** A file that no other program has. */
  get #sign(): string {
    return join(this.path, '.ml-container-creator-local');
  }

  /** Whether another user can change what is in it. */
  get #isOthers(): boolean {
    return [lstatSync, statSync].some((look) => look(this.path).uid !== process.getuid?.());
  }
}

/** Moves a file; false where there is none. */
function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Gives a file its other name, whole as it is, unless there is one of that name. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(from, { force: true });
  }
}

/** A small file of ours; undefined where there is none. */
function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

const markerName = 'ML_CONTAINER_CREATOR_LOCAL';
