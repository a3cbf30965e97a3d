import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isRunning, startOf } from '../../generators/running.ts';

test('a process that has ended does not run, also while nobody has asked how it ended', async () => {
  // What takes the shell's place asks for nothing; the shell itself would, of one that ends before.
  const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [pid] = await once(parent.stdout, 'data');
    await expect.poll(() => isRunning(Number(pid)), { timeout: 10_000 }).toBe(false);
    // Its number is still taken.
    expect(process.kill(Number(pid), 0)).toBe(true);
    expect(isRunning(parent.pid as number)).toBe(true);
  } finally {
    parent.kill();
  }
});

test('a process has one start, and a number that is nobody has none', () => {
  expect(startOf(process.pid)).toBe(startOf(process.pid));
  expect(startOf(process.pid)).toMatch(/\d/);
  expect(startOf(process.ppid)).not.toBe(startOf(process.pid));
  expect(startOf(2 ** 22 + 1)).toBeUndefined();
});
