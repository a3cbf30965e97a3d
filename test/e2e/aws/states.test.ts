import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, tempFolder } from '../../harness.ts';
import { aws, deployable, inFront, inSageMaker, script, startAws, type World, withModel } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startAws('us-east-1');
});

afterAll(() => world.close());

/** An AWS CLI that says of the endpoint that it is in another state than it is. */
const showing = (state: string) =>
  inFront(world, {
    aws: `[[ $2 != describe-endpoint || "$*" != *EndpointStatus* ]] || { "$real" "$@" | sed "s/^InService/${state}/"; exit; }
exec "$real" "$@"`,
    sleep: ':',
  });

const set = (project: string, line: string) =>
  appendFileSync(join(project, 'deploy/settings.sh'), `${line}\n`);

test('what is half gone is no deletion that is refused to whoever may delete only what carries the tag', async () => {
  const { project } = await deployable(world, 'half-gone');
  // As with deploy/iam/deployer-policy.json: without the thing there is no tag.
  const first = inFront(world, {
    aws: `if [[ $2 == delete-model || $2 == delete-endpoint-config ]]; then
  "$real" sagemaker "\${2/delete/describe}" "$3" "$4" >/dev/null 2>&1 \\
    || { echo "An error occurred (AccessDeniedException): no $2" >&2; exit 254; }
fi
exec "$real" "$@"`,
    sleep: ':',
  });
  const refusal = 'An error occurred (AccessDeniedException): no create-endpoint-config';
  const refusing = inFront(world, {
    aws: `[[ $2 != create-endpoint-config ]] || { echo "${refusal}" >&2; exit 254; }
exec ${first}/aws "$@"`,
  });
  const deploy = (by = first) => script(world, project, 'deploy/deploy.sh', { first: by });
  expect(await deploy(refusing)).toMatchObject({ code: 1, stderr: `deploy.sh: ${refusal}\n` });
  expect(await inSageMaker(world, 'half-gone')).toEqual([]);
  expect(await deploy()).toMatchObject({ code: 0 });
  const [, configuration = ''] =
    /^configuration (.*)$/m.exec((await inSageMaker(world, 'half-gone')).join('\n')) ?? [];
  await aws(world, 'sagemaker', 'delete-endpoint', '--endpoint-name', 'half-gone');
  await aws(world, 'sagemaker', 'delete-endpoint-config', '--endpoint-config-name', configuration);
  set(project, 'export KEEP=0 INSTANCE_COUNT=2');
  expect(await deploy()).toMatchObject({ code: 0, stderr: '' });
  const removed = await script(world, project, 'deploy/undeploy.sh', { args: ['--yes'], first });
  expect(removed).toMatchObject({ code: 0, stderr: '' });
  expect(await inSageMaker(world, 'half-gone')).toEqual([]);
});

test('an endpoint that is neither in service nor changing is left alone, with what can be done about it', async () => {
  const { project } = await deployable(world, 'astray');
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
  for (const operation of ['describe-model', 'list-tags']) {
    const first = inFront(world, {
      aws: `[[ $2 != ${operation} ]] || { echo "An error occurred (AccessDenied): no $2" >&2; exit 254; }
exec "$real" "$@"`,
    });
    const unseen = await script(world, project, 'deploy/status.sh', { first });
    expect(unseen.stderr).toContain(`no ${operation}`);
    expect(unseen.code).not.toBe(0);
  }
  set(project, 'export INSTANCE_COUNT=2');
  const mixed = await script(world, project, 'deploy/deploy.sh', { first: showing('UpdateRollbackFailed') });
  expect(mixed.code).toBe(1);
  expect(mixed.stderr).toContain('is UpdateRollbackFailed: it answers, with a mix of the old and the new');
  expect(mixed.stderr).toContain('deployment-guardrails-rolling.html\n');
  const failed = showing('Failed');
  const back = await script(world, project, 'deploy/rollback.sh', { first: failed });
  expect(back).toMatchObject({
    code: 1,
    stderr:
      'rollback.sh: the endpoint astray is Failed, and AWS only deletes such a one: deploy/deploy.sh does, and makes it anew\n',
  });
  expect(
    await script(world, project, 'deploy/rollback.sh', { first: failed, args: ['--list'] }),
  ).toMatchObject({ code: 0 });
});

test('tags of your own may stand on several lines', async () => {
  const { project } = await deployable(world, 'tagged-twice');
  set(project, "export TAGS='Key=team,Value=search\nKey=stage,Value=prod'");
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
  const { EndpointArn } = await aws(
    world,
    ...['sagemaker', 'describe-endpoint', '--endpoint-name', 'tagged-twice'],
  );
  const { Tags } = await aws(world, 'sagemaker', 'list-tags', '--resource-arn', EndpointArn);
  expect(Tags).toEqual(
    expect.arrayContaining([
      { Key: 'team', Value: 'search' },
      { Key: 'stage', Value: 'prod' },
    ]),
  );
});

test('where sh is bash, the scripts are read by the rules of bash', async () => {
  const project = await withModel(world, 'as-sh');
  set(project, 'case :$SHELLOPTS: in *:posix:*) echo "as sh" >&2 ;; esac');
  const shell = tempFolder();
  symlinkSync('/bin/bash', join(shell, 'sh'));
  const { stderr } = await command(join(shell, 'sh'), ['deploy/upload_to_s3.sh'], {
    cwd: project,
    env: world.env,
  });
  expect(stderr).not.toContain('as sh');
});

test('nothing is uploaded where it cannot be told where a link leads', async () => {
  const project = await withModel(world, 'unread');
  symlinkSync('model.pkl', join(project, 'model/same.pkl'));
  symlinkSync('nowhere', join(project, 'model/broken.pkl'));
  const first = inFront(world, { readlink: 'echo "readlink: illegal option -- f" >&2; exit 1' });
  const refused = await script(world, project, 'deploy/upload_to_s3.sh', { first });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('cannot tell where the link model/same.pkl leads');
  expect(await script(world, project, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
});

test('test_local_image.sh runs no container without the variables that it has on SageMaker', async () => {
  const project = await withModel(world, 'bare');
  const ran = join(tempFolder(), 'ran');
  writeFileSync(ran, '');
  const first = inFront(world, {
    docker: `echo "$1" >>${ran}`,
    python3: 'echo "python3: not found" >&2; exit 127',
  });
  const args = [join(project, 'model/model.pkl')];
  const { code, stderr } = await script(world, project, 'test/test_local_image.sh', { first, args });
  expect(code).toBe(127);
  expect(stderr).toContain('python3: not found');
  expect(readFileSync(ran, 'utf8').split('\n')).not.toContain('create');
});

test('what someone else has made in the same moment under the name of a role is not changed by iam.sh', async () => {
  const project = await withModel(world, 'faster');
  const trust = '{"Version": "2012-10-17", "Statement": []}';
  const first = inFront(world, {
    aws: `[[ $2 != create-role ]] || "$real" iam create-role --role-name faster-execution --assume-role-policy-document '${trust}' >/dev/null
exec "$real" "$@"`,
    sleep: ':',
  });
  const { code, stderr } = await script(world, project, 'deploy/iam.sh', { first });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^iam.sh: there is a role faster-execution already, which does not carry this project's tag/,
  );
  const { PolicyNames } = await aws(world, 'iam', 'list-role-policies', '--role-name', 'faster-execution');
  expect(PolicyNames).toEqual([]);
});

test.each([
  ['model', ['model']],
  ['endpoint-config', ['configuration', 'model']],
])(
  'a deployment that fails deletes nothing where another run was first to make its %s',
  async (kind, kept) => {
    const name = `raced-${kind}`;
    const { project } = await deployable(world, name);
    // The other run's call arrives just before, of which moto would make two; what comes after it is refused.
    const first = inFront(world, {
      aws: `if [[ $2 == create-${kind} ]]; then
  "$real" "$@" >/dev/null
  echo "An error occurred (ValidationException) when calling it: Cannot create already existing ${kind}" >&2
  exit 254
fi
case $2 in create-endpoint | create-endpoint-config) echo "An error occurred (AccessDenied): no $2" >&2; exit 254 ;; esac
exec "$real" "$@"`,
      sleep: ':',
    });
    const { code, stdout } = await script(world, project, 'deploy/deploy.sh', { first });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^There is one by now: raced-/m);
    expect((await inSageMaker(world, name)).map((text) => text.split(' ')[0]).sort()).toEqual(kept);
  },
);

test('images that ECR keeps are told with its reason, and one that is gone already is not', async () => {
  const { project, digest } = await deployable(world, 'sticky');
  const { images } = await aws(
    world,
    ...['ecr', 'batch-get-image', '--repository-name', 'sticky', '--image-ids', `imageDigest=${digest}`],
  );
  const id = /PROJECT_ID='(.*)'/.exec(readFileSync(join(project, 'deploy/settings.sh'), 'utf8'))?.[1];
  await aws(
    world,
    ...['ecr', 'put-image', '--repository-name', 'sticky', '--image-tag', `${id}-20261129-235959`],
    ...['--image-manifest', images[0].imageManifest],
  );
  const twice = inFront(world, {
    aws: `[[ $2 != batch-delete-image ]] || "$real" "$@" >/dev/null\nexec "$real" "$@"`,
    sleep: ':',
  });
  const args = ['--all', '--yes'];
  const { code, stderr } = await script(world, project, 'deploy/undeploy.sh', { args, first: twice });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `undeploy.sh: ECR has kept these images of this project in sticky, for the reason beside each:\n  ${id}-20261129-235959: a manifest list refers to it\n`,
  });
  const pushed = inFront(world, {
    date: 'echo 20261129-235959',
    aws: `[[ $2 != describe-images ]] || exec echo application/vnd.oci.image.manifest.v1+json\nexec "$real" "$@"`,
    docker: `case "$*" in
  --version) echo Docker version 29 ;;
  "image inspect "*) echo linux/arm64 ;;
esac`,
  });
  const refused = await script(world, project, 'deploy/build_and_push.sh', { first: pushed });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'SageMaker refuses; its tag is there still: a manifest list refers to it.',
  );
});

test('a program that ends with one of the codes that scripts have a meaning for ends them with 1', async () => {
  const { project } = await deployable(world, 'coded');
  const run = (file: string, name: string, body: string) =>
    script(world, project, `deploy/${file}.sh`, {
      first: inFront(world, { [name]: body, sleep: ':' }),
      env: { code: '4' },
    });
  const packed = await run('upload_to_s3', 'tar', 'echo "tar: no space left" >&2; exit 2');
  const mended = 'Run it again once that is mended: it goes on from there';
  expect(packed).toMatchObject({
    code: 1,
    stderr: `tar: no space left\nupload_to_s3.sh: ended by the error above. ${mended}\n`,
  });
  const sort = '[[ $1 == -t ]] && exec /usr/bin/sort "$@"; echo "sort: no space left" >&2; exit 2';
  expect(await run('deploy', 'sort', sort)).toMatchObject({
    code: 1,
    stderr: `sort: no space left\ndeploy.sh: ended by the error above. ${mended}\n`,
  });
  expect(await run('status', 'unused', '')).toMatchObject({ code: 1 });
});

test('without the AWS CLI a script says that it is not installed', async () => {
  const project = await withModel(world, 'unfitted');
  const { code, stderr } = await script(
    { ...world, env: { ...world.env, PATH: '/usr/bin:/bin' } },
    project,
    'deploy/status.sh',
  );
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'status.sh: aws is not installed: see https://aws.amazon.com/cli/\n',
  });
});
