import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { LogFile, linesOf } from '../../../generators/local/log-file.ts';
import { Collection } from '../../../generators/local/state.ts';
import { tempFolder } from '../../harness.ts';

afterEach(() => void vi.useRealTimers());

/** Has the next write of a file find its disk full. */
function full(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync('/dev/full', file);
}

const onDisk = (folder: string) => new Collection<{ a: number }>(folder, 'models').get('eu-west-1', 'm');

test('on a full disk what was kept stays as it was, and what is asked for is refused by that reason', () => {
  const folder = tempFolder();
  const all = new Collection<{ a: number }>(folder, 'models');
  all.put('eu-west-1', 'm', { a: 1 });
  full(join(folder, 'models/eu-west-1/m.json.new'));
  expect(() => all.put('eu-west-1', 'm', { a: 2 })).toThrow('ENOSPC');
  expect([all.get('eu-west-1', 'm'), onDisk(folder)]).toEqual([{ a: 1 }, { a: 1 }]);
  expect(readdirSync(join(folder, 'models/eu-west-1'))).toEqual(['m.json']);
});

test('what comes about by itself is so on a full disk, too, is said once, and written when there is room', () => {
  vi.useFakeTimers();
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const folder = tempFolder();
  const all = new Collection<{ a: number }>(folder, 'models');
  for (const a of [1, 2]) {
    full(join(folder, 'models/eu-west-1/m.json.new'));
    all.keep('eu-west-1', 'm', { a });
    expect([all.get('eu-west-1', 'm'), onDisk(folder)]).toEqual([{ a }, undefined]);
  }
  vi.advanceTimersByTime(10_000);
  expect(onDisk(folder)).toEqual({ a: 2 });
  expect(said.mock.calls.map(([line]) => line)).toEqual([
    `${folder}/models/eu-west-1/m.json cannot be written: there is no room on its disk. Make some; what was written before is as it was. It is tried again until it can be\n`,
  ]);
  said.mockRestore();
});

test('a file that was damaged is named, and left as it is', () => {
  const folder = tempFolder();
  const file = join(folder, 'models/eu-west-1/m.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{"a": ');
  expect(() => onDisk(folder)).toThrow(`${file} is damaged: it is no JSON.`);
  expect(readFileSync(file, 'utf8')).toBe('{"a": ');
});

test('lines are kept up to a size, the newest ones, and none is a reason to stop', () => {
  const path = join(tempFolder(), 'log');
  expect(linesOf(path)).toBeUndefined();
  const file = new LogFile(path, 100);
  for (let number = 0; number < 100; number++) file.add(`line ${number}`);
  const lines = linesOf(path)?.trim().split('\n') ?? [];
  expect(lines.at(-1)).toBe('line 99');
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThan(40);
  expect(new LogFile(path, 100)).toBeDefined();
  const nowhere = join(tempFolder(), 'none', 'log');
  new LogFile(nowhere).add('lost');
  expect(existsSync(nowhere)).toBe(false);
});
