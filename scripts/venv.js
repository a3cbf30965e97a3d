// @ts-check
// Virtual environments of Python for tests, made once for each content, and kept in .cache/.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, '../.cache');
const uvVersion = '0.13.9';

/**
 * A virtual environment with what requirements files list.
 * @param {readonly string[]} requirementsFiles
 * @returns {Promise<string>}
 */
export async function cachedVenv(...requirementsFiles) {
  const { stdout: python } = await run('python3', ['--version']);
  const content = requirementsFiles
    .map((file) => readFileSync(file, 'utf8').replace(/^#.*$/gm, '').trim())
    .join('\n');
  const name = createHash('sha256').update(python).update(content.trim()).digest('hex').slice(0, 16);
  // uv links files from its cache: a second environment with the same packages takes a second.
  const tools = await once(join(cache, `uv-${uvVersion}`), async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `uv==${uvVersion}`,
    ]);
  });
  return once(join(cache, 'venvs', name), async (folder) => {
    const uv = join(tools, 'bin/uv');
    const env = { ...process.env, UV_CACHE_DIR: join(cache, 'uv-cache'), VIRTUAL_ENV: folder };
    await run(uv, ['venv', '--quiet', '--clear', '--python', 'python3', folder], { env });
    const requirements = requirementsFiles.flatMap((file) => ['--requirement', file]);
    await run(uv, ['pip', 'install', '--quiet', ...requirements], { env });
  });
}

/**
 * Makes a folder unless it is there; processes that run side by side wait for each other.
 * @param {string} folder
 * @param {(folder: string) => Promise<void>} make
 */
async function once(folder, make) {
  const done = join(folder, 'done');
  const lock = `${folder}.lock`;
  mkdirSync(dirname(folder), { recursive: true });
  while (!existsSync(done)) {
    try {
      mkdirSync(lock);
    } catch {
      await sleep(200);
      continue;
    }
    try {
      if (!existsSync(done)) await make(folder);
      writeFileSync(done, '');
    } finally {
      rmdirSync(lock);
    }
  }
  return folder;
}
