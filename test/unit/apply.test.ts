import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { alone } from '../../generators/render/alone.ts';
import { apply } from '../../generators/render/apply.ts';
import { tempFolder } from '../harness.ts';

const fails = vi.hoisted(() => ({ code: '' }));
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  fsyncSync: () => {
    throw Object.assign(new Error(`${fails.code}: fsync`), { code: fails.code });
  },
}));

test.each([
  ['that has no such thing, as one of SMB, is written to', 'EINVAL', 'a text'],
  ['that fails is not', 'EIO', undefined],
])('what is renamed goes to the disk at once, and one %s', async (_, code, written) => {
  fails.code = code;
  const folder = tempFolder();
  const changes = [{ path: 'file', contents: 'a text', mode: 0o644 }];
  const said = await alone(
    folder,
    () => undefined,
    () => apply(folder, changes, new Map()),
  ).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(said).toMatch(written ? /^$/ : /^cannot write to .*: EIO: fsync$/);
  const read = () => readFileSync(join(folder, 'file'), 'utf8');
  if (written) expect(read()).toBe(written);
  else expect(read).toThrow('ENOENT');
});
