import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { undo } from '../../../generators/render/alone.ts';
import { all } from '../../all.ts';
import { bin, type CommandError, cleanEnv, command, tempFolder } from '../../harness.ts';
import { NewerVersion } from '../../newer.ts';
import { commit, edit, inGit, project, read, runUpdate, tree } from './project.ts';

const hook = join(import.meta.dirname, 'kill.cjs');
/** Where a run stages what it writes. */
const staging = '.ml-container-creator';

/** A version that replaces, adds, removes and merges files, and writes one beside edits. */
const newer = () =>
  new NewerVersion()
    .edit('deploy/deploy/deploy.sh', (text) => text.replace('# Deploys this', '# Deploys, later, this'))
    .edit('deploy/deploy/common.sh', (text) => `${text}# later\n`)
    .edit('python/run_local.sh', (text) => `${text}# later\n`)
    .edit('frameworks/sklearn/common/code/model_handler.py', (text) => `${text}\n# From a later version.\n`)
    .add('deploy/more/deep/new.sh', '#!/bin/sh\n')
    .add('deploy/more/deep/other.txt', 'new\n')
    .rename('python/test/pytest.ini', 'python/pytest.ini');

/** A process that is killed at its n-th write, or counts its writes. */
async function killed(
  args: readonly string[],
  cwd: string,
  at?: number,
  how = '',
): Promise<{ code: unknown; writes: number }> {
  const count = join(tempFolder(), 'count');
  const env = {
    ...cleanEnv,
    KILL_IN: cwd,
    KILL_COUNT: count,
    KILL_HOW: how,
    ...(at !== undefined && { KILL_AT: String(at) }),
  };
  const code = await command(process.execPath, ['--require', hook, ...args], { cwd, env }).then(
    () => 0,
    (error: CommandError) => error.code,
  );
  return { code, writes: existsSync(count) ? Number(readFileSync(count, 'utf8')) : 0 };
}

/**
 * An edited project, which `newer` brings the most different changes to. It has been updated before, and knows without a
 * repository what it was: each run is a process less.
 */
async function edited(): Promise<string> {
  const folder = await inGit();
  edit(folder, 'deploy/deploy.sh', (text) => `${text}# mine\n`);
  edit(folder, 'code/model_handler.py', (text) => `${text}\n# mine\n`);
  await commit(folder);
  const { bin } = new NewerVersion('8.0.0').edit('deploy/deploy/deploy.sh', (text) =>
    text.replace('# Deploys this', '# Deploys, at times, this'),
  );
  const { stdout } = await runUpdate(bin, folder);
  expect(stdout).toContain('merged     1  deploy/deploy.sh');
  rmSync(join(folder, '.git'), { recursive: true });
  return folder;
}

function copyOf(folder: string): string {
  const copy = join(tempFolder(), 'copy');
  // With all digits of the times, which tell what was written by whom.
  execFileSync('cp', ['-a', folder, copy]);
  return copy;
}

for (const [which, step, more] of [
  ['any fifth', 5, {}],
  ['any', 1, all],
] as const)
  test(`an update that is killed at ${which} write leaves the project as it was, or as the next run makes it`, {
    ...more,
    timeout: 600_000,
  }, async () => {
    const { bin: later } = newer();
    const folder = await edited();
    const before = tree(folder);
    const whole = copyOf(folder);
    const { code, writes } = await killed([later, 'update'], whole);
    // The handler is left to settle.
    expect(code).toBe(3);
    const after = tree(whole);
    expect(after['deploy/deploy.sh']).toMatch(/# Deploys, later,[\s\S]*# mine/);
    expect(writes).toBeGreaterThan(50);

    let between = 0;
    for (let at = step; at <= writes; at += step) {
      const victim = copyOf(folder);
      expect((await killed([later, 'update'], victim, at)).code, `write ${at}`).toBeNull();
      if (existsSync(join(victim, staging, 'journal.json'))) between++;
      const undone = copyOf(victim);
      undo(undone, () => {});
      const rolledBack = tree(undone);
      const complete = JSON.stringify(rolledBack) === JSON.stringify(after);
      expect(rolledBack, `undone after write ${at}`).toEqual(complete ? after : before);
      // Each state is taken back above; going on from there is the same for all of them.
      if (at % 4) continue;
      const { code, stderr } = await runUpdate(later, victim, complete ? ['--force'] : []);
      expect(stderr, `update after write ${at}`).toBe('');
      expect(code).toBe(3);
      expect(tree(victim), `update after write ${at}`).toEqual(after);
    }
    // Most of the writes are those of the changes themselves.
    expect(between).toBeGreaterThanOrEqual(Math.floor(16 / step));
  });

type Interrupted = { readonly folder: string; readonly before: Record<string, string> };

let interrupted: Promise<Interrupted> | undefined;

/** An update that was killed when all was in place but the end of the journal: there is most to take back. */
async function almostDone(later: string): Promise<Interrupted> {
  interrupted ??= interrupt(later);
  const { folder, before } = await interrupted;
  return { folder: copyOf(folder), before };
}

async function interrupt(later: string): Promise<Interrupted> {
  const start = await edited();
  const before = tree(start);
  const { writes } = await killed([later, 'update'], copyOf(start));
  for (let at = writes; at > 0; at--) {
    const folder = copyOf(start);
    await killed([later, 'update'], folder, at);
    if (existsSync(join(folder, staging, 'journal.json'))) return { folder, before };
  }
  throw new Error('no write with a journal');
}

test(
  'what takes an interrupted update back can be killed at any write itself, also where the generator does it',
  all,
  async () => {
    const { bin: later } = newer();
    const { folder, before } = await almostDone(later);
    expect(tree(folder)['more/deep/new.sh']).toBeDefined();
    // The generator starts with that, and then finds the edits.
    const args = [bin, '--skip-prompts', '--region=eu-central-1'];
    const whole = copyOf(folder);
    const { writes } = await killed(args, whole);
    expect(tree(whole)).toEqual(before);
    expect(writes).toBeGreaterThan(10);
    for (let at = 1; at <= writes; at++) {
      const victim = copyOf(folder);
      expect((await killed(args, victim, at)).code).toBeNull();
      await killed(args, victim);
      expect(tree(victim), `write ${at}`).toEqual(before);
    }
  },
);

test('what somebody has written since an update was interrupted is kept, and what was there before as well', async () => {
  const { bin: later } = newer();
  const { folder, before } = await almostDone(later);
  writeFileSync(join(folder, 'deploy/common.sh'), '# written since\n');
  writeFileSync(join(folder, 'more/deep/new.sh'), '# written since, too\n');
  const check = await runUpdate(later, folder, ['--check']);
  expect(check.stderr).toContain('an earlier run was interrupted: `ml-container-creator update` takes back');
  expect(check.code).toBe(4);
  const said: string[] = [];
  undo(folder, (line) => said.push(line));
  expect(said).toEqual([
    'an earlier run was interrupted: what it had changed is taken back',
    'deploy/common.sh was written since: what was there before is in deploy/common.sh.old',
  ]);
  expect(read(folder, 'deploy/common.sh')).toBe('# written since\n');
  expect(read(folder, 'more/deep/new.sh')).toBe('# written since, too\n');
  const { 'deploy/common.sh.old': old, ...others } = tree(folder);
  expect(old).toBe(before['deploy/common.sh']);
  for (const path of ['deploy/common.sh', 'more', 'more/deep', 'more/deep/new.sh']) delete others[path];
  const { 'deploy/common.sh': _, ...rest } = before;
  expect(others).toEqual(rest);
});

test('a generator that is killed leaves no half of a project: the next run makes it whole', all, async () => {
  const args = [bin, '--framework=sklearn', '--project-dir=.', '--project-id=0a1b2c3d', '--skip-prompts'];
  const whole = copyOf(tempFolder());
  const { writes } = await killed(args, whole);
  const after = tree(whole);
  // More than two hundred: every twenty-first will do, with other ones of each file.
  for (let at = 1; at <= writes; at += 21) {
    const victim = copyOf(tempFolder());
    expect((await killed(args, victim, at)).code).toBeNull();
    const undone = copyOf(victim);
    undo(undone, () => {});
    expect([{}, after].map((one) => JSON.stringify(one))).toContain(JSON.stringify(tree(undone)));
    await command(process.execPath, args, { cwd: victim });
    expect({ ...tree(victim), 'ml-container.config.json': '' }).toEqual({
      ...after,
      'ml-container.config.json': '',
    });
  }
});

test('a folder that another process is writing to is left to it', async () => {
  const folder = await project();
  const { bin: later } = newer();
  const { folder: victim } = await almostDone(later);
  renameSync(join(victim, staging), join(folder, staging));
  writeFileSync(join(folder, staging, 'pid'), `${process.pid}\n`);
  const before = tree(folder);
  const { stderr, code } = await runUpdate(later, folder);
  expect(stderr).toContain(`process ${process.pid} is writing to ${folder}: wait for it to end`);
  expect(code).toBe(2);
  expect(tree(folder)).toEqual(before);
});

test(
  'an update for which the disk is full at any write leaves the project as it was, and says so',
  all,
  async () => {
    const { bin: later } = newer();
    const folder = await edited();
    const before = tree(folder);
    const whole = copyOf(folder);
    const { writes } = await killed([later, 'update'], whole);
    const after = tree(whole);
    const codes = new Set<unknown>();
    for (let at = 1; at <= writes; at += 3) {
      const victim = copyOf(folder);
      const { code } = await killed([later, 'update'], victim, at, 'full');
      codes.add(code);
      // Where that fails which only clears up, the project is as it should be.
      const own = Object.entries(tree(victim)).filter(([path]) => !path.startsWith(staging));
      expect(Object.fromEntries(own), `write ${at}`).toEqual(code === 3 ? after : before);
    }
    expect([...codes].sort()).toEqual([3, 4]);
  },
);
