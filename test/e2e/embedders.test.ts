// @module-tag all
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { environments } from '../../scripts/python-environments.js';
import {
  activated,
  cachedVenv,
  command,
  generate,
  ready,
  repository,
  type Served,
  serve,
  stop,
  tempFolder,
} from '../harness.ts';
import { startHub } from './aws/hub.ts';

const texts = ['bade figo', 'lumar '.repeat(90), 'neti posvel bade lumar', 'a'];
let venv: string;

beforeAll(async () => {
  venv = await cachedVenv(...environments.texts.requirements);
}, 900_000);

/** The folder of a model, and its vectors of the texts by sentence-transformers itself. */
async function model(chain: string) {
  const folder = tempFolder();
  const script = join(repository, 'test/e2e/python/embedders.py');
  const { stdout } = await command(join(venv, 'bin/python'), [script, folder, chain, JSON.stringify(texts)], {
    env: activated(venv),
  });
  const vectors = JSON.parse(stdout.trim().split('\n').at(-1) as string) as number[][];
  return { folder: join(folder, 'model'), vectors };
}

async function expectVectors(served: Served, vectors: number[][]) {
  await ready(served);
  const answer = await fetch(`${served.url}/invocations`, {
    method: 'POST',
    body: JSON.stringify({ inputs: texts }),
    headers: { 'Content-Type': 'application/json' },
  });
  expect(await answer.json()).toEqual(vectors.map((row) => row.map((value) => expect.closeTo(value, 5))));
}

test.each(['prompts', 'older layout'])(
  'a project made of a folder of sentence-transformers (%s) answers with the vectors of encode()',
  { timeout: 300_000 },
  async (chain) => {
    const { folder, vectors } = await model(chain);
    const project = await generate(['embedder', '--framework=transformers', `--model-path=${folder}`]);
    const served = await serve(project, venv);
    try {
      await expectVectors(served, vectors);
    } finally {
      await stop(served);
    }
  },
);

test('so does one that gets its model from the Hub at start', { timeout: 300_000 }, async () => {
  const { folder, vectors } = await model('older layout');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  const commit = 'c0ffee'.padEnd(40, '0');
  const contents = Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path))]));
  const hub = await startHub('org/embedder', commit, contents, 'hf_token');
  const project = await generate(['embedder', '--framework=transformers', `--model-path=${folder}`]);
  const served = await serve(project, venv, {
    ...{ SM_MODEL_DIR: tempFolder(), HF_HOME: tempFolder(), HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_token' },
    ...{ HF_MODEL_ID: 'org/embedder', HF_MODEL_REVISION: commit },
  });
  try {
    await expectVectors(served, vectors);
    expect(hub.sent).toContain('2_Dense/pytorch_model.bin');
  } finally {
    await stop(served);
    hub.server.close();
  }
});
