import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printError } from '../printable.ts';
import { UsageError } from '../settings/problems.ts';
import { whyNotOnDisk } from './disk.ts';

/** What exists of one kind of resource, by region and name: a JSON file each, so that a restart finds it. */
export class Collection<T extends object> {
  readonly #folder: string;
  readonly #all = new Map<string, T>();
  /** What could not be written so far, as on a full disk. */
  readonly #unwritten = new Map<string, readonly [region: string, name: string]>();
  #told = false;

  constructor(folder: string, kind: string) {
    this.#folder = join(folder, kind);
    for (const region of entries(this.#folder))
      for (const file of entries(join(this.#folder, region))) {
        const text = file.endsWith('.json') ? contents(join(this.#folder, region, file)) : undefined;
        if (text !== undefined)
          this.#all.set(
            key(region, file.slice(0, -'.json'.length)),
            parsed(join(this.#folder, region, file), text) as T,
          );
      }
  }

  get(region: string, name: string): T | undefined {
    return this.#all.get(key(region, name));
  }

  /** Throws where it cannot be written; nothing has changed then. */
  put(region: string, name: string, value: T): void {
    this.#write(region, name, value);
    this.#all.set(key(region, name), value);
  }

  /** The same for what has come about by itself, and is so whether or not it can be written: that is tried again, then. */
  keep(region: string, name: string, value: T): void {
    this.#all.set(key(region, name), value);
    try {
      this.#write(region, name, value);
    } catch (error) {
      if (!this.#unwritten.size) {
        const why = whyNotOnDisk(error) ?? (error as Error).message;
        if (!this.#told) printError(`${why}. It is tried again until it can be`);
        this.#told = true;
        setTimeout(() => this.#again(), patience).unref();
      }
      this.#unwritten.set(key(region, name), [region, name]);
    }
  }

  #again(): void {
    const waiting = [...this.#unwritten.values()];
    this.#unwritten.clear();
    for (const [region, name] of waiting) {
      const value = this.get(region, name);
      if (value) this.keep(region, name, value);
    }
    this.#told = this.#unwritten.size > 0;
  }

  #write(region: string, name: string, value: T): void {
    const path = this.#path(region, name);
    mkdirSync(join(this.#folder, region), { recursive: true });
    writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
    this.#unwritten.delete(key(region, name));
  }

  delete(region: string, name: string): void {
    rmSync(this.#path(region, name), { force: true });
    this.#all.delete(key(region, name));
  }

  /** All of a region. */
  list(region: string): T[] {
    return [...this.#all].filter(([one]) => one.startsWith(key(region, ''))).map(([, value]) => value);
  }

  /** All, with their regions. */
  all(): (readonly [region: string, value: T])[] {
    return [...this.#all].map(([one, value]) => [one.slice(0, one.indexOf('/')), value]);
  }

  #path(region: string, name: string) {
    // Both come from requests; neither may lead elsewhere.
    if (![region, name].every((part) => /^[a-zA-Z0-9-]+$/.test(part)))
      throw new RangeError(`${region}/${name} is no name of a resource`);
    return join(this.#folder, `${key(region, name)}.json`);
  }
}

/** Milliseconds until what could not be written is tried again. */
const patience = 3000;

/** Writes a file whole or not at all, also when the process is killed meanwhile, or the disk is full. */
export function writeWhole(path: string, text: string): void {
  const fresh = `${path}.new`;
  try {
    writeFileSync(fresh, text);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    // Of a disk that is full, the system does not say which file it was.
    throw Object.assign(error as Error, { path });
  }
}

/** What a file of ours holds. Throws UsageError where it was damaged. */
export function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError([
      `${file} is damaged: it is no JSON. Put it right, or delete it for what it describes to be forgotten; ml-container-creator local remove deletes all that is kept`,
    ]);
  }
}

/** Names are told apart without regard to case, as by AWS. */
const key = (region: string, name: string) => `${region}/${name.toLowerCase()}`;

const entries = (folder: string) => unlessGone(() => readdirSync(folder)) ?? [];
const contents = (file: string) => unlessGone(() => readFileSync(file, 'utf8'));

/** Another process may look while this one deletes. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
