import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** More than any config.json, list of modules or schema of columns has. */
const usualMost = 20_000_000;

/**
 * The bytes of a file that others may have written; undefined where none is. Throws an Error that says what is wrong with
 * `named`: what is no file, such as a pipe that nobody writes to, and what is larger than such files are is never read.
 */
export function readSmallFile(path: string, named: string, mostBytes = usualMost): Buffer | undefined {
  let opened: number;
  try {
    // Without it, opening a pipe waits for whoever writes to it.
    opened = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Error(`${named} cannot be read: ${code}`);
  }
  try {
    const found = fstatSync(opened);
    if (!found.isFile()) throw new Error(`${named} is no file`);
    if (found.size > mostBytes)
      throw new Error(`${named} has ${found.size} bytes: such files have ${mostBytes} at most`);
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}
