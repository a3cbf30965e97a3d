import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';

/** Bytes after which another file is begun; the one before is kept beside it, and none before that. */
const largest = 50 * 1024 * 1024;

/** Lines in a file that never grows beyond bounds. */
export class LogFile {
  readonly #path: string;
  readonly #most: number;
  #size: number;

  constructor(path: string, most = largest) {
    this.#path = path;
    this.#most = most;
    this.#size = existsSync(path) ? statSync(path).size : 0;
  }

  /** What cannot be written, as on a full disk, is left out: a line is no reason to stop what prints it. */
  add(line: string): void {
    const text = `${line}\n`;
    try {
      if (this.#size >= this.#most) {
        renameSync(this.#path, before(this.#path));
        this.#size = 0;
      }
      appendFileSync(this.#path, text);
      this.#size += Buffer.byteLength(text);
    } catch {
      // There may be room for the next one.
    }
  }
}

/** All lines that are kept; undefined where there are none. */
export function linesOf(path: string): string | undefined {
  const files = [before(path), path].filter((file) => existsSync(file));
  return files.length ? files.map((file) => readFileSync(file, 'utf8')).join('') : undefined;
}

const before = (path: string) => `${path}.before`;
