import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bin, type CommandError, cleanEnv, command } from '../../harness.ts';
import { NewerVersion } from '../../newer.ts';
import { edit, project, read, runUpdate, tree } from './project.ts';

const hook = join(import.meta.dirname, 'meanwhile.cjs');
const newer = () =>
  new NewerVersion()
    .edit('deploy/deploy/common.sh', (text) => `${text}# later\n`)
    .edit('deploy/deploy/deploy.sh', (text) => `${text}# later\n`)
    .edit('python/run_local.sh', (text) => `${text}# later\n`);

test('what is saved while an update writes stays: all else is taken back, and that is said', async () => {
  const { bin: later } = newer();
  for (const [at, file, open] of [
    // When the changes are staged and nothing is moved yet, when others are, and by an editor that has it open.
    ['/journal', 'run_local.sh', ''],
    ['/deploy/common.sh', 'run_local.sh', ''],
    ['/deploy/common.sh', 'ml-container.lock.json', ''],
    ['/run_local.sh', 'deploy/common.sh', 'open'],
  ] as const) {
    const folder = await project();
    const before = tree(folder);
    const env = {
      ...cleanEnv,
      MEANWHILE_AT: at,
      MEANWHILE_FILE: join(folder, file),
      MEANWHILE_OPEN: open,
    };
    const run = await command(process.execPath, ['--require', hook, later, 'update'], {
      cwd: folder,
      env,
    }).then(
      (done) => ({ code: 0, ...done }),
      (error: CommandError) => error,
    );
    expect(run.stderr).toBe(
      `error: ${join(folder, file)} was written while this ran: all is left as it was. Run it again\n`,
    );
    expect(run.stdout, 'nothing was updated').toBe('');
    expect(run.code).toBe(4);
    expect(tree(folder)).toEqual({ ...before, [file]: `${before[file]}# saved meanwhile\n` });
  }
});

test('the generator that overwrites loses nothing that is saved meanwhile either', async () => {
  const { bin: later } = newer();
  const folder = await project();
  const before = tree(folder);
  const file = 'run_local.sh';
  const env = {
    ...cleanEnv,
    MEANWHILE_AT: '/deploy/common.sh',
    MEANWHILE_FILE: join(folder, file),
    MEANWHILE_OPEN: '',
  };
  const args = ['--require', hook, later, '--skip-prompts', '--force'];
  const run = command(process.execPath, args, { cwd: folder, env });
  await expect(run).rejects.toThrow(
    `${file} was written while this ran: all is left as it was. Run it again`,
  );
  expect(tree(folder)).toEqual({ ...before, [file]: `${before[file]}# saved meanwhile\n` });
});

test('of updates at once, each is whole or refused, and what comes out is what one of them makes', async () => {
  const folder = await project();
  const zones = ['eu-central-1', 'us-west-2', 'ap-south-1', 'eu-west-1'];
  const runs = await Promise.all(
    zones.map((zone) => runUpdate(bin, folder, [`--region=${zone}`, '--force'])),
  );
  const done = zones.filter((_, index) => runs[index]?.code === 0);
  expect(done.length).toBeGreaterThan(0);
  for (const { code, stderr } of runs)
    if (code !== 0) expect(stderr).toMatch(/process \d+ is writing to .*: wait for it to end/);
  const { awsRegion: region } = JSON.parse(read(folder, 'ml-container.config.json'));
  expect(done).toContain(region);
  expect(read(folder, 'deploy/settings.sh')).toContain(region);
  expect(existsSync(join(folder, '.ml-container-creator'))).toBe(false);
  expect((await runUpdate(bin, folder)).stdout).toContain('is up to date');
});

test('a lock of a process that is gone holds nobody up; one that is looked at while it works is not called interrupted', async () => {
  const folder = await project();
  const gone = spawn(process.execPath, ['--version']);
  await new Promise((resolve) => gone.on('close', resolve));
  edit(folder, 'ml-container.config.json', (text) => text.replace('cpu-optimized', 'ml.c7g.large'));
  mkdirSync(join(folder, '.ml-container-creator'));
  const pid = join(folder, '.ml-container-creator/pid');
  writeFileSync(pid, `${process.pid}\n`);
  writeFileSync(join(folder, '.ml-container-creator/journal.json'), '{"steps":[],"folders":[]}');
  const check = await runUpdate(bin, folder, ['--check']);
  expect(check.stderr).toContain(`process ${process.pid} is writing to ${folder}`);
  writeFileSync(pid, `${gone.pid}\n`);
  const run = await runUpdate(bin, folder);
  expect(run.stderr).toBe('');
  expect(run.code).toBe(0);
  expect(readFileSync(join(folder, 'deploy/settings.sh'), 'utf8')).toContain('ml.c7g.large');
});
