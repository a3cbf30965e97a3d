import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** More than any model has: who names their home folder hears of it before all of it is copied. */
const mostFiles = 10_000;

/**
 * The files that a model path stands for, as paths below `model/` with forward slashes: the file itself, or all files
 * in the folder. Dot files, which are the leavings of editors and operating systems, and links to folders are left out.
 * Throws what the file system throws, and an Error when there are far too many.
 */
export function modelFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [basename(path)];
  const files: string[] = [];
  const folders = [''];
  for (const folder of folders) {
    for (const entry of readdirSync(join(path, folder), { withFileTypes: true })) {
      const file = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) folders.push(file);
      else if (statSync(join(path, file), { throwIfNoEntry: false })?.isFile()) files.push(file);
      if (files.length + folders.length > mostFiles) throw new Error(`it holds more than ${mostFiles} files`);
    }
  }
  return files.sort();
}
