import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bin, repository, tempFolder } from './harness.ts';

/** A later version of the generator: a copy of the package, as it is built, in which something is different. */
export class NewerVersion {
  readonly bin: string;
  readonly #folder = tempFolder();

  constructor(version = '9.0.0') {
    const { files } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    for (const part of ['package.json', ...files.filter((pattern: string) => !pattern.startsWith('!'))])
      cpSync(join(repository, part), join(this.#folder, part), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(this.#folder, 'node_modules'));
    this.bin = join(this.#folder, relative(repository, bin));
    this.edit('../package.json', (text) => text.replace(/"version": "[^"]*"/, `"version": "${version}"`));
  }

  /** Changes a file below `templates`, with or without `.ejs` at its end; fails where nothing comes out changed. */
  edit(path: string, change: (text: string) => string): this {
    const file = [path, `${path}.ejs`].map((name) => join(this.#folder, 'templates', name)).find(existsSync);
    if (!file) throw new Error(`no template ${path}`);
    const before = readFileSync(file, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`nothing changed in ${path}`);
    writeFileSync(file, after);
    return this;
  }

  /** Adds a file below `templates`. */
  add(path: string, text: string): this {
    const file = join(this.#folder, 'templates', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return this;
  }

  /** Renames one: what a project has under the old name is gone, what it has under the new one is new. */
  rename(path: string, other: string): this {
    renameSync(join(this.#folder, 'templates', path), join(this.#folder, 'templates', other));
    return this;
  }
}
