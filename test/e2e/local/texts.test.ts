// @module-tag all
import { appendFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { environments } from '../../../scripts/python-environments.js';
import { nameOf, withSample } from '../../combinations.ts';
import { cachedVenv, command, generate, repository, tempFolder } from '../../harness.ts';
import { trained } from '../trained.ts';
import { answersThroughLocal, runThroughLocal } from './local.ts';

const contentTypes = {
  'payload.json': 'application/json',
  'payload.jsonl': 'application/jsonlines',
  'payload.txt': 'text/plain',
};

vi.setConfig({ testTimeout: 900_000 });

// PyTorch alone takes longer to import than the eight minutes for a start would last at the scale of other tests.
const timeScale = 2;

for (const combination of withSample.filter(({ framework }) => framework === 'transformers'))
  test(`texts classified by ${combination.modelServer}: the scripts as they are make an endpoint that answers as the library's own pipeline`, async () => {
    const flags = ['--framework=transformers', `--model-server=${combination.modelServer}`];
    const { project, venv } = await trained(nameOf(combination), ...flags);
    const answers = await answersThroughLocal(project, contentTypes, timeScale, venv);
    const compared = [join(import.meta.dirname, 'pipeline.py'), project, answers];
    const { stdout } = await command(join(venv, 'bin/python'), ['-W', 'ignore', ...compared]);
    expect(stdout.trim().split('\n')).toEqual(Object.keys(contentTypes));
  });

/** 50 ms a token, so that there is something to see while a text is generated. */
const slowTokens = `
import time

usual_step = Batches.step


def slow_step(self: Batches) -> None:
    time.sleep(0.05)
    usual_step(self)


Batches.step = slow_step
`;

const tokens = 40;

/** The events that the server sends, and the seconds until each part of them came. */
interface Streamed {
  readonly type: string;
  readonly times: readonly number[];
  readonly content: string;
}

test('a generated text comes in parts through invoke-endpoint-with-response-stream, the first long before the last is made', async () => {
  const prompt = 'the quick brown fox';
  const folder = join(tempFolder(), 'model');
  const python = join(await cachedVenv(...environments.texts.requirements), 'bin/python');
  const generator = join(repository, 'test/e2e/python/generator.py');
  const made = await command(python, ['-W', 'ignore', generator, folder, prompt, String(tokens)]);
  const text = JSON.parse(made.stdout.trim().split('\n').at(-1) ?? '');
  const flags = ['--framework=transformers', '--model-server=fastapi', `--model-path=${folder}`];
  const project = await generate(['stories', ...flags]);
  symlinkSync(await cachedVenv(join(project, 'requirements.txt')), join(project, '.venv'));
  appendFileSync(join(project, 'code/ml_serving/generation/batch.py'), slowTokens);

  const body = JSON.stringify({ inputs: prompt, parameters: { max_new_tokens: tokens }, stream: true });
  const stream = `python ${join(import.meta.dirname, 'stream.py')} stories '${body}'`;
  const lines = ['deploy/upload_to_s3.sh >&2', 'deploy/deploy.sh >&2', stream];
  const local = ['--process', `--time-scale=${timeScale}`];
  const { code, stdout, stderr } = await runThroughLocal(project, lines, local);
  expect(code, stderr).toBe(0);
  const { type, times, content } = JSON.parse(stdout) as Streamed;
  expect(type).toBe('text/event-stream');
  const sent = content.split('\n\n').filter(Boolean);
  const events = sent.map((event) => JSON.parse(event.replace(/^data: /, '')));
  expect(events.map(({ token }) => token.text).join('')).toBe(text);
  expect(events.at(-1).generated_text).toBe(text);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  expect(last).toBeGreaterThan(tokens * 0.05 - 0.1);
  expect(first).toBeLessThan(last / 4);
});
