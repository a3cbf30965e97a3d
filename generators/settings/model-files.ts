import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The files that a model path stands for, as paths below `model/` with forward slashes: the file itself, or all files
 * in the folder. Dot files are left out: the leavings of editors and operating systems.
 */
export function modelFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [basename(path)];
  const below = (folder: string): string[] =>
    readdirSync(join(path, folder), { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .flatMap((entry) => {
        const file = folder ? `${folder}/${entry.name}` : entry.name;
        return statSync(join(path, file)).isDirectory() ? below(file) : [file];
      });
  return below('').sort();
}
