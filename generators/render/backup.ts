import { lstatSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { differs, isOther, sameText } from './differences.ts';
import { freeName } from './journal.ts';
import { readRecord, recordFile } from './record.ts';
import type { RenderedFile } from './render.ts';
import { isUnedited } from './untouched.ts';

/** A file that would be lost, and the name under which it is kept. */
interface Backup {
  readonly path: string;
  readonly copy: string;
  /** In words, once it was replaced. */
  readonly text: string;
}

/**
 * Of the files of a project that these would replace: those that somebody has written or changed. `copied` are the files
 * of the model that come there, with where they come from, `scripts` those of the user's script.
 */
export async function backups(
  folder: string,
  files: readonly RenderedFile[],
  copied: readonly (readonly [path: string, source: string])[],
  scripts: readonly (readonly [path: string, contents: Buffer])[],
): Promise<Backup[]> {
  const record = await readRecord(folder);
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
  const edited = [...texts.map(({ path }) => path), ...others.map(([path]) => path)].map((path) => {
    const copy = freeName(folder, `${path}.old`);
    return { path, copy, text: `${path} had edits: they are in ${copy}` };
  });
  const other = models.map(([path]) => {
    // What starts with a dot is not uploaded with the model.
    const copy = freeName(folder, `${dirname(path)}/.${basename(path)}.old`);
    return { path, copy, text: `${path} was another one: it is now ${copy}` };
  });
  return [...edited, ...other];
}
