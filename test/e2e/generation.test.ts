import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';

const folder = join(import.meta.dirname, 'python/generation');
let project: string;
let venv: string;

beforeAll(async () => {
  project = await generate([
    'texts',
    '--framework=transformers',
    '--model-server=fastapi',
    '--task=text-generation',
  ]);
  venv = await cachedVenv(
    join(project, 'requirements.txt'),
    join(import.meta.dirname, 'python/transformers/requirements.txt'),
  );
}, 900_000);

describe('text generation on our Python server', () => {
  test.concurrent.each([
    ['answers as transformers does, in every form, alone and beside others', 'test_texts.py'],
    ['streams each text while it is made, and lets go of those that nobody reads', 'test_streaming.py'],
  ])('%s (see python/generation/%s)', { timeout: 900_000 }, async (_, file) => {
    const options = ['-q', '-rA', '-p', 'no:cacheprovider', '--color=no'];
    const { stdout } = await command(
      join(venv, 'bin/python'),
      ['-m', 'pytest', ...options, join(folder, file)],
      {
        cwd: tempFolder(),
        env: activated(venv, {
          PROJECT: project,
          PYTHONPATH: [join(project, 'code'), join(import.meta.dirname, 'python/server')].join(':'),
        }),
      },
    );
    console.log(stdout.replace(/^(PASSED|=+|-+ Captured|\.).*\n/gm, ''));
    expect(stdout).toMatch(/\n\d{1,2} passed(, \d+ warnings?)? in /);
  });
});
