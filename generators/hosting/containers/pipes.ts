import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What a program writes to, and we read. */
interface Pipe {
  readonly from: Socket;
  /** Its end for the program, open here until it is closed. */
  readonly to: number;
}

/**
 * So many pipes, made in a folder that is ours alone, in which nothing stays. Those that Node makes are sockets: on Linux
 * a program cannot open them as /dev/stdout and /dev/stderr, as it can in a container. Undefined where there is no need
 * for others, or no way to have them.
 */
export async function makePipes(count: number, folder: string): Promise<Pipe[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const paths = Array.from({ length: count }, (_, index) => join(folder, `pipe-${index}`));
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
    return paths.map((path) => {
      // In this order neither waits for the other.
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const to = openSync(path, constants.O_WRONLY);
      return { from: new Socket({ fd, readable: true, writable: false }), to };
    });
  } catch {
    // Some file systems have none.
    return undefined;
  } finally {
    for (const path of paths) await rm(path, { force: true });
  }
}

export const closeOurs = (pipes: readonly Pipe[]): void => {
  for (const { to } of pipes) closeSync(to);
};
