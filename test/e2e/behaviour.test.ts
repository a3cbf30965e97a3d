import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { ready, type Served, serve, stop } from '../harness.ts';
import { copyOf, type Trained, trained } from './trained.ts';

const json = { 'Content-Type': 'application/json' };
const flower = JSON.stringify([[6.3, 2.9, 5.6, 1.8]]);

function invoke(served: Served, body: string | ReadableStream, headers: Record<string, string> = json) {
  return fetch(`${served.url}/invocations`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
}

/** Puts a line at the start of a function of the handler. */
function edit(project: string, name: 'load' | 'predict', line: string): void {
  const path = join(project, 'code/model_handler.py');
  const body = readFileSync(path, 'utf8').replace(
    new RegExp(`(def ${name}\\([^]*?\\) -> .*?:\\n)`),
    `$1    ${line}\n`,
  );
  writeFileSync(path, `import time\n${body}`);
}

async function failure(project: string, venv: string, env: NodeJS.ProcessEnv = {}) {
  const served = await serve(project, venv, env);
  return { code: await served.exit, output: served.output() };
}

// With Flask it is the same, but for app.py: serving.test.ts holds that against the contract too.
describe('the server', () => {
  let made: Trained;

  beforeAll(async () => {
    made = await trained('iris', '--framework=sklearn');
  });

  test('answers /ping with 503 while the model is being loaded, and loads it once for all workers', async () => {
    const slow = copyOf(made.project);
    edit(slow, 'load', 'time.sleep(2)');
    const served = await serve(slow, made.venv, { SERVER_WORKERS: '2' });
    const seen = new Set<number>();
    for (let last = 0; last !== 200; await sleep(50)) {
      last = await fetch(`${served.url}/ping`).then(
        ({ status }) => status,
        () => 0,
      );
      seen.add(last);
      expect(served.process.exitCode, served.output()).toBe(null);
    }
    // 0: the port was not open yet.
    expect([...seen].filter((status) => status !== 0)).toEqual([503, 200]);
    expect(await (await fetch(`${served.url}/ping`)).text()).toBe('');
    expect(await stop(served)).toBe(0);
    expect(served.output().match(/model loaded/g)).toHaveLength(1);
  });

  test('finishes what is in flight after SIGTERM, and ends with 0', async () => {
    const slow = copyOf(made.project);
    edit(slow, 'predict', 'time.sleep(2)');
    const served = await serve(slow, made.venv);
    await ready(served);
    const answers = [invoke(served, flower), invoke(served, flower)];
    await sleep(500);
    const code = stop(served);
    for (const answer of await Promise.all(answers))
      expect(await answer.json()).toEqual({ predictions: ['virginica'] });
    expect(await code).toBe(0);
  });

  test('answers /ping while the only worker predicts and more requests wait than it could take at once', async () => {
    const slow = copyOf(made.project);
    edit(slow, 'predict', 'time.sleep(0.5)');
    const served = await serve(slow, made.venv, { SERVER_WORKERS: '1' });
    await ready(served);
    const answers = Array.from({ length: 8 }, () => invoke(served, flower));
    await sleep(300);
    // SageMaker waits 2 s for it.
    expect((await fetch(`${served.url}/ping`, { signal: AbortSignal.timeout(2000) })).status).toBe(200);
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    await stop(served);
  });

  test('refuses a body above the limit with 413, whether its length is announced or not', async () => {
    const served = await serve(made.project, made.venv, { SERVER_MAX_BODY_MB: '1' });
    await ready(served);
    const large = 'x'.repeat(1024 * 1024 + 1);
    for (const body of [large, new Blob([large]).stream()]) {
      const answer = await invoke(served, body);
      expect(answer.status).toBe(413);
      expect(await answer.json()).toEqual({ error: 'the body is larger than 1048576 bytes' });
    }
    expect((await invoke(served, flower)).status).toBe(200);
    await stop(served);
  });

  test('gives class probabilities with SERVER_PROBABILITIES=true', async () => {
    const served = await serve(made.project, made.venv, { SERVER_PROBABILITIES: 'true' });
    await ready(served);
    const { predictions } = (await (await invoke(served, flower)).json()) as { predictions: number[][] };
    expect(predictions[0]).toHaveLength(3);
    expect(predictions[0]?.reduce((sum, one) => sum + one)).toBeCloseTo(1);
    const csv = await invoke(served, flower, { ...json, Accept: 'text/csv' });
    expect((await csv.text()).split(',')).toHaveLength(3);
    await stop(served);
  });

  test('answers 500 without a trace of the code when the model fails', async () => {
    const broken = copyOf(made.project);
    edit(broken, 'predict', 'raise RuntimeError("secret")');
    const served = await serve(broken, made.venv);
    await ready(served);
    const answer = await invoke(served, flower);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ error: "the model failed; the container's log says why" });
    await stop(served);
    expect(served.output()).toContain('RuntimeError: secret');
  });

  test('stops with one line that says what was looked for and what was found, when there is no model', async () => {
    const empty = copyOf(made.project);
    rmSync(join(empty, 'model/model.pkl'));
    writeFileSync(join(empty, 'model/other.bin'), '');
    const { code, output } = await failure(empty, made.venv);
    expect(code).toBe(1);
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toMatchObject({
      level: 'CRITICAL',
      event: `no model.pkl in ${empty}/model: it holds other.bin`,
    });
    expect(output).not.toContain('Traceback');
  });

  test('names the versions that wrote and read a model that cannot be read', async () => {
    const old = copyOf(made.project);
    // A pickle of protocol 0: sklearn.gone.Model, and the version that scikit-learn puts beside it.
    const pickle = "csklearn.gone\nModel\n(S'_sklearn_version'\nS'0.21.3'\ntR.";
    writeFileSync(join(old, 'model/model.pkl'), pickle);
    const { code, output } = await failure(old, made.venv);
    expect(code).toBe(1);
    expect(output).toMatch(
      /cannot read .*model\.pkl: ModuleNotFoundError: No module named 'sklearn.gone' \(written by scikit-learn 0\.21\.3, read by 1\.9\.1/,
    );
    expect(output).not.toContain('Traceback');
  });

  test('refuses settings that it cannot use, and arguments other than serve', async () => {
    for (const [variable, value] of [
      ['SERVER_WORKERS', '0'],
      ['SERVER_WORKERS', 'two'],
      ['SAGEMAKER_BIND_TO_PORT', '99999'],
      ['SERVER_PROBABILITIES', 'perhaps'],
      ['SERVER_ACCESS_LOG', '2'],
      ['SM_LOG_LEVEL', 'LOUD'],
    ] as const) {
      const { code, output } = await failure(made.project, made.venv, { [variable]: value });
      expect(code).toBe(1);
      expect(output.trim()).toMatch(new RegExp(`^${variable} is '${value}': it takes `));
    }
  });
});

test('an XGBoost classifier answers labels, or probabilities when asked; a corrupt file is named with its versions', async () => {
  const made = await trained('churn', '--framework=xgboost', '--model-format=ubj');
  const { command, activated } = await import('../harness.ts');
  const train = [
    'import numpy, xgboost',
    'x = numpy.arange(40.0).reshape(20, 2); y = numpy.repeat([0, 1], 10)',
    'xgboost.XGBClassifier(n_estimators=5).fit(x, y).save_model("model/model.ubj")',
  ].join('\n');
  await command(join(made.development, 'bin/python'), ['-c', train], {
    cwd: made.project,
    env: activated(made.development),
  });
  const rows = '[[0, 1], [38, 39]]';
  const labels = await serve(made.project, made.venv);
  await ready(labels);
  expect(await (await invoke(labels, rows)).json()).toEqual({ predictions: [0, 1] });
  const missing = await invoke(labels, '1:1\n0 0:38 1:39', { 'Content-Type': 'text/libsvm' });
  expect(missing.status).toBe(200);
  const beyond = await invoke(labels, '0 0:38 2:39', { 'Content-Type': 'text/libsvm' });
  expect(await beyond.json()).toEqual({
    error: "row 1: '2:39' is not index:value with an index from 0 to 1",
  });
  await stop(labels);

  const shares = await serve(made.project, made.venv, { SERVER_PROBABILITIES: 'yes' });
  await ready(shares);
  const { predictions } = (await (await invoke(shares, rows)).json()) as { predictions: [number, number][] };
  for (const [none, all] of predictions) expect(none + all).toBeCloseTo(1);
  await stop(shares);

  const model = readFileSync(join(made.project, 'model/model.ubj'));
  writeFileSync(join(made.project, 'model/model.ubj'), Buffer.concat([Buffer.from('x'), model]));
  const { code, output } = await failure(made.project, made.venv);
  expect(code).toBe(1);
  expect(output).toMatch(/cannot read .*model\.ubj: .*\(written by XGBoost 3\.2\.0, read by 3\.2\.0;/);
});
