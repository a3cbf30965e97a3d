import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';

const tests = join(import.meta.dirname, 'python/invocations');
let project: string;
let venv: string;

beforeAll(async () => {
  project = await generate(['engine', '--framework=transformers', '--task=text-generation']);
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
