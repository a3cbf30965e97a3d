import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes a folder, also where read-only folders are in it: those cannot be emptied as they are. */
export async function removeFolder(folder: string): Promise<void> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of all)
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}
