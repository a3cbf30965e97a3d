import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';

/** LMI's own package is on no registry: python/lmi/djl_python stands in for what the handler uses of it. */
test('LMI is started with its own variables, and its handler answers in every shape (see python/lmi)', async () => {
  const project = await generate([
    'lmi',
    '--framework=transformers',
    '--model-server=lmi',
    '--model-name=org/model',
    '--task=text-generation',
  ]);
  const tests = join(import.meta.dirname, 'python/lmi');
  const venv = await cachedVenv(join(project, 'requirements.txt'), join(tests, 'requirements.txt'));
  const code = join(project, 'code');
  const { stdout } = await command(
    join(venv, 'bin/python'),
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', tests],
    {
      cwd: tempFolder(),
      env: activated(venv, { PYTHONPATH: `${code}:${join(code, 'lmi')}` }),
    },
  );
  expect(stdout).toMatch(/\n\d{2,} passed in /);
});
