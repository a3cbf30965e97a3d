import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';

test('every body is read right or refused with its place, and none breaks the server (see python/test_core.py)', async () => {
  const project = await generate(['core', '--framework=sklearn']);
  const requirements = join(import.meta.dirname, 'python/requirements.txt');
  const venv = await cachedVenv(join(project, 'requirements.txt'), requirements);
  const script = join(import.meta.dirname, 'python/test_core.py');
  const { stdout } = await command(
    join(venv, 'bin/python'),
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', script],
    {
      cwd: tempFolder(),
      env: activated(venv, { PYTHONPATH: join(project, 'code') }),
    },
  );
  expect(stdout).toMatch(/\n\d{2,} passed in /);
});
