import { constants, copyFileSync, promises, rmSync, type Stats, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Copies a file's contents: by reference where the file system can do that, and without writing the holes of a sparse one. */
export async function copy(source: string, target: string): Promise<void> {
  const found = await promises.stat(source);
  if (occupied(found) < found.size && !(await isCloned(source, target)))
    await copyWithHoles(source, target, found.size);
  else await promises.copyFile(source, target, constants.COPYFILE_FICLONE);
}

async function isCloned(source: string, target: string): Promise<boolean> {
  try {
    await promises.copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  }
}

async function copyWithHoles(source: string, target: string, size: number): Promise<void> {
  const part = Buffer.allocUnsafe(1 << 20);
  const zeros = Buffer.alloc(part.length);
  const from = await promises.open(source, 'r');
  const to = await promises.open(target, 'w');
  try {
    for (let at = 0, read = -1; read !== 0; at += read) {
      read = (await from.read(part, 0, part.length, at)).bytesRead;
      const bytes = part.subarray(0, read);
      if (!bytes.equals(zeros.subarray(0, read))) await to.write(bytes, 0, read, at);
    }
    await to.truncate(size);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/** On its disk, in bytes. */
function occupied({ size, blocks }: Stats): number {
  return Math.min(size, blocks * 512);
}

/**
 * How much room copies of these files take, and how much there is in a folder, in bytes, where it is not enough. A
 * file is written to the folder for a moment, to see whether it can hold copies by reference.
 */
export function lackOfRoom(
  sources: readonly string[],
  folder: string,
): { readonly needed: number; readonly free: number } | undefined {
  const found = sources.map((source) => ({ source, room: occupied(statSync(source)) }));
  const needed = found.reduce((sum, { room }) => sum + room, 0);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const [smallest] = found.filter(({ room }) => room).sort((a, b) => a.room - b.room);
  return needed <= free || !smallest || takesClones(smallest.source, folder) ? undefined : { needed, free };
}

function takesClones(source: string, folder: string): boolean {
  const probe = join(folder, 'probe');
  try {
    copyFileSync(source, probe, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}

/** As in 140.5 GB. */
export function inWords(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
