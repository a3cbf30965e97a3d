import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../../harness.ts';
import { deployable, inFront, inSageMaker, script, startAws, type World, withModel } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startAws('eu-west-1');
});

afterAll(() => world.close());

/** An AWS CLI whose user may not call some operations. */
const refusing = (...operations: string[]) =>
  inFront(world, {
    aws: `[[ " ${operations.join(' ')} " != *" $2 "* ]] || { echo "An error occurred (AccessDenied): no $2" >&2; exit 254; }
exec "$real" "$@"`,
  });

/** An AWS CLI that says that the endpoint is, one after the other, in these states; then what it is in. */
function passingThrough(...states: string[]): string {
  const list = join(tempFolder(), 'states');
  writeFileSync(list, states.map((state) => `${state}\n`).join(''));
  return inFront(world, {
    aws: `if [[ "$*" == *"describe-endpoint "*EndpointStatus* && -s ${list} ]]; then
  head -n 1 ${list} && tail -n +2 ${list} >${list}.rest && mv ${list}.rest ${list}
else
  exec "$real" "$@"
fi`,
    sleep: `echo "slept $1" >&2`,
  });
}

test('--help says what a script does, and does nothing; any other argument is refused', async () => {
  const project = await withModel(world, 'helpful');
  const called = join(tempFolder(), 'called');
  const recording = inFront(world, { aws: `touch ${called}`, docker: `touch ${called}` });
  const says = {
    build_and_push: /pushes it to ECR/,
    upload_to_s3: /model\.tar\.gz/,
    deploy: /creates the endpoint, or updates it/,
    undeploy: /Deletes the endpoint/,
  };
  for (const [name, text] of Object.entries(says)) {
    const helped = await script(world, project, `deploy/${name}.sh`, { args: ['--help'], first: recording });
    expect(helped).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(text) });
    const refused = await script(world, project, `deploy/${name}.sh`, { args: ['now'], first: recording });
    expect(refused).toMatchObject({
      code: 1,
      stderr: `${name}.sh: takes no arguments: its values are in deploy/settings.sh\n`,
    });
  }
  expect(existsSync(called)).toBe(false);
});

test('a deployment waits while the endpoint changes, and says when that failed for good', async () => {
  const { project } = await deployable(world, 'patient');
  const busy = await script(world, project, 'deploy/deploy.sh', { first: passingThrough('Updating') });
  expect(busy).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'deploy.sh: the endpoint patient is Updating: wait until that is done\n',
  });
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
  const slow = passingThrough('InService', 'Updating', 'RollingBack');
  expect(await script(world, project, 'deploy/deploy.sh', { first: slow })).toMatchObject({
    code: 0,
    stderr: 'slept 15\nslept 15\n',
  });
  const stuck = passingThrough('InService', 'UpdateRollbackFailed');
  const failed = await script(world, project, 'deploy/deploy.sh', { first: stuck });
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('the endpoint is UpdateRollbackFailed');
  expect(failed.stderr).toContain('--log-group-name /aws/sagemaker/Endpoints/patient\n');
  expect(failed.stdout).not.toContain('is in service');
});

test('what the user may not do is no missing image, model, endpoint or thing to delete', async () => {
  const { project } = await deployable(world, 'denied');
  for (const operation of ['describe-endpoint', 'describe-images', 'list-objects-v2']) {
    const denied = await script(world, project, 'deploy/deploy.sh', { first: refusing(operation) });
    expect(denied).toMatchObject({ code: 1, stdout: '' });
    expect(denied.stderr).toBe(`deploy.sh: An error occurred (AccessDenied): no ${operation}\n`);
  }
  for (const operation of ['delete-endpoint', 'list-endpoint-configs', 'list-models', 'delete-model']) {
    await script(world, project, 'deploy/deploy.sh');
    const denied = await script(world, project, 'deploy/undeploy.sh', { first: refusing(operation) });
    expect(denied.code, operation).not.toBe(0);
    expect(denied.stderr).toContain(`no ${operation}`);
    expect(denied.stdout).not.toContain('Images and uploads are kept');
  }
});

test('a deployment that is refused deletes its model even when its configuration stays', async () => {
  const { project } = await deployable(world, 'leftover');
  const refused = refusing('create-endpoint', 'delete-endpoint-config');
  const denied = await script(world, project, 'deploy/deploy.sh', { first: refused });
  expect(denied.code).not.toBe(0);
  expect((await inSageMaker(world, 'leftover')).map((text) => text.split(' ')[0])).toEqual(['configuration']);
});

test('test_endpoint.sh prints the answer of the endpoint, and fails when there is none', async () => {
  const { project } = await deployable(world, 'called');
  await script(world, project, 'deploy/deploy.sh');
  const payload = join(tempFolder(), 'rows.csv');
  writeFileSync(payload, '1,2\n');
  const args = [payload, 'text/csv'];
  const answered = await script(world, project, 'test/test_endpoint.sh', { args });
  expect(answered).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nbody\n$/) });
  const refused = { args, first: refusing('invoke-endpoint') };
  expect(await script(world, project, 'test/test_endpoint.sh', refused)).toMatchObject({ code: 254 });
});
