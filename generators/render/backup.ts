import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFile } from '../settings/config-file.ts';
import { freeName } from './journal.ts';
import { readRecord, recordFile } from './record.ts';
import type { RenderedFile } from './render.ts';
import { isUnedited } from './untouched.ts';

/** A file with edits that would be lost, and the copy that keeps them. */
export interface Backup {
  readonly path: string;
  readonly copy: string;
  readonly contents: Buffer;
  readonly mode: number;
}

/** Of the files of a project that these would replace: those that somebody has written or changed. */
export function backups(folder: string, files: readonly RenderedFile[]): Backup[] {
  const record = readRecord(folder);
  return files.flatMap(({ path, contents: fresh }) => {
    const found = lstatSync(join(folder, path), { throwIfNoEntry: false });
    // Both are what the generator itself keeps: the answers are read before they are written again.
    if (!found?.isFile() || [configFile, recordFile].includes(path)) return [];
    const contents = readFileSync(join(folder, path));
    if (contents.equals(Buffer.from(fresh)) || isUnedited(path, contents, record)) return [];
    return [{ path, copy: freeName(folder, `${path}.old`), contents, mode: found.mode }];
  });
}

/** In words, of a file that was replaced. */
export function backupText({ path, copy }: Backup): string {
  return `${path} had edits: they are in ${copy}`;
}
