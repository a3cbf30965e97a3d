import { constants } from 'node:fs';
import { chmod, cp, mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A file's size and time of change, by its path in the folder. */
export type Snapshot = ReadonlyMap<string, string>;

/** Copies a model directory so that anybody can read it, as SageMaker lays it out, and nobody write to it. */
export async function copyModel(from: string, to: string, writable: boolean): Promise<void> {
  // By reference where the file system can do that.
  await cp(from, to, { recursive: true, dereference: true, mode: constants.COPYFILE_FICLONE });
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), modeOf(entry.isDirectory(), writable));
  await chmod(to, modeOf(true, writable));
}

const modeOf = (folder: boolean, writable: boolean) => (folder ? 0o555 : 0o444) | (writable ? 0o222 : 0);

/** The same files, each cut to half: what an interrupted upload leaves. */
export async function corruptModel(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const half = Math.min(Math.floor((await stat(path)).size / 2), 16 * 1024 * 1024);
    const file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(half), 0, half, 0).finally(() => file.close());
    const target = join(to, relative(from, path));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, buffer);
  }
}

export async function snapshot(folder: string): Promise<Snapshot> {
  const seen = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // Bytecode is written next to the code on every machine but SageMaker's, and in no folder of dots is a server.
    if (/(^|\/)(\.|__pycache__|node_modules)/.test(relative(folder, path)) || entry.isDirectory()) continue;
    const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
    seen.set(relative(folder, path), `${size} ${mtimeMs}`);
  }
  return seen;
}

/** Paths that are not as they were. */
export const changed = (before: Snapshot, after: Snapshot): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
