import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { activated, cachedVenv, command, repository, tempFolder } from '../harness.ts';

const project = tempFolder();
const tests = join(import.meta.dirname, 'python/invocations');
let venv: string;

beforeAll(async () => {
  // Not where they lie: Python writes its caches beside them.
  for (const part of ['code', 'test'])
    cpSync(join(repository, 'templates/engine', part), join(project, part), { recursive: true });
  // Gigabytes: torch's usual build comes with CUDA.
  venv = await cachedVenv(join(tests, 'requirements.txt'), join(project, 'test/requirements.txt'));
});

test('what SageMaker sends is answered from within an OpenAI-compatible server (see python/invocations)', async () => {
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
