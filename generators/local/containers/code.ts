import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** What .dockerignore leaves out of code/: some of it the server writes as it runs. */
const ignored = /(^|\/)(__pycache__\/|\.)|\.(new|old)(\.\d[^/]*)?(\/|$)/;

/** SHA-256 of a file, or of where a link leads. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  if (lstatSync(file).isSymbolicLink()) hash.update(await readlink(file));
  else for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex');
}

/** SHA-256 of what the image of a project would be built from. */
export async function codeOf(folder: string): Promise<string> {
  const all = await readdir(join(folder, 'code'), { recursive: true, withFileTypes: true });
  const code = all
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !ignored.test(path));
  const others = ['Dockerfile', 'requirements.txt'].filter((name) => existsSync(join(folder, name)));
  const hash = createHash('sha256');
  for (const path of [...others, ...code].sort()) {
    hash.update(`${path}\0`);
    const file = join(folder, path);
    hash.update(await digestOf(file).catch(() => '')).update('\0');
  }
  return hash.digest('hex');
}
