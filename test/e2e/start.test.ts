import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { activated, cachedVenv, command, generate } from '../harness.ts';

const tests = join(import.meta.dirname, 'python/start');
/** A project for each engine, by its name. */
const projects: Record<string, string> = {};

beforeAll(async () => {
  for (const engine of ['vllm', 'sglang']) {
    const model = ['--model-name=org/model', '--model-source=hub', '--task=text-generation'];
    projects[engine] = await generate([
      engine,
      '--framework=transformers',
      `--model-server=${engine}`,
      ...model,
    ]);
  }
});

/** Runs Python tests against the projects; returns what pytest printed. */
async function pytest(venv: string, ...files: string[]): Promise<string> {
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...files.map((file) => join(tests, file))];
  const env = activated(venv, { VLLM: projects.vllm, SGLANG: projects.sglang });
  return (await command(join(venv, 'bin/python'), args, { env })).stdout;
}

test('the container turns its variables, GPUs, model and token into one command (see python/start)', {
  timeout: 900_000,
}, async () => {
  const venv = await cachedVenv(
    join(projects.vllm ?? '', 'requirements.txt'),
    join(tests, 'requirements.txt'),
  );
  const printed = await pytest(venv, 'test_flags.py', 'test_start.py', 'test_token.py');
  expect(printed).toMatch(/\n\d{2,} passed(, \d+ warnings?)? in /);
});

// Most of the time goes into installing and importing PyTorch.
test("vLLM's and SGLang's own parsers read those commands (see python/start/test_parsers.py)", {
  timeout: 1_800_000,
}, async () => {
  const venv = await cachedVenv(join(tests, 'engines.txt'));
  const python = join(venv, 'bin/python');
  const sglang = ['--no-deps', '--requirement', join(tests, 'sglang.txt')];
  await command('python3', ['-m', 'pip', '--python', python, 'install', '--quiet', ...sglang]);
  const printed = await pytest(venv, 'test_parsers.py');
  expect(printed).toMatch(/\n\d{2,} passed(, \d+ warnings?)? in /);
});
