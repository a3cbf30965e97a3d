import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';

/** The absolute path of one that a user gave. A shell leaves `~` alone in `--flag=~/x`, and files and prompts know none. */
export function fullPath(cwd: string, path: string): string {
  return resolve(
    cwd,
    path.replace(/^~(?=$|\/)/, () => homedir()),
  );
}

/** An address or a path without the slashes at its end: one pass, however many there are. */
export function withoutEndSlashes(path: string): string {
  return path.replace(/(?<!\/)\/+$/, '');
}

/** Whether an absolute path is that of a folder or leads below it, links left aside. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

/** Why a file or folder cannot be made at a path, if it cannot: looked up at the nearest folder that is there. */
export function whyNotWritable(path: string): string | undefined {
  if (!existsSync(path)) return whyNotWritable(dirname(path));
  if (!statSync(path).isDirectory()) return `${path} is a file`;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return `you may not write to ${path}${asAnother()}`;
  }
}

/** yo gives up the rights of root, and says nothing of it. */
function asAnother(): string {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return basename(process.argv[1] ?? '') === 'yo' && gid === 0 && uid !== 0
    ? `: yo, when root starts it, goes on as another user, here ${uid}; ml-container-creator asks the same and stays root`
    : '';
}
