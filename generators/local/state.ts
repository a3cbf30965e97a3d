import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What exists of one kind of resource, by region and name: a JSON file each, so that a restart finds it. */
export class Collection<T extends object> {
  readonly #folder: string;
  readonly #all = new Map<string, T>();

  constructor(folder: string, kind: string) {
    this.#folder = join(folder, kind);
    for (const region of entries(this.#folder))
      for (const file of entries(join(this.#folder, region))) {
        const text = file.endsWith('.json') ? contents(join(this.#folder, region, file)) : undefined;
        if (text) this.#all.set(key(region, file.slice(0, -'.json'.length)), JSON.parse(text));
      }
  }

  get(region: string, name: string): T | undefined {
    return this.#all.get(key(region, name));
  }

  put(region: string, name: string, value: T): void {
    const path = this.#path(region, name);
    mkdirSync(join(this.#folder, region), { recursive: true });
    writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
    this.#all.set(key(region, name), value);
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

/** Writes a file whole or not at all, also when the process is killed meanwhile. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
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
