import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bin, repository, tempFolder } from './harness.ts';

/** A later version of the generator: a copy of its sources in which something is different, built like any other. */
export class NewerVersion {
  readonly #folder = tempFolder();
  #isBuilt = false;

  constructor(version = '9.0.0') {
    const sources = ['generators', 'rolldown.config.ts', 'scripts/compiled-templates.js'];
    for (const part of [...sources, 'package.json', 'CHANGELOG.md', 'templates', 'python/ml_serving'])
      cpSync(join(repository, part), join(this.#folder, part), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(this.#folder, 'node_modules'));
    this.edit('../package.json', (text) => text.replace(/"version": "[^"]*"/, `"version": "${version}"`));
  }

  /** The program, with all the changes made before it is first asked for. */
  get bin(): string {
    if (!this.#isBuilt) execFileSync('npm', ['run', '--silent', 'build'], { cwd: this.#folder });
    this.#isBuilt = true;
    return join(this.#folder, relative(repository, bin));
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
