import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { unlessPassed } from '../../scripts/passed.js';
import { command, tempFolder } from '../harness.ts';

afterEach(() => vi.unstubAllEnvs());

test('tests that have passed are run again when a file that they read has changed, when they failed, and by CI', async () => {
  const repository = tempFolder();
  await command('git', ['init', '--quiet'], { cwd: repository });
  writeFileSync(join(repository, '.gitignore'), '.cache/\n');
  const write = (file: string, text: string) => writeFileSync(join(repository, file), text);
  write('read.py', '1');
  write('other.ts', '1');
  vi.stubEnv('CI', '');
  vi.spyOn(console, 'log').mockReturnValue();
  let runs = 0;
  const passing = async (passes = true, settings = ['python 3.11']) => {
    const before = runs;
    const inputs = { repository, without: /\.ts$/, settings };
    const passed = await unlessPassed('tests', inputs, async () => {
      runs += 1;
      return passes;
    });
    return { passed, ran: runs > before };
  };

  expect(await passing(false)).toEqual({ passed: false, ran: true });
  expect(await passing()).toEqual({ passed: true, ran: true });
  expect(await passing()).toEqual({ passed: true, ran: false });
  write('other.ts', '2');
  expect(await passing()).toEqual({ passed: true, ran: false });
  write('read.py', '2');
  expect(await passing()).toEqual({ passed: true, ran: true });
  write('new.py', '');
  expect(await passing()).toEqual({ passed: true, ran: true });
  rmSync(join(repository, 'new.py'));
  // As it was before.
  expect(await passing()).toEqual({ passed: true, ran: false });
  expect(await passing(true, ['python 3.12'])).toEqual({ passed: true, ran: true });
  vi.stubEnv('CI', 'true');
  expect(await passing()).toEqual({ passed: true, ran: true });
});
