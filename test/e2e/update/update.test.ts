import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageVersion } from '../../../generators/package.ts';
import { blobId } from '../../../generators/render/record.ts';
import { repositoryOf } from '../../../generators/update/git.ts';
import { bin, cleanEnv, command, generate, pickled, tempFolder } from '../../harness.ts';
import { NewerVersion } from '../../newer.ts';
import { commit, edit, git, inGit, project, projectId, read, runUpdate, tree } from './project.ts';

const deploy = 'deploy/deploy/deploy.sh';
const firstLine =
  "# Deploys this project's newest image with its newest model: creates the endpoint, or updates it. Run again, it does";
const lastLine = 'echo "It costs money until deploy/undeploy.sh removes it."';
const handler = 'frameworks/sklearn/common/code/model_handler.py';

/** Which differs in the first lines of a script, in the handler and in what is pinned; one script is new, one is gone. */
let newer: NewerVersion;

beforeAll(() => {
  newer = new NewerVersion()
    .edit(deploy, (text) => text.replace(firstLine, '# Deploys, as a later version says it.'))
    .edit(handler, (text) => `${text}\n# From a later version.\n`)
    .edit('python/requirements.txt', (text) => `${text.trimEnd()}\nnewpin==1.0\n`)
    .edit('python/run_local.sh', (text) =>
      text.replace('exec code/serve serve', 'exec code/serve serve # later'),
    )
    .rename('deploy/deploy/undeploy.sh.ejs', 'deploy/deploy/remove.sh.ejs');
});

/** Runs `update` of the later version, or of another, in a folder. */
const update = (folder: string, args: string[] = [], by = newer.bin, env = cleanEnv) =>
  runUpdate(by, folder, args, env);

/** Of a project of the later version itself. */
async function freshTree(): Promise<Record<string, string>> {
  const cwd = tempFolder();
  await command(process.execPath, [newer.bin, 'iris', '--framework=sklearn', projectId, '--skip-prompts'], {
    cwd,
  });
  return tree(join(cwd, 'iris'));
}

/** What was written beside edits is looked at, and no longer needed. */
async function settle(folder: string, ...paths: string[]): Promise<void> {
  for (const path of paths) rmSync(join(folder, `${path}.new`));
  if (existsSync(join(folder, '.git'))) await commit(folder);
}

/** A second run has nothing to do. */
async function expectDone(folder: string, env = cleanEnv): Promise<void> {
  const before = tree(folder);
  const { code, stdout } = await update(folder, ['--check'], newer.bin, env);
  expect(stdout).toContain('is up to date with version 9.0.0');
  expect(code).toBe(0);
  expect(tree(folder)).toEqual(before);
}

describe('update', () => {
  test('of a project that was left alone makes it what the later version would make, in a repository or not', async () => {
    for (const folder of [await project(), await inGit()]) {
      const { stdout, code } = await update(folder);
      expect(code).toBe(0);
      expect(stdout).toBe(
        [
          `Updated ., from version ${packageVersion()} to 9.0.0:`,
          '  replaced   4  code/model_handler.py, deploy/deploy.sh, requirements.txt, run_local.sh',
          '  added      1  deploy/remove.sh',
          '  removed    1  deploy/undeploy.sh',
          ...(existsSync(join(folder, '.git'))
            ? [
                'Commit what is new as well, each .new until you have settled it: a clone takes what it lacks for deleted or settled.',
              ]
            : []),
          '',
        ].join('\n'),
      );
      expect(tree(folder)).toEqual(await freshTree());
      if (existsSync(join(folder, '.git'))) await commit(folder);
      await expectDone(folder);
    }
  });

  test('by the version that made it does nothing', async () => {
    const folder = await project();
    const before = tree(folder);
    const { stdout, code } = await update(folder, [], bin);
    expect(stdout).toBe(`. is up to date with version ${packageVersion()}.\n`);
    expect(code).toBe(0);
    expect(tree(folder)).toEqual(before);
  });

  test('takes the project as an argument, and a part of a repository as such', async () => {
    const root = tempFolder();
    await git(root, 'init', '--quiet');
    await command(process.execPath, [bin, 'iris', '--framework=sklearn', '--skip-prompts'], { cwd: root });
    writeFileSync(join(root, 'other.txt'), 'mine');
    await commit(root);
    // What is open elsewhere in the repository is no matter.
    writeFileSync(join(root, 'other.txt'), 'mine, changed');
    edit(root, 'iris/deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    expect((await update(root, ['iris'])).stderr).toContain('not committed: deploy/deploy.sh.');
    await git(root, 'commit', '--quiet', '--message=mine', 'iris');
    const { stdout, code } = await update(root, ['iris']);
    expect(code).toBe(0);
    expect(stdout).toContain('Updated iris, from version');
    expect(stdout).toContain('merged     1  deploy/deploy.sh (your edits are in them)');
    expect(read(root, 'other.txt')).toBe('mine, changed');
  });

  test('leaves an edited handler as it is, with ours beside it; in a repository, too', async () => {
    for (const folder of [await project(), await inGit()]) {
      edit(folder, 'code/model_handler.py', (text) => `import os\n${text}`);
      edit(folder, 'code/app.py', (text) => `${text}\n# mine\n`);
      const [mine, app] = [read(folder, 'code/model_handler.py'), read(folder, 'code/app.py')];
      if (existsSync(join(folder, '.git'))) await commit(folder);
      const { stdout } = await update(folder);
      expect(stdout).toContain('kept       1  code/app.py');
      expect(stdout).toContain(
        "look at       code/model_handler.py: it is yours, and never overwritten; this version's is code/model_handler.py.new",
      );
      expect(read(folder, 'code/model_handler.py')).toBe(mine);
      expect(read(folder, 'code/app.py')).toBe(app);
      // This version changes nothing in it.
      expect(existsSync(join(folder, 'code/app.py.new'))).toBe(false);
      expect(read(folder, 'code/model_handler.py.new')).toMatch(/# From a later version.\n$/);
      if (existsSync(join(folder, '.git'))) await commit(folder);
      await settle(folder, 'code/model_handler.py');
      await expectDone(folder);
    }
  });

  test('merges edits in other lines, with what git has, and again at the next update', async () => {
    const folder = await inGit();
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    edit(folder, 'requirements.txt', (text) => `${text}mine==2.0  # mine\n`);
    await commit(folder);
    const { stdout } = await update(folder);
    expect(stdout).toContain('merged     2  deploy/deploy.sh, requirements.txt (your edits are in them)');
    expect(read(folder, 'deploy/deploy.sh')).toContain('# mine\n');
    expect(read(folder, 'deploy/deploy.sh')).toContain('# Deploys, as a later version says it.');
    expect(statSync(join(folder, 'deploy/deploy.sh')).mode & 0o777).toBe(0o755);
    expect(read(folder, 'requirements.txt')).toMatch(/newpin==1.0\nmine==2.0 {2}# mine\n$/);
    await commit(folder);
    await expectDone(folder);

    const next = new NewerVersion('9.1.0')
      .edit(deploy, (text) => text.replace(firstLine, '# Deploys, as the version after that says it.'))
      .edit('python/requirements.txt', (text) => `${text.trimEnd()}\nnewpin==2.0\n`);
    const again = await update(folder, [], next.bin);
    expect(again.stdout).toContain('merged     2  deploy/deploy.sh, requirements.txt');
    expect(read(folder, 'deploy/deploy.sh')).toContain('# mine\n');
    expect(read(folder, 'deploy/deploy.sh')).toContain('# Deploys, as the version after that says it.');
    expect(read(folder, 'requirements.txt')).toMatch(/newpin==2.0\nmine==2.0 {2}# mine\n$/);
  });

  test.each([
    ['changed the same lines', inGit, 'you and this version changed the same lines'],
    ['are in no repository', project, 'no git repository holds what it was before'],
  ])('keeps your file where the edits %s, and writes ours beside it once', async (_, make, why) => {
    const folder = await make();
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(firstLine, '# Mine.'));
    const mine = read(folder, 'deploy/deploy.sh');
    if (make === inGit) await commit(folder);
    const { stdout, code } = await update(folder);
    expect(code).toBe(3);
    expect(stdout).toContain(why);
    expect(stdout).toContain("this version's is deploy/deploy.sh.new");
    expect(read(folder, 'deploy/deploy.sh')).toBe(mine);
    expect(read(folder, 'deploy/deploy.sh.new')).toContain('as a later version says it');
    expect(statSync(join(folder, 'deploy/deploy.sh.new')).mode & 0o777).toBe(0o755);
    if (make === inGit) await commit(folder);
    // From now on, what it was is known: edits in other lines merge without a repository, too.
    const taken = read(folder, 'deploy/deploy.sh.new').replace(lastLine, '# mine, again');
    writeFileSync(join(folder, 'deploy/deploy.sh'), taken);
    await settle(folder, 'deploy/deploy.sh');
    await expectDone(folder);
    const next = new NewerVersion('9.1.0')
      .edit(deploy, (text) => text.replace(firstLine, '# Deploys, as the version after that says it.'))
      .rename('deploy/deploy/undeploy.sh.ejs', 'deploy/deploy/remove.sh.ejs');
    expect((await update(folder, [], next.bin)).stdout).toMatch(/merged +\d+ {2}.*deploy\/deploy.sh/);
    expect(read(folder, 'deploy/deploy.sh')).toContain('# mine, again');
    expect(read(folder, 'deploy/deploy.sh')).toContain('as the version after that says it');
  });

  test('names what is not settled, with exit code 1 of --check, until what lies beside it is gone', async () => {
    for (const folder of [await project(), await inGit()]) {
      edit(folder, 'deploy/deploy.sh', (text) => text.replace(firstLine, '# Mine.'));
      edit(folder, 'code/model_handler.py', (text) => `${text}\n# mine\n`);
      if (existsSync(join(folder, '.git'))) await commit(folder);
      await update(folder);
      if (existsSync(join(folder, '.git'))) await commit(folder);
      const before = tree(folder);
      const open = await update(folder, ['--check']);
      expect(open.code).toBe(1);
      expect(open.stdout).toContain('. has version 9.0.0, but for what you have not settled yet:\n');
      expect(open.stdout).toMatch(
        /look at {7}deploy\/deploy.sh: .* this version's is deploy\/deploy.sh.new\n/,
      );
      expect(open.stdout).toMatch(/look at {7}code\/model_handler.py: .*model_handler.py.new\n/);
      expect((await update(folder)).code).toBe(3);
      expect(tree(folder)).toEqual(before);
      // Your own version of both, which stays; the record needs no other run.
      edit(folder, 'deploy/deploy.sh', (text) =>
        text.replace('# Mine.', '# Mine, as a later version says it.'),
      );
      await settle(folder, 'deploy/deploy.sh', 'code/model_handler.py');
      await expectDone(folder);
    }
  });

  test('merges nothing into a file that is not settled, and has the newest version beside it', async () => {
    for (const folder of [await project(), await inGit()]) {
      const edited = edit.bind(undefined, folder, 'deploy/deploy.sh');
      edited((text) => text.replace(firstLine, '# Mine.'));
      if (existsSync(join(folder, '.git'))) await commit(folder);
      const mine = read(folder, 'deploy/deploy.sh');
      await update(folder);
      if (existsSync(join(folder, '.git'))) await commit(folder);
      // Against what lies beside it, this would merge: the first line would stay as it was before both versions.
      const next = new NewerVersion('9.1.0').edit(deploy, (text) =>
        text.replace(firstLine, '# Deploys, as a later version says it.').replace(lastLine, 'echo "Later."'),
      );
      const { stdout } = await update(folder, [], next.bin);
      expect(stdout).toMatch(/deploy\/deploy.sh: .* this version's is deploy\/deploy.sh.new\n/);
      expect(read(folder, 'deploy/deploy.sh')).toBe(mine);
      expect(read(folder, 'deploy/deploy.sh.new')).toContain('echo "Later."');
      expect(existsSync(join(folder, 'deploy/deploy.sh.new.2'))).toBe(false);
    }
  });

  test('takes what lies beside a file away, once all of it is in the file', async () => {
    const folder = await inGit();
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(firstLine, '# Mine.'));
    await commit(folder);
    await update(folder);
    writeFileSync(join(folder, 'deploy/deploy.sh'), read(folder, 'deploy/deploy.sh.new'));
    await commit(folder);
    const { stdout } = await update(folder);
    expect(stdout).toContain('removed    1  deploy/deploy.sh.new');
    expect(existsSync(join(folder, 'deploy/deploy.sh.new'))).toBe(false);
    await commit(folder);
    await expectDone(folder);
  });

  test('replaces its own file called .new, and leaves one that somebody wrote or edited', async () => {
    const [ours, theirs] = [await project(), await project()];
    for (const folder of [ours, theirs])
      edit(folder, 'deploy/deploy.sh', (text) => text.replace(firstLine, '# Mine.'));
    writeFileSync(join(theirs, 'deploy/deploy.sh.new'), 'a file of mine');
    expect((await update(theirs)).stdout).toContain("this version's is deploy/deploy.sh.new.2");
    expect(read(theirs, 'deploy/deploy.sh.new')).toBe('a file of mine');
    await update(ours);
    const next = new NewerVersion('9.1.0').edit(deploy, (text) =>
      text.replace(firstLine, '# The version after.'),
    );
    expect((await update(ours, [], next.bin)).stdout).toContain("this version's is deploy/deploy.sh.new\n");
    expect(read(ours, 'deploy/deploy.sh.new')).toContain('# The version after.');
    expect(existsSync(join(ours, 'deploy/deploy.sh.new.2'))).toBe(false);
  });

  test('leaves deleted what was deleted, keeps what was edited and is no longer made, and takes nothing for its own', async () => {
    const folder = await project();
    rmSync(join(folder, 'deploy/deploy.sh'));
    edit(folder, 'deploy/undeploy.sh', (text) => `${text}# mine\n`);
    writeFileSync(join(folder, 'deploy/remove.sh'), 'a file of mine');
    writeFileSync(join(folder, 'code/more.py'), 'a file of mine');
    const { stdout } = await update(folder);
    expect(stdout).toContain('deleted    1  deploy/deploy.sh (by you; it stays so)');
    expect(stdout).toContain(
      'look at       deploy/undeploy.sh: it has your edits, and this version makes no such file of these answers',
    );
    expect(stdout).toContain(
      "look at       deploy/remove.sh: no record says that the generator wrote it so: it is yours, or may have your edits; this version's is deploy/remove.sh.new",
    );
    expect(existsSync(join(folder, 'deploy/deploy.sh'))).toBe(false);
    expect(read(folder, 'deploy/undeploy.sh')).toMatch(/# mine\n$/);
    expect(read(folder, 'deploy/remove.sh')).toBe('a file of mine');
    expect(read(folder, 'code/more.py')).toBe('a file of mine');
    await settle(folder, 'deploy/remove.sh');
    await expectDone(folder);
    // It comes back from an older commit, as it was.
    cpSync(join(await project(), 'deploy/deploy.sh'), join(folder, 'deploy/deploy.sh'));
    expect((await update(folder)).stdout).toContain('  replaced   1  deploy/deploy.sh\n');
    await expectDone(folder);
  });

  test('brings the server back where it was deleted, as a whole or in part', async () => {
    const folder = await project();
    const before = tree(folder);
    for (const path of ['code/ml_serving', 'code/ml_serving/errors.py']) {
      rmSync(join(folder, path), { recursive: true });
      expect((await update(folder, ['--check'], bin)).code).toBe(1);
      expect((await update(folder, [], bin)).code).toBe(0);
      expect(tree(folder)).toEqual(before);
    }
  });

  test('takes folders away that nothing is left in, with what Python has compiled there', async () => {
    const folder = await project();
    const old = new NewerVersion('0.0.9').add('python/code/invocations/events.py', '1\n');
    const cwd = tempFolder();
    await command(process.execPath, [old.bin, 'iris', '--framework=sklearn', projectId, '--skip-prompts'], {
      cwd,
    });
    const made = join(cwd, 'iris');
    mkdirSync(join(made, 'code/invocations/__pycache__'));
    writeFileSync(join(made, 'code/invocations/__pycache__/events.cpython-312.pyc'), '');
    await update(made, [], bin);
    expect(tree(made)).toEqual(tree(folder));
    expect(existsSync(join(made, 'code/invocations'))).toBe(false);
  });

  test('keeps what somebody has made of the modes', async () => {
    const folder = await project();
    chmodSync(join(folder, 'run_local.sh'), 0o600);
    chmodSync(join(folder, 'deploy/deploy.sh'), 0o700);
    chmodSync(join(folder, 'requirements.txt'), 0o755);
    await update(folder);
    const mode = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8);
    expect(read(folder, 'run_local.sh')).toContain('# later');
    expect(mode('run_local.sh')).toBe('600');
    expect(mode('deploy/deploy.sh')).toBe('700');
    expect(mode('requirements.txt')).toBe('755');
  });

  test('takes lines that end in CRLF, as git checks files out on Windows, for no edits, and keeps them', async () => {
    const folder = await inGit();
    await git(folder, 'config', 'core.autocrlf', 'true');
    rmSync(join(folder, '.gitattributes'));
    await commit(folder);
    await git(folder, 'rm', '--quiet', '--cached', '-r', '.');
    await git(folder, 'reset', '--quiet', '--hard');
    expect(read(folder, 'deploy/deploy.sh')).toContain('\r\n');
    // One of these ends in LF, as some editors write it.
    edit(folder, 'requirements.txt', (text) => `${text}mine==2.0\n`);
    await commit(folder);
    const { stdout } = await update(folder);
    expect(stdout).toContain('replaced   3  code/model_handler.py, deploy/deploy.sh, run_local.sh');
    expect(stdout).toContain('merged     1  requirements.txt');
    for (const path of ['deploy/deploy.sh', 'requirements.txt'])
      expect(read(folder, path).replaceAll('\r\n', '')).not.toContain('\n');
    expect(read(folder, 'deploy/deploy.sh')).toContain('as a later version says it');
    await commit(folder);
    await expectDone(folder);
  });

  test('does not follow links, neither out of the folder nor within', async () => {
    const [folder, outside] = [await project(), tempFolder()];
    renameSync(join(folder, 'deploy'), join(outside, 'deploy'));
    symlinkSync(join(outside, 'deploy'), join(folder, 'deploy'));
    renameSync(join(folder, 'run_local.sh'), join(outside, 'run.sh'));
    symlinkSync(join(outside, 'run.sh'), join(folder, 'run_local.sh'));
    const before = tree(outside);
    const { stdout } = await update(folder);
    expect(stdout).toContain('deploy/deploy.sh: a link or a file stands where its folder should be');
    expect(stdout).toContain(
      "run_local.sh: it is a link or a folder, and no file of the generator; this version's is run_local.sh.new",
    );
    expect(tree(outside)).toEqual(before);
  });

  test('refuses changes that are not committed, but of the answers; --force goes on', async () => {
    const folder = await inGit();
    edit(folder, 'deploy/deploy.sh', (text) => `${text}\n# mine\n`);
    writeFileSync(join(folder, 'untracked.txt'), 'mine');
    const before = tree(folder);
    const refused = await update(folder);
    expect(refused.stderr).toBe(
      'error: not committed: deploy/deploy.sh. Commit first, so that you can see what the update changes, or go on with --force\n',
    );
    expect(refused.code).toBe(2);
    expect(tree(folder)).toEqual(before);
    // What would change is said all the same.
    expect((await update(folder, ['--check'])).code).toBe(1);
    expect((await update(folder, ['--force'])).code).toBe(0);
    expect(read(folder, 'deploy/deploy.sh')).toMatch(/\n# mine\n$/);

    const answers = await inGit();
    edit(answers, 'ml-container.config.json', (text) => text.replace('cpu-optimized', 'ml.c5.xlarge'));
    expect((await update(answers)).code).toBe(0);

    // What is not written is no matter: a model, which filters such as those of Git LFS make look changed, or your own.
    const others = await inGit();
    for (const path of ['README.md', 'code/model_handler.py'])
      edit(others, path, (text) => `${text}\n# mine\n`);
    expect((await update(others)).stdout).toContain("this version's is code/model_handler.py.new");

    // Nothing of it is committed yet.
    const uncommitted = await project();
    await git(uncommitted, 'init', '--quiet');
    expect((await update(uncommitted)).stderr).toMatch(/^error: not committed: .*, and \d+ more/);
  });

  test('starts nothing that the repository names: hooks, filters, a file system monitor', async () => {
    const folder = await inGit();
    const mark = join(tempFolder(), 'started');
    const program = join(folder, '.git/program');
    writeFileSync(program, `#!/bin/sh\ntouch ${mark}\ncat\n`, { mode: 0o755 });
    for (const key of ['core.fsmonitor', 'filter.x.clean', 'filter.x.smudge', 'filter.x.process'])
      await git(folder, 'config', key, program);
    mkdirSync(join(folder, '.git/info'), { recursive: true });
    writeFileSync(join(folder, '.git/info/attributes'), '* filter=x\n');
    mkdirSync(join(folder, '.git/hooks'), { recursive: true });
    for (const hook of ['post-index-change', 'fsmonitor-watchman'])
      writeFileSync(join(folder, '.git/hooks', hook), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    expect((await update(folder)).stderr).toContain('not committed: deploy/deploy.sh');
    expect((await update(folder, ['--force'])).stdout).toContain('merged     1  deploy/deploy.sh');
    // Of signed commits, too, where it looks for what a file has been.
    await git(folder, 'config', 'log.showSignature', 'true');
    await git(folder, 'config', 'gpg.program', program);
    const signed = (await git(folder, 'cat-file', 'commit', 'HEAD')).replace(
      /\n\n/,
      '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n',
    );
    writeFileSync(join(folder, '.git/signed'), signed);
    const id = await git(folder, 'hash-object', '-t', 'commit', '-w', '.git/signed');
    await git(folder, 'update-ref', 'HEAD', id.trim());
    expect(repositoryOf(folder)?.blob('0'.repeat(40), 'deploy/deploy.sh')).toBeUndefined();
    expect(existsSync(mark)).toBe(false);
  });

  test('fetches nothing for a partial clone', async () => {
    const folder = await inGit();
    const id = JSON.parse(read(folder, 'ml-container.lock.json')).files['deploy/deploy.sh'];
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    await commit(folder);
    rmSync(join(folder, '.git/objects', id.slice(0, 2), id.slice(2)));
    const mark = join(tempFolder(), 'started');
    writeFileSync(join(folder, '.git/program'), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    for (const [key, value] of [
      ['core.repositoryFormatVersion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.url', 'ssh://example.invalid/x'],
      ['core.sshCommand', join(folder, '.git/program')],
    ] as const)
      await git(folder, 'config', key, value);
    const before = tree(folder);
    const refused = await update(folder);
    expect(refused.stderr).toContain('and this clone is partial: `git fetch --refetch --no-filter` brings');
    expect(refused.code).toBe(2);
    expect(tree(folder)).toEqual(before);
    expect((await update(folder, ['--force'])).stdout).toContain("this version's is deploy/deploy.sh.new");
    expect(existsSync(mark)).toBe(false);
  });

  test('of a shallow or partial clone says how to get what it was before, and merges once that is there', async () => {
    const origin = await inGit();
    await git(origin, 'config', 'uploadpack.allowFilter', 'true');
    edit(origin, 'deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    await commit(origin);
    for (const [how, whole] of [
      ['--depth=1', ['--unshallow']],
      ['--filter=blob:none', ['--refetch', '--no-filter']],
    ] as const) {
      for (const force of [false, true]) {
        const folder = join(tempFolder(), 'clone');
        await git(origin, 'clone', '--quiet', how, `file://${origin}`, folder);
        const before = tree(folder);
        const refused = await update(folder);
        expect(refused.stderr).toContain(`deploy/deploy.sh: it has your edits, and this clone is `);
        expect(refused.stderr).toContain(
          `\`git fetch ${whole.join(' ')}\` brings what it was before. --force`,
        );
        expect(refused.code).toBe(2);
        expect(tree(folder)).toEqual(before);
        expect((await update(folder, ['--check'])).code).toBe(1);
        // What was written beside it without its history is merged once there is one.
        if (force) {
          expect((await update(folder, ['--force'])).stdout).toContain('deploy/deploy.sh.new\n');
          await commit(folder);
        }
        await git(folder, 'fetch', '--quiet', ...whole);
        expect((await update(folder)).stdout).toContain('merged     1  deploy/deploy.sh');
        expect(read(folder, 'deploy/deploy.sh')).toContain('# Deploys, as a later version says it.');
        expect(existsSync(join(folder, 'deploy/deploy.sh.new'))).toBe(false);
      }
    }
  });

  test.each([
    ['of SHA-256', ['init', '--quiet', '--object-format=sha256'], '\n'],
    ['that keeps line ends of CRLF', ['init', '--quiet'], '\r\n'],
  ])('merges in a repository %s', async (_, init, end) => {
    const folder = await project();
    await git(folder, ...init);
    rmSync(join(folder, '.gitattributes'));
    edit(folder, 'deploy/deploy.sh', (text) => text.replaceAll('\n', end));
    await commit(folder);
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    await commit(folder);
    expect((await update(folder)).stdout).toContain('merged     1  deploy/deploy.sh');
    expect(read(folder, 'deploy/deploy.sh')).toContain(`# mine${end}`);
    expect(read(folder, 'deploy/deploy.sh')).toContain(`# Deploys, as a later version says it.${end}`);
  });

  test('takes a model that Git LFS keeps for no change', async () => {
    const folder = await project();
    const pointer = join(tempFolder(), 'clean');
    writeFileSync(pointer, '#!/bin/sh\ncat > /dev/null\necho a pointer\n', { mode: 0o755 });
    await git(folder, 'init', '--quiet');
    await git(folder, 'config', 'filter.lfs.clean', pointer);
    appendFileSync(join(folder, '.gitattributes'), 'model/*.pkl filter=lfs diff=lfs merge=lfs -text\n');
    mkdirSync(join(folder, 'model'), { recursive: true });
    writeFileSync(join(folder, 'model/model.pkl'), 'a model');
    // Git leaves the model out, unless it is told otherwise.
    await git(folder, 'add', '--force', 'model/model.pkl');
    await commit(folder);
    writeFileSync(join(folder, 'model/model.pkl'), 'a model');
    expect(await git(folder, 'show', ':model/model.pkl')).toBe('a pointer\n');
    const { code, stderr } = await update(folder);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(read(folder, 'model/model.pkl')).toBe('a model');
  });

  test('that cannot read or write says where, and does nothing', async () => {
    const folder = await inGit();
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    await commit(folder);
    const before = tree(folder);
    const TMPDIR = join(folder, 'none');
    const { code, stderr } = await update(folder, [], newer.bin, { ...cleanEnv, TMPDIR });
    expect(stderr).toMatch(
      /^error: nothing is updated: ENOENT: no such file or directory, mkdtemp '.*none\/merge-.*'\n$/,
    );
    expect(code).toBe(4);
    expect(tree(folder)).toEqual(before);
  });

  test('of a repository that git does not read says so; --force goes on without it', async () => {
    const folder = await inGit();
    edit(folder, 'deploy/deploy.sh', (text) => text.replace(lastLine, '# mine'));
    writeFileSync(join(folder, '.git/config'), 'no config\n');
    const refused = await update(folder);
    expect(refused.stderr).toMatch(
      /^error: the git repository of .* cannot be read: fatal: bad config line 1/,
    );
    expect(refused.code).toBe(4);
    // Which is no answer to the question whether something would change.
    expect((await update(folder, ['--check'])).code).toBe(4);
    expect((await update(folder, ['--force'])).stdout).toContain("this version's is deploy/deploy.sh.new");
    const withoutGit = { ...cleanEnv, PATH: '/nowhere' };
    const missing = await update(folder, ['--check'], newer.bin, withoutGit);
    expect(missing.stderr).toContain('git is not installed');
    expect(missing.code).toBe(4);
    expect((await update(await project(), [], newer.bin, withoutGit)).code).toBe(0);
  });
});

describe('--check and --diff', () => {
  test('say what would change, and the changelog between, write nothing and exit with 1', async () => {
    const folder = await project();
    const before = tree(folder);
    edit(folder, 'ml-container.lock.json', (text) => text.replace(`"${packageVersion()}"`, '"0.1.0"'));
    const { stdout, code } = await update(folder, ['--check']);
    expect(code).toBe(1);
    expect(stdout).toContain('Would update ., from version 0.1.0 to 9.0.0:\n  replaced   4  ');
    expect(stdout).toContain('What is new since 0.1.0 (CHANGELOG.md):\n\n## ');
    for (const version of ['0.2.0', '0.3.0']) expect(stdout).toContain(`## ${version}`);
    expect(stdout).not.toContain('## 0.1.0');
    const diff = await update(folder, ['--diff']);
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain(
      ['--- a/deploy/deploy.sh', '+++ b/deploy/deploy.sh', '@@ -1,6 +1,6 @@', ' #!/usr/bin/env bash'].join(
        '\n',
      ),
    );
    expect(diff.stdout).toContain(`-${firstLine}\n+# Deploys, as a later version says it.\n`);
    expect(diff.stdout).toContain('--- /dev/null\n+++ b/deploy/remove.sh\n');
    expect(diff.stdout).toContain('--- a/deploy/undeploy.sh\n+++ /dev/null\n');
    edit(folder, 'ml-container.lock.json', (text) => text.replace('"0.1.0"', `"${packageVersion()}"`));
    expect(tree(folder)).toEqual(before);
  });
});

describe('an answer', () => {
  test('is changed in its file, or by its flag, with what follows from it and with its checks', async () => {
    const [byFile, byFlag] = [await project(), await project()];
    edit(byFile, 'ml-container.config.json', (text) => text.replace('cpu-optimized', 'ml.c7g.large'));
    await update(byFile, [], bin);
    const { stdout } = await update(byFlag, ['--instance-type=ml.c7g.large'], bin);
    expect(stdout).toBe(
      `Updated ., version ${packageVersion()}:\n  replaced   4  README.md, ml-container.config.json, deploy/build_and_push.sh, deploy/settings.sh\n`,
    );
    expect(tree(byFlag)).toEqual(tree(byFile));
    expect(read(byFlag, 'deploy/settings.sh')).toContain("INSTANCE_TYPE='ml.c7g.large'");
    expect(tree(byFlag)).toEqual(
      tree(await generate(['iris', '--framework=sklearn', projectId, '--instance-type=ml.c7g.large'])),
    );

    const wrong = await update(byFlag, ['--instance-type=ml.c7g.lrge', '--region=mars'], bin);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('instanceType: "ml.c7g.lrge" (--instance-type) is not allowed');
    expect(wrong.stderr).toContain('awsRegion: "mars" (--region) is not allowed');
    expect((await update(byFlag, ['--project-dir=x'], bin)).stderr).toContain('unknown flag --project-dir');
  });

  test('that brings other files takes those away that are left alone', async () => {
    const folder = await project();
    const { stdout } = await update(folder, ['--model-server=flask', '--no-include-testing'], bin);
    expect(stdout).toMatch(/removed +\d+ {2}test/);
    expect(tree(folder)).toEqual(
      tree(
        await generate([
          'iris',
          '--framework=sklearn',
          projectId,
          '--model-server=flask',
          '--no-include-testing',
        ]),
      ),
    );
    expect(existsSync(join(folder, 'test'))).toBe(false);
  });

  test('for which an edited app.py is of no use any more is said, and the exit code tells it', async () => {
    const folder = await project();
    edit(folder, 'code/app.py', (text) => `${text}# mine\n`);
    const { stdout, code } = await update(folder, ['--model-server=flask'], bin);
    expect(stdout).toMatch(
      /\nThe project may not start until code\/app\.py has what it needs of code\/app\.py\.new\.\n$/,
    );
    expect(code).toBe(3);
    expect((await update(folder, [], bin)).code).toBe(3);
    renameSync(join(folder, 'code/app.py.new'), join(folder, 'code/app.py'));
    const settled = await update(folder, [], bin);
    expect(settled.stdout).not.toContain('may not start');
    expect(settled.code).toBe(0);
  });

  test('to another stack, whose app.py is there with a line more, hinders no start, nor does another schema', async () => {
    const cwd = tempFolder();
    writeFileSync(join(cwd, 'm.pkl'), pickled('a model'));
    writeFileSync(join(cwd, 'rows.csv'), 'a,b\n1,x\n');
    writeFileSync(join(cwd, 'other.csv'), 'a,b\n1.5,x\n');
    const data = ['--model-path=m.pkl', '--sample-data=rows.csv', '--skip-prompts'];
    await command(process.execPath, [bin, 'iris', '--framework=sklearn', '--model-server=flask', ...data], {
      cwd,
    });
    const folder = join(cwd, 'iris');
    const fastapi = await generate(['iris', '--framework=sklearn', projectId]);
    edit(folder, 'code/app.py', () => `# mine\n${readFileSync(join(fastapi, 'code/app.py'), 'utf8')}`);
    const changes = ['--model-server=fastapi', `--sample-data=${join(cwd, 'other.csv')}`];
    const { stdout, code } = await update(folder, changes, bin);
    expect(stdout).toContain(
      "code/app.py: it is yours, and never overwritten; this version's is code/app.py.new",
    );
    expect(stdout).toContain("this version's is model/input_schema.json.new");
    expect(stdout).not.toContain('may not start');
    expect(code).toBe(3);
  });

  test('of the model is that in model/, which is left alone', async () => {
    const cwd = tempFolder();
    writeFileSync(join(cwd, 'm.pkl'), pickled('a model'));
    const args = [bin, 'iris', '--framework=sklearn', '--model-path=m.pkl', '--skip-prompts'];
    await command(process.execPath, args, { cwd });
    const folder = join(cwd, 'iris');
    expect(Object.keys(JSON.parse(read(folder, 'ml-container.lock.json')).files)).not.toContain(
      'model/m.pkl',
    );
    writeFileSync(join(folder, 'model/m.pkl'), 'a better model');
    expect((await update(folder)).code).toBe(0);
    expect(read(folder, 'model/m.pkl')).toBe('a better model');
    await expectDone(folder);
    const refused = await update(cwd, ['iris', '--model-path=m.pkl']);
    expect(refused.stderr).toContain('modelPath: model/ is left to you: copy ');
    expect(refused.code).toBe(2);
  });

  test('in a file that is a link is not written through it', async () => {
    const [folder, outside] = [await project(), tempFolder()];
    const answers = join(folder, 'ml-container.config.json');
    renameSync(answers, join(outside, 'answers.json'));
    symlinkSync(join(outside, 'answers.json'), answers);
    const before = tree(folder);
    const refused = await update(folder, ['--region=eu-west-1']);
    expect(refused.stderr).toContain(
      'ml-container.config.json is a link, and the answers in it are to be others',
    );
    expect(refused.code).toBe(2);
    expect(tree(folder)).toEqual(before);
    expect((await update(folder)).code).toBe(0);
    expect(lstatSync(answers).isSymbolicLink()).toBe(true);
  });

  test('in a file of your own form stays in that form', async () => {
    const folder = await project();
    edit(folder, 'ml-container.config.json', (text) =>
      JSON.stringify({ $schema: './schema.json', ...JSON.parse(text) }),
    );
    const before = read(folder, 'ml-container.config.json');
    await update(folder);
    expect(read(folder, 'ml-container.config.json')).toBe(before);
    edit(folder, 'ml-container.lock.json', (text) => {
      const { generator, ...others } = JSON.parse(text);
      return JSON.stringify({ ...others, generator }, null, 4);
    });
    await expectDone(folder);
    await update(folder, ['--region=eu-west-1']);
    expect(JSON.parse(read(folder, 'ml-container.config.json'))).toMatchObject({
      $schema: './schema.json',
      awsRegion: 'eu-west-1',
    });
  });
});

test('of a project that has lost its record, its server says which version made it', async () => {
  const folder = await project();
  rmSync(join(folder, 'ml-container.lock.json'));
  const { stdout } = await update(folder, ['--check']);
  expect(stdout).toMatch(/from version 0\.[2-9]\.0 to 9\.0\.0:/);
  // A pipe would be waited for.
  rmSync(join(folder, 'code/ml_serving/VERSION'));
  await command('mkfifo', [join(folder, 'code/ml_serving/VERSION')]);
  expect(await update(folder)).toMatchObject({
    code: 4,
    stderr: 'error: code/ml_serving/VERSION is no file\n',
  });
});

describe('a project of version 0.1.0, which recorded nothing', () => {
  /** With files of that time beside those of today: one that is no longer made, and three that are other ones. */
  async function old(): Promise<string> {
    const folder = await project();
    rmSync(join(folder, 'ml-container.lock.json'));
    rmSync(join(folder, 'code/ml_serving'), { recursive: true });
    cpSync(join(import.meta.dirname, '0.1.0'), folder, { recursive: true });
    return folder;
  }

  test('has what that version wrote replaced and removed where it was left alone', async () => {
    const folder = await old();
    const { stdout, code } = await update(folder);
    expect(code).toBe(3);
    expect(stdout).toContain('Updated ., from version 0.1.0 to 9.0.0:');
    expect(stdout).toMatch(/replaced.* code\/app.py,.* deploy\/deploy.sh,.* run_local.sh/);
    expect(stdout).toMatch(/removed.* code\/errors.py/);
    const fresh = await freshTree();
    for (const path of ['code/app.py', 'deploy/deploy.sh', 'run_local.sh'])
      expect(tree(folder)[path]).toBe(fresh[path]);
    expect(existsSync(join(folder, 'code/errors.py'))).toBe(false);
    expect(JSON.parse(read(folder, 'ml-container.lock.json')).generator).toBe('9.0.0');
    await settle(folder, 'code/model_handler.py');
    await expectDone(folder);
  });

  test('keeps what was edited, and what nobody can know, and has ours beside it', async () => {
    const folder = await old();
    edit(folder, 'code/app.py', (text) => `${text}# mine\n`);
    edit(folder, 'code/errors.py', (text) => `${text}# mine\n`);
    edit(folder, 'README.md', () => 'an old README.md, or a new one of mine\n');
    const before = tree(folder);
    const { stdout } = await update(folder);
    expect(stdout).toContain(
      "code/app.py: it is yours, and never overwritten; this version's is code/app.py.new",
    );
    expect(stdout).toContain(
      'code/errors.py: no record says what the generator wrote, and it may have your edits; this version makes no',
    );
    expect(stdout).toContain(
      "README.md: no record says that the generator wrote it so: it is yours, or may have your edits; this version's is README.md.new",
    );
    const after = tree(folder);
    for (const path of ['code/app.py', 'code/errors.py', 'README.md']) expect(after[path]).toBe(before[path]);
    expect(after['README.md.new']).toBe((await freshTree())['README.md']);
    await settle(folder, 'README.md', 'code/app.py', 'code/model_handler.py');
    await expectDone(folder);
  });

  test('has edits merged where its repository holds what that version wrote', async () => {
    const folder = await old();
    await git(folder, 'init', '--quiet');
    await commit(folder);
    edit(folder, 'run_local.sh', (text) =>
      text.replace('set -euo pipefail\n', 'set -euo pipefail\n# mine\n'),
    );
    await commit(folder);
    expect((await update(folder)).stdout).toContain('merged     1  run_local.sh (your edits are in them)');
    expect(read(folder, 'run_local.sh')).toMatch(/# mine\n[\s\S]*# later\n/);
  });
});

describe('a record', () => {
  test.each([
    ['leads out of the project', '{"generator": "0.2.0", "files": {"../x": "ID"}}'],
    ["leads into git's folder", '{"generator": "0.2.0", "files": {".git/config": "ID"}}'],
    [
      'takes a file of yours for what lies beside one',
      '{"generator": "0.2.0", "files": {}, "beside": {"x": "ID"}}',
    ],
    ['is of another form', '{"generator": "0.2.0", "files": ["x"]}'],
    ['has other ids', '{"generator": "0.2.0", "files": {"README.md": "x"}}'],
  ])('that %s is refused', async (_, text) => {
    const folder = await project();
    writeFileSync(join(folder, 'ml-container.lock.json'), text.replace('ID', blobId('x')));
    const { stderr, code } = await update(folder);
    expect(stderr).toContain('error: ml-container.lock.json is not as the generator writes it');
    expect(code).toBe(2);
  });

  test('that names files of yours has none of them removed', async () => {
    const folder = await project();
    const mine = ['data/mine.csv', 'code/helper.py', 'model/weights.bin'];
    for (const path of mine) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), 'mine');
    }
    writeFileSync(join(folder, 'data/table.new'), 'mine');
    edit(folder, 'ml-container.lock.json', (text) => {
      const { files, ...record } = JSON.parse(text);
      return JSON.stringify({
        ...record,
        beside: { 'data/table.new': blobId('mine') },
        files: { ...files, ...Object.fromEntries(mine.map((path) => [path, blobId('mine')])) },
      });
    });
    const { stdout, code } = await update(folder);
    expect(code).toBe(0);
    for (const path of mine) {
      expect(stdout).toContain(`look at       ${path}: the record names it, but no version`);
      expect(read(folder, path)).toBe('mine');
    }
    expect(read(folder, 'data/table.new')).toBe('mine');
    await expectDone(folder);
  });

  test('with a conflict that git has left there says what to do', async () => {
    const folder = await project();
    edit(folder, 'ml-container.lock.json', (text) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> other\n`);
    const { stderr, code } = await update(folder);
    expect(stderr).toBe(
      'error: ml-container.lock.json has a conflict that git has left there, in line 1: keep one of the two sides, without its markers\n',
    );
    expect(code).toBe(2);
  });

  test('of a later version is not for this one', async () => {
    const folder = await project();
    await update(folder);
    // Whatever it records.
    edit(folder, 'ml-container.lock.json', (text) =>
      JSON.stringify({ ...JSON.parse(text), model: 'a later form' }),
    );
    const { stderr, code } = await update(folder, [], bin);
    expect(stderr).toContain(`the project was made by version 9.0.0, and this is ${packageVersion()}`);
    expect(code).toBe(2);
  });

  test('names each file as git does', async () => {
    const folder = await project();
    const { generator, files } = JSON.parse(read(folder, 'ml-container.lock.json'));
    expect(generator).toBe(packageVersion());
    const paths = Object.entries(tree(folder)).flatMap(([path, found]) =>
      found.endsWith(' a folder') || path === 'ml-container.lock.json' ? [] : [path],
    );
    expect(Object.keys(files)).toEqual(paths);
    const ids = await git(folder, 'hash-object', ...paths);
    expect(Object.values(files)).toEqual(ids.trim().split('\n'));
  });
});

test('a folder without a project is none to update', async () => {
  const { stderr, code } = await update(tempFolder());
  expect(stderr).toContain('error: "." is no project: it has no ml-container.config.json');
  expect(code).toBe(2);
});

test('the generator itself over edits takes none of them away without a copy', async () => {
  const folder = await project();
  const mine = `${read(folder, 'code/model_handler.py')}\n# mine\n`;
  writeFileSync(join(folder, 'code/model_handler.py'), mine);
  writeFileSync(join(folder, 'code/model_handler.py.old'), 'an older copy');
  appendFileSync(join(folder, 'deploy/settings.sh'), '# mine\n');
  const args = [newer.bin, '--skip-prompts'];
  const refused = command(process.execPath, args, { cwd: folder });
  await expect(refused).rejects.toThrow(
    /has files that differ .*bring the project there up to date by `ml-container-creator update`, or overwrite/,
  );
  const { stderr } = await command(process.execPath, [...args, '--force'], { cwd: folder });
  expect(stderr).toContain('code/model_handler.py had edits: they are in code/model_handler.py.old.2\n');
  expect(stderr).toContain('deploy/settings.sh had edits: they are in deploy/settings.sh.old\n');
  expect(stderr).not.toContain('deploy/deploy.sh');
  expect(read(folder, 'code/model_handler.py')).toContain('# From a later version.');
  expect(read(folder, 'code/model_handler.py.old.2')).toBe(mine);
  expect(read(folder, 'code/model_handler.py.old')).toBe('an older copy');
});

test('the generator itself takes neither other answers nor another model away without a copy', async () => {
  const cwd = tempFolder();
  const run = (...args: string[]) =>
    command(process.execPath, [bin, 'iris', '--framework=sklearn', '--skip-prompts', ...args], { cwd });
  for (const name of ['one', 'other', 'third'])
    writeFileSync(join(cwd, `${name}.pkl`), pickled(`model ${name}`));
  mkdirSync(join(cwd, 'iris'));
  const asked = '{"framework": "sklearn"}\n';
  writeFileSync(join(cwd, 'iris/ml-container.config.json'), asked);
  // All of these answers are in what is written.
  expect((await run('--model-path=one.pkl', '--force')).stderr).toBe('');
  renameSync(join(cwd, 'iris/model/one.pkl'), join(cwd, 'iris/model/model.pkl'));
  renameSync(join(cwd, 'other.pkl'), join(cwd, 'model.pkl'));
  edit(join(cwd, 'iris'), 'ml-container.config.json', (text) =>
    text.replace('cpu-optimized', 'ml.c5.xlarge'),
  );
  const answers = read(join(cwd, 'iris'), 'ml-container.config.json');
  const { stderr } = await run('--model-path=model.pkl', '--force');
  expect(stderr).toBe(
    [
      'ml-container.config.json had edits: they are in ml-container.config.json.old',
      'model/model.pkl was another one: it is now model/.model.pkl.old',
      '',
    ].join('\n'),
  );
  expect(read(cwd, 'iris/ml-container.config.json.old')).toBe(answers);
  expect(read(cwd, 'iris/model/.model.pkl.old')).toBe(pickled('model one'));
  expect(read(cwd, 'iris/model/model.pkl')).toBe(pickled('model other'));
  // The same again replaces nothing.
  expect((await run('--model-path=model.pkl', '--force')).stderr).toBe('');
});
