import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { configFile } from '../settings/config-file.ts';
import type { Change } from './apply.ts';

/** Whether something lies where a file would be copied to, and differs from it. */
export function differs(source: string, target: string): boolean {
  if (!existsSync(target)) return false;
  // By parts: models can be larger than what fits into memory.
  const size = 1 << 20;
  const [a, b] = [Buffer.alloc(size), Buffer.alloc(size)];
  if (statSync(source).size !== statSync(target).size) return true;
  const [one, other] = [openSync(source, 'r'), openSync(target, 'r')];
  try {
    for (let read = -1; read !== 0; ) {
      read = readSync(one, a);
      if (readSync(other, b) !== read || !a.subarray(0, read).equals(b.subarray(0, read))) return true;
    }
    return false;
  } finally {
    closeSync(one);
    closeSync(other);
  }
}

/** Whether something lies where a file would be written, and is another one. */
export function isOther(target: string, contents: Buffer): boolean {
  return existsSync(target) && !contents.equals(readFileSync(target));
}

/** The answers that a project starts from are no other than those that it keeps: there are just more of these. */
export function sameText(path: string, old: string, fresh: string): boolean {
  if (old === fresh || path !== configFile) return old === fresh;
  const kept: Record<string, unknown> = JSON.parse(fresh);
  try {
    return Object.entries(JSON.parse(old)).every(([key, value]) => isDeepStrictEqual(kept[key], value));
  } catch {
    return false;
  }
}

/** Whether a file is there as a change would write it: with that in it, and as executable. */
export function isDone(folder: string, change: Change): boolean {
  const target = join(folder, change.path);
  const found = lstatSync(target, { throwIfNoEntry: false });
  if ('linkTo' in change) return found?.isSymbolicLink() === true && readlinkSync(target) === change.linkTo;
  if (!('mode' in change) || !found?.isFile() || (found.mode ^ change.mode) & 0o100) return false;
  return 'copyOf' in change
    ? !differs(change.copyOf, target)
    : Buffer.from(change.contents as string).equals(readFileSync(target));
}
