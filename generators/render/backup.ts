import { lstatSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { differs, isOther, sameText } from './differences.ts';
import { freeName } from './journal.ts';
import { readRecord, recordFile } from './record.ts';
import type { RenderedFile } from './render.ts';
import { isUnedited } from './untouched.ts';

/** A file that would be lost, and the name under which it is kept. */
export interface Backup {
  readonly path: string;
  readonly copy: string;
}

/**
 * Of the files of a project that these would replace: those that somebody has written or changed. `copied` are the files
 * of the model that come there, with where they come from, `scripts` those of the user's script.
 */
export function backups(
  folder: string,
  files: readonly RenderedFile[],
  copied: readonly (readonly [path: string, source: string])[],
  scripts: readonly (readonly [path: string, contents: Buffer])[],
): Backup[] {
  const record = readRecord(folder);
  const isFile = (path: string) =>
    lstatSync(join(folder, path), { throwIfNoEntry: false })?.isFile() === true;
  const texts = files.filter(({ path, contents: fresh }) => {
    // The record is the generator's own.
    if (path === recordFile || !isFile(path)) return false;
    const contents = readFileSync(join(folder, path));
    return !sameText(path, contents.toString(), fresh) && !isUnedited(path, contents, record);
  });
  const others = scripts.filter(([path, contents]) => isFile(path) && isOther(join(folder, path), contents));
  const models = copied.filter(([path, source]) => isFile(path) && differs(source, join(folder, path)));
  return [
    ...[...texts.map(({ path }) => path), ...others.map(([path]) => path)].map((path) => ({
      path,
      copy: freeName(folder, `${path}.old`),
    })),
    // What starts with a dot is not uploaded with the model.
    ...models.map(([path]) => ({
      path,
      copy: freeName(folder, `${dirname(path)}/.${basename(path)}.old`),
    })),
  ];
}

/** In words, of a file that was replaced. */
export function backupText({ path, copy }: Backup): string {
  return path.startsWith('model/')
    ? `${path} was another one: it is now ${copy}`
    : `${path} had edits: they are in ${copy}`;
}
