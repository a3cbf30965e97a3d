import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';

test.each([
  [
    'sklearn',
    'every body is read right or refused with its place, and none breaks the server',
    'test_core.py',
  ],
  ['sklearn', 'requests that are predicted together are answered as they are alone', 'test_batches.py'],
  ['xgboost', 'every kind of model answers as the object that was saved would', 'test_xgboost.py'],
])('%s: %s (see python/%s)', async (framework, _, file) => {
  const project = await generate(['core', `--framework=${framework}`, '--include-sample']);
  const requirements = join(import.meta.dirname, 'python/requirements.txt');
  const listed = ['requirements.txt', 'sample_model/requirements.txt'].map((name) => join(project, name));
  const venv = await cachedVenv(...listed, requirements);
  const script = join(import.meta.dirname, 'python', file);
  const { stdout } = await command(
    join(venv, 'bin/python'),
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', script],
    {
      cwd: tempFolder(),
      env: activated(venv, { PYTHONPATH: join(project, 'code') }),
    },
  );
  expect(stdout).toMatch(/\n\d{2,} passed(, \d+ warnings?)? in /);
});
