import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activated, cachedVenv, command, repository, tempFolder } from '../harness.ts';

test('what SageMaker sends is answered from within an OpenAI-compatible server (see python/invocations)', async () => {
  // Python writes its caches beside the files.
  const project = tempFolder();
  for (const part of ['code', 'test'])
    cpSync(join(repository, 'templates/engine', part), join(project, part), { recursive: true });
  const tests = join(import.meta.dirname, 'python/invocations');
  const venv = await cachedVenv(join(tests, 'requirements.txt'), join(project, 'test/requirements.txt'));
  const { stdout } = await command(
    join(venv, 'bin/python'),
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', tests],
    {
      cwd: tempFolder(),
      env: activated(venv, { PYTHONPATH: `${join(project, 'code')}:${join(project, 'test')}` }),
    },
  );
  expect(stdout).toMatch(/\n\d{2,} passed(, \d+ warnings?)? in /);
}, 600_000);
