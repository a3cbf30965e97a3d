import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all } from '../all.ts';
import { cachedVenv, ready, repository, type Served, serve, stop, tempFolder } from '../harness.ts';
import { startHub } from './aws/hub.ts';
import { startSecrets } from './aws/secrets.ts';
import { baseImage, missingLibraries } from './docker.ts';
import { type Trained, trained } from './trained.ts';

// The token is read with what the start of engines reads it with, too.
const requirements = join(repository, 'python/tests/rendered/requirements/transformers-pretrained-vllm.txt');
const json = { 'Content-Type': 'application/json' };

describe('the sample, a trained classifier', { ...all, timeout: 900_000 }, () => {
  let made: Trained;
  let served: Served;

  beforeAll(async () => {
    made = await trained('moods', '--framework=transformers', '--model-server=fastapi');
    served = await serve(made.project, made.venv, { SERVER_WORKERS: '2' });
    await ready(served);
  });

  afterAll(() => served && stop(served));

  test('its packages have every library that the compiled ones among them need, in the base image', async () => {
    const missing = await missingLibraries(baseImage, ['--volume', `${made.venv}:/opt/venv:ro`]);
    // NVIDIA's for data between machines are there for those that have such networks.
    expect(missing.filter((line) => !/^nvidia\/(nvshmem|cu13\/lib\/libcufile_rdma)/.test(line))).toEqual([
      // That of the driver, which the host gives to the container.
      'torch/lib/libcaffe2_nvrtc.so needs libcuda.so.1',
      // Nothing of torch loads this one.
      'torch/lib/libgfortran.so.5 needs libquadmath.so.0',
    ]);
  });

  test('tells good from bad, one text or many, in every content type', async () => {
    const ask = async (body: string, type = 'application/json') => {
      const answer = await fetch(`${served.url}/invocations`, {
        method: 'POST',
        body,
        headers: { ...json, 'Content-Type': type },
      });
      return answer.json();
    };
    const good = { label: 'positive', score: expect.closeTo(1, 1) };
    const bad = { label: 'negative', score: expect.closeTo(1, 1) };
    expect(await ask('{"inputs": "the film was great"}')).toEqual([good]);
    expect(await ask('{"inputs": ["the film was great", "the food was awful"]}')).toEqual([good, bad]);
    expect(await ask('the film was great', 'text/plain')).toEqual([good]);
  });

  test('answers many clients at once, each its own', async () => {
    const texts = Array.from({ length: 64 }, (_, i) =>
      i % 3 ? 'the room was lovely' : 'this book was dull',
    );
    const answers = await Promise.all(
      texts.map(async (inputs) => {
        const body = JSON.stringify({ inputs });
        const answer = await fetch(`${served.url}/invocations`, { method: 'POST', body, headers: json });
        return ((await answer.json()) as [{ label: string }])[0].label;
      }),
    );
    expect(answers).toEqual(texts.map((_, i) => (i % 3 ? 'positive' : 'negative')));
  });

  test('comes from the Hub with the token in its secret, which no log has', async () => {
    const token = 'hf_very_secret';
    const commit = 'c0ffee'.padEnd(40, '0');
    const folder = join(made.project, 'model');
    const files = readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]);
    const hub = await startHub('org/moods', commit, Object.fromEntries(files), token);
    const secrets = await startSecrets(JSON.stringify({ HF_TOKEN: token }));
    const gated = await serve(
      made.project,
      await cachedVenv(join(made.project, 'requirements.txt'), requirements),
      {
        ...{ SM_MODEL_DIR: tempFolder(), HF_HOME: tempFolder(), HF_ENDPOINT: hub.url },
        ...{ HF_MODEL_ID: 'org/moods', HF_MODEL_REVISION: commit },
        ...{ HF_TOKEN_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub' },
        ...{ AWS_ENDPOINT_URL: secrets.url, AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing' },
      },
    );
    try {
      await ready(gated);
      const body = '{"inputs": "the film was great"}';
      const answer = await fetch(`${gated.url}/invocations`, { method: 'POST', body, headers: json });
      expect(await answer.json()).toMatchObject([{ label: 'positive' }]);
      expect(hub.sent).toContain('model.safetensors');
    } finally {
      await stop(gated);
      hub.server.close();
      secrets.server.close();
    }
    expect(gated.output()).not.toContain(token);
  });

  test('stops with one line that names the model, when its weights are none', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'config.json'), '{"model_type": "bert"}');
    const failing = await serve(made.project, made.venv, { SM_MODEL_DIR: folder });
    expect(await failing.exit).toBe(1);
    expect(failing.output()).toContain(`cannot load ${folder}`);
    expect(failing.output()).not.toContain('Traceback');
  });
});
