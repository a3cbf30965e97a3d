// @module-tag all
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyOf, type Trained, trained } from '../trained.ts';
import { underLoad } from './load.ts';
import { type Local, startLocal } from './local.ts';

const name = 'at-once';
const region = ['--region', 'us-east-1'];
let made: Trained;
let world: Local;

beforeAll(async () => {
  made = await trained(name, '--framework=sklearn');
  symlinkSync(made.venv, join(made.project, '.venv'));
  // Each update takes half a minute by this clock.
  world = await startLocal(made.project, '--process', '--time-scale=20', '--fail=download:takes-600s:2-');
  expect(await world.run(made.project, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
  const deployed = await world.run(made.project, 'deploy/deploy.sh');
  expect(deployed.code, deployed.stderr).toBe(0);
});

afterAll(() => world.local('remove'));

let clones = 0;

/** A clone of the project in which something has changed. */
function clone(): string {
  const copy = copyOf(made.project);
  appendFileSync(join(copy, 'deploy/settings.sh'), `export TAGS='Key=clone,Value=${++clones}'\n`);
  return copy;
}

/** Starts a deployment; once it waits for the endpoint. */
async function waiting(project: string): Promise<ChildProcessWithoutNullStreams> {
  const deploying = spawn(join(project, 'deploy/deploy.sh'), { env: world.env, detached: true });
  await new Promise<void>((done, fail) => {
    let printed = '';
    deploying.stdout.on('data', (chunk) => {
      printed += chunk;
      if (printed.includes('Waiting for the endpoint')) done();
    });
    deploying.once('close', () => fail(new Error(printed)));
  });
  return deploying;
}

const running = async () =>
  (await world.aws('sagemaker', 'describe-endpoint', '--endpoint-name', name, ...region)).EndpointConfigName;

/** The names of all that there is of a kind. */
async function listed(kind: string): Promise<string[]> {
  const found = await world.aws('sagemaker', `list-${kind}s`, '--name-contains', name, ...region);
  return Object.values<Record<string, string>[]>(found)
    .flat()
    .map((one) => one.ModelName ?? one.EndpointConfigName ?? one.EndpointName ?? '')
    .sort();
}

const payload = () => join(made.project, 'sample_model/payloads/payload.json');

test('an update whose script was killed is taken up by the next run, and no request is lost', async () => {
  const project = clone();
  const before = await running();
  const { done, lost } = await underLoad(world.env, name, payload(), async () => {
    const killed = await waiting(project);
    process.kill(-(killed.pid ?? 0), 'SIGKILL');
    return world.run(project, 'deploy/deploy.sh');
  });
  expect(done).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`The endpoint ${name} is Updating to just this: waiting for it`),
  });
  expect(lost).toEqual([]);
  expect(await running()).not.toBe(before);
  expect(await listed('model')).toEqual(await listed('endpoint-config'));
});

test('of two clones that deploy at once, one is told that it has to wait, and leaves nothing', async () => {
  const before = await listed('model');
  const { done, lost } = await underLoad(world.env, name, payload(), () =>
    Promise.all([clone(), clone()].map((project) => world.run(project, 'deploy/deploy.sh'))),
  );
  const [first, second] = done.sort((one, other) => one.code - other.code);
  expect(first, first?.stderr).toMatchObject({ code: 0 });
  expect(second?.code).toBe(1);
  expect(second?.stderr).toMatch(
    /deploy\.sh: the endpoint at-once (is Updating, by another deployment: wait until that is done|was not changed, for the reason above)/,
  );
  expect(lost).toEqual([]);
  expect(await listed('model')).toHaveLength(before.length + 1);
  expect(await listed('model')).toEqual(await listed('endpoint-config'));
  expect(await listed('model')).toContain(await running());
});

test('undeploy.sh waits for a deployment that is under way, and leaves nothing of either', async () => {
  const deploying = await waiting(clone());
  const [said, [code], removed] = await Promise.all([
    text(deploying.stderr),
    once(deploying, 'close'),
    world.run(made.project, 'deploy/undeploy.sh', '--yes'),
  ]);
  expect(removed, removed.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The endpoint is Updating: waiting until that is done'),
  });
  // It may have seen its end before the endpoint went.
  if (code !== 0)
    expect({ code, said }).toEqual({ code: 3, said: expect.stringContaining('was removed meanwhile') });
  for (const kind of ['model', 'endpoint-config', 'endpoint']) expect(await listed(kind)).toEqual([]);
});
