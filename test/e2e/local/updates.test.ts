// @module-tag all
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from '../../harness.ts';
import { type Trained, trained } from '../trained.ts';
import { underLoad } from './load.ts';
import { change, type Local, run, startLocal } from './local.ts';

const region = ['--region', 'us-east-1'];
let made: Trained;
let world: Local;

beforeAll(async () => {
  made = await trained('shifted', '--framework=sklearn');
  symlinkSync(made.venv, join(made.project, '.venv'));
  change(made.project, 'deploy/settings.sh', /INSTANCE_COUNT=1/, 'INSTANCE_COUNT=2');
  change(made.project, 'deploy/settings.sh', /UPDATE_WAIT=300/, 'UPDATE_WAIT=40');
  world = await startLocal(made.project, '--process', '--time-scale=20');
  expect(await world.run(made.project, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
  const deployed = await world.run(made.project, 'deploy/deploy.sh');
  expect(deployed.code, deployed.stderr).toBe(0);
});

afterAll(() => world.local('remove'));

/** A model that says one and the same of every row. */
async function train(flower: string): Promise<void> {
  const script = `import sys, joblib
from sklearn.dummy import DummyClassifier
model = DummyClassifier(strategy="constant", constant=sys.argv[1])
joblib.dump(model.fit([[0.0] * 4] * 3, ["setosa", "versicolor", "virginica"]), "model/model.pkl")`;
  await command(join(made.venv, 'bin/python'), ['-c', script, flower], { cwd: made.project });
  expect(await world.run(made.project, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
}

/** Deploys by a policy while requests arrive without a pause. */
async function deployUnderLoad(policy: string) {
  const payload = join(made.project, 'sample_model/payloads/payload.json');
  const env = { ...world.env, UPDATE: policy };
  const { done, ...asked } = await underLoad(world.env, 'shifted', payload, () =>
    run('deploy/deploy.sh', [], made.project, env),
  );
  return { deployed: done, ...asked };
}

const running = async () =>
  (await world.aws('sagemaker', 'describe-endpoint', '--endpoint-name', 'shifted', ...region))
    .EndpointConfigName;

test.each([
  ['all-at-once', 'setosa'],
  ['canary', 'versicolor'],
  ['linear', 'virginica'],
  ['rolling', 'setosa'],
])(
  'UPDATE=%s: neither an update nor one to a broken model, which goes back, loses a request',
  async (policy, flower) => {
    const before = await running();
    await train(flower);
    const updated = await deployUnderLoad(policy);
    expect(updated.deployed).toMatchObject({ code: 0 });
    expect(updated.lost).toEqual([]);
    expect(updated.answers).toHaveLength(2);
    const now = await running();
    expect(now).not.toBe(before);

    writeFileSync(join(made.project, 'model/model.pkl'), `no model, ${policy}`);
    expect(await world.run(made.project, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
    const broken = await deployUnderLoad(policy);
    expect(broken.deployed).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`SageMaker went back to ${now}, which is in service: `),
    });
    expect(broken.lost).toEqual([]);
    expect(broken.answers).toEqual([expect.stringContaining(flower)]);
    expect(await running()).toBe(now);
  },
);

test('an alarm of ALARMS that goes off brings the endpoint back, and a name that is none is refused', async () => {
  const before = await running();
  await train('versicolor');
  const alarm = ['--alarm-name', 'errors', ...region];
  const compared = ['--comparison-operator', 'GreaterThanThreshold', '--threshold', '1', '--period', '60'];
  const metric = [
    '--namespace',
    'AWS/SageMaker',
    '--metric-name',
    'Invocation5XXErrors',
    '--statistic',
    'Sum',
  ];
  await world.aws(
    'cloudwatch',
    'put-metric-alarm',
    ...alarm,
    ...metric,
    ...compared,
    '--evaluation-periods',
    '1',
  );
  const state = ['--state-value', 'ALARM', '--state-reason', 'as a test'];
  await world.aws('cloudwatch', 'set-alarm-state', ...alarm, ...state);
  change(made.project, 'deploy/settings.sh', /ALARMS=''/, "ALARMS='errors'");
  const { deployed, lost } = await deployUnderLoad('all-at-once');
  expect(deployed).toMatchObject({ code: 3, stderr: expect.stringContaining('SageMaker went back to ') });
  expect(lost).toEqual([]);
  expect(await running()).toBe(before);

  change(made.project, 'deploy/settings.sh', /ALARMS='errors'/, `ALARMS='a"b'`);
  const refused = await world.run(made.project, 'deploy/deploy.sh');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('an alarm in ALARMS is ');
  expect(await running()).toBe(before);
});
