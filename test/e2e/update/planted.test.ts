import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Step, stampOf } from '../../../generators/render/journal.ts';
import { bin, type CommandError, cleanEnv, command, tempFolder } from '../../harness.ts';
import { NewerVersion } from '../../newer.ts';
import { commit, git, inGit, project, runUpdate } from './project.ts';

const staging = '.ml-container-creator';
const script = '#!/bin/sh\necho planted\n';

function write(folder: string, path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

/** What looks like an interrupted run, which has replaced the file of each step, in order. */
function plant(folder: string, steps: readonly Step[], folders: readonly string[] = []): void {
  write(folder, `${staging}/journal.json`, JSON.stringify({ steps, folders }));
  for (const index of steps.keys()) write(folder, `${staging}/old/${index}`, script);
}

const generateIn = (folder: string, args: readonly string[]) =>
  command(process.execPath, [bin, '--skip-prompts', ...args], { cwd: folder, env: cleanEnv }).then(
    (done) => ({ code: 0, ...done }),
    (error: CommandError) => error,
  );

test('a journal that came with a repository is none of ours: nothing in it is used', async () => {
  const folder = await inGit();
  plant(folder, [{ path: 'deploy/deploy.sh', was: true }]);
  await git(folder, 'add', '--all', '--force');
  await commit(folder);
  const clone = join(tempFolder(), 'clone');
  await git(tempFolder(), 'clone', '--quiet', folder, clone);
  for (const run of [await runUpdate(bin, clone), await generateIn(clone, [])]) {
    expect(run.stderr).toContain(
      `${join(clone, staging)} came with the git repository, and not from a run here that was interrupted`,
    );
    expect(run.code).toBe(4);
  }
  expect(await git(clone, 'status', '--porcelain')).toBe('');
});

test('no path in a journal leads out of the project, into the folder of git or through a link', async () => {
  const outside = tempFolder();
  const victim = write(outside, 'victim', 'theirs');
  for (const path of [
    '.git/hooks/pre-commit',
    '.GIT/config',
    '../planted',
    '/tmp/planted',
    'a/../../b',
    staging,
  ]) {
    const folder = await inGit();
    plant(folder, [{ path, was: true }]);
    const { stderr, code } = await runUpdate(bin, folder);
    expect(stderr, path).toContain('journal.json is not as the generator writes it. What it replaced is in');
    expect(code).toBe(4);
    expect(readFileSync(join(folder, staging, 'old/0'), 'utf8')).toBe(script);
    expect(existsSync(join(folder, path)) && path !== staging && !path.startsWith('.GIT')).toBe(false);
  }
  for (const [steps, folders] of [
    [[{ path: 'linked/planted', was: true }], []],
    [[{ path: 'linked/victim', was: false, becomes: stampOf(victim) }], []],
    [[], ['linked/empty']],
  ] as const) {
    const folder = await project();
    symlinkSync(outside, join(folder, 'linked'));
    mkdirSync(join(outside, 'empty'), { recursive: true });
    plant(folder, steps, folders);
    const { stderr, code } = await runUpdate(bin, folder);
    expect(stderr).toContain('is behind a link. What it replaced is in');
    expect(code).toBe(4);
    expect(readdirSync(outside).sort()).toEqual(['empty', 'victim']);
  }
});

test('where the folder that runs stage files in is a link, or one in it, nothing behind it is touched', async () => {
  for (const part of ['.', 'old', 'new']) {
    const [folder, outside] = [await project(), tempFolder()];
    for (const path of ['new/mine', 'old/mine', 'pid', 'journal', '0']) write(outside, path, 'theirs');
    const before = readdirSync(outside, { recursive: true });
    if (part !== '.') plant(folder, []);
    symlinkSync(outside, join(folder, staging, part === '.' ? '' : part).replace(/\/$/, ''));
    for (const run of [await runUpdate(bin, folder), await generateIn(folder, [])]) {
      expect(run.stderr).toContain('is no folder that the generator has made: look at it, then remove it');
      expect(run.code).toBe(4);
    }
    expect(readdirSync(outside, { recursive: true })).toEqual(before);
  }
});

test('a journal that cannot be read is an error that says where the files are', async () => {
  for (const text of ['', '{"steps":[', '{"steps":[{"path":1}],"folders":[]}']) {
    const folder = await project();
    write(folder, `${staging}/old/0`, 'mine');
    write(folder, `${staging}/journal.json`, text);
    const { stderr, code } = await runUpdate(bin, folder);
    expect(stderr).toContain('an earlier run was interrupted, and what it had changed cannot be taken back');
    expect(stderr).toContain(
      `What it replaced is in ${join(folder, staging, 'old')}: take from there what you need`,
    );
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(4);
    expect(readFileSync(join(folder, staging, 'old/0'), 'utf8')).toBe('mine');
  }
});

test('an interrupted run is taken back only by a command line that is right, and that is said even if it then fails', async () => {
  const folder = await project();
  const path = 'deploy/deploy.sh';
  plant(folder, [{ path, was: true, becomes: stampOf(join(folder, path)) as string }]);
  for (const run of [
    await generateIn(folder, ['--framework=bogus']),
    await runUpdate(bin, folder, ['--framework=bogus']),
  ]) {
    expect(run.stderr).toContain('framework: "bogus" (--framework) is not allowed');
    expect(run.stderr).not.toContain('an earlier run');
    expect(run.code).toBe(2);
    expect(existsSync(join(folder, staging, 'journal.json'))).toBe(true);
  }
  const fails = await generateIn(folder, ['--region=eu-central-1']);
  expect(fails.stderr).toContain('an earlier run was interrupted: what it had changed is taken back\n');
  expect(fails.stderr).toContain('has files that differ');
  expect(fails.code).toBe(2);
  expect(readFileSync(join(folder, path), 'utf8')).toBe(script);
  expect(existsSync(join(folder, staging))).toBe(false);
});

test('what Python has compiled is swept out of no folder that a link leads to', async () => {
  const [folder, outside] = [await project(), tempFolder()];
  write(outside, 'test_batches.cpython-312.pyc', 'theirs');
  symlinkSync(outside, join(folder, 'test/__pycache__'));
  const later = new NewerVersion().rename('tabular/test/test_batches.py', 'tabular/test/test_later.py');
  const { code } = await runUpdate(later.bin, folder);
  expect(code).toBe(0);
  expect(existsSync(join(folder, 'test/test_batches.py'))).toBe(false);
  expect(readdirSync(outside)).toEqual(['test_batches.cpython-312.pyc']);
});

test('the generator writes through no link in the project, as update does not', async () => {
  const [folder, outside] = [tempFolder(), tempFolder()];
  symlinkSync(outside, join(folder, 'deploy'));
  const { stderr, code } = await generateIn(folder, ['--project-dir=.', '--framework=sklearn', '--force']);
  expect(stderr).toContain(`${join(folder, 'deploy')} is behind a link, which is not followed`);
  expect(code).toBe(2);
  expect(readdirSync(outside)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['deploy']);
});
