// @ts-check
// Which tests have passed with exactly these files, kept in .cache/: a second run need not repeat them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = resolve(import.meta.dirname, '..');

/**
 * Everything that git has or would take, but for what `without` fits, and what `settings` says beside it; undefined where
 * there is no git to ask.
 * @param {string} repository
 * @param {RegExp} without
 * @param {readonly string[]} settings
 */
function fingerprint(repository, without, settings) {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { status, stdout } = spawnSync('git', listing, { cwd: repository, encoding: 'utf8' });
  if (status !== 0) return undefined;
  const files = stdout.split('\0').filter((file) => file && !without.test(file));
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const file of files.sort()) {
    const path = join(repository, file);
    // A file that is deleted, but not in git yet, is none.
    if (existsSync(path)) hash.update(`\0${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Runs tests, unless they have passed with these files before. CI always runs them: what they try by chance is another
 * thing each time.
 * @param {string} name what is run, as the user calls it
 * @param {{ repository?: string, without: RegExp, settings: readonly string[] }} inputs files of the repository that
 *   these tests do not read, and what else they depend on
 * @param {() => Promise<boolean>} run whether all passed
 * @returns {Promise<boolean>} whether they have passed, now or before
 */
export async function unlessPassed(name, { repository = here, without, settings }, run) {
  const mark = fingerprint(repository, without, [name, ...settings]);
  const folder = join(repository, '.cache/passed');
  const file = join(folder, mark ?? 'unknown');
  if (mark && existsSync(file) && !process.env.CI) {
    console.log(
      `${name}: passed with these files on ${readFileSync(file, 'utf8')}; to run it again: rm -r ${folder}`,
    );
    return true;
  }
  if (!(await run())) return false;
  if (mark) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, new Date().toISOString().slice(0, 16).replace('T', ' '));
  }
  return true;
}
