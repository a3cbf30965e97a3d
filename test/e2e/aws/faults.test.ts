import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { command, tempFolder } from '../../harness.ts';
import { make, start } from './scenes.ts';
import {
  account,
  aws,
  deployable,
  inFront,
  inSageMaker,
  pushImage,
  role,
  script,
  startAws,
  type World,
  withModel,
} from './world.ts';

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
  state=$(head -n 1 ${list}) && tail -n +2 ${list} >${list}.rest && mv ${list}.rest ${list}
  "$real" "$@" | sed "s/^[A-Za-z]*/$state/"
else
  exec "$real" "$@"
fi`,
    sleep: `echo "slept $1" >&2`,
  });
}

let trainings = 0;

/** Another model of a project, uploaded. */
async function trainAgain(project: string): Promise<void> {
  writeFileSync(join(project, 'model/model.pkl'), `model ${++trainings}`);
  expect(await script(world, project, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
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
    expect(helped.stdout).toMatch(/^Exit codes: 0 done, .*; 2 wrong arguments;$/m);
    const refused = await script(world, project, `deploy/${name}.sh`, { args: ['now'], first: recording });
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('its values are in deploy/settings.sh\n'),
    });
  }
  expect(existsSync(called)).toBe(false);
});

test('a deployment waits while the endpoint changes, and says when that failed for good', async () => {
  const { project } = await deployable(world, 'patient');
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
  await trainAgain(project);
  const busy = await script(world, project, 'deploy/deploy.sh', { first: passingThrough('Updating') });
  expect(busy).toMatchObject({
    code: 1,
    stderr: 'deploy.sh: the endpoint patient is Updating, by another deployment: wait until that is done\n',
  });
  const slow = passingThrough('InService', 'Updating', 'RollingBack');
  expect(await script(world, project, 'deploy/deploy.sh', { first: slow })).toMatchObject({
    code: 0,
    stderr: 'slept 15\nslept 15\n',
  });
  await trainAgain(project);
  const stuck = passingThrough('InService', 'UpdateRollbackFailed');
  const failed = await script(world, project, 'deploy/deploy.sh', { first: stuck });
  expect(failed.code).toBe(3);
  expect(failed.stderr).toContain('the endpoint is UpdateRollbackFailed');
  expect(failed.stderr).toContain('--log-group-name /aws/sagemaker/Endpoints/patient\n');
  expect(failed.stdout).not.toContain('is in service');
});

test('what the user may not do is no missing image, model, endpoint or thing to delete', async () => {
  const { project } = await deployable(world, 'denied');
  for (const operation of ['describe-endpoint', 'describe-images', 'list-objects-v2']) {
    const denied = await script(world, project, 'deploy/deploy.sh', { first: refusing(operation) });
    expect(denied).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Account .*\n$/) });
    expect(denied.stderr).toBe(`deploy.sh: An error occurred (AccessDenied): no ${operation}\n`);
  }
  for (const operation of ['delete-endpoint', 'list-endpoint-configs', 'list-models', 'delete-model']) {
    await script(world, project, 'deploy/deploy.sh');
    const denied = await script(world, project, 'deploy/undeploy.sh', {
      args: ['--yes'],
      first: refusing(operation),
    });
    expect(denied.code, operation).not.toBe(0);
    expect(denied.stderr).toContain(`no ${operation}`);
    expect(denied.stdout).not.toContain('Images and uploads are kept');
  }
});

test('what AWS answers goes into JSON only in the form that such values have here', async () => {
  const { project } = await deployable(world, 'formed');
  const hostile = '", "Environment": {"HF_TOKEN_SECRET_ARN": "x';
  const [, id] =
    /^export PROJECT_ID='?(\w+)/m.exec(readFileSync(join(project, 'deploy/settings.sh'), 'utf8')) ?? [];
  const answers = {
    'list-images': `${id}-20261129-999999\tsha256:${'0'.repeat(64)}${hostile}`,
    'describe-repositories': `123456789012.dkr.ecr.eu-west-1.amazonaws.com/formed${hostile}`,
    'list-objects-v2': `formed-${id}/model-20261129-010203.tar.gz${hostile}`,
    'get-caller-identity': `123456789012${hostile}`,
  };
  for (const [operation, answer] of Object.entries(answers)) {
    const file = join(tempFolder(), 'answer');
    writeFileSync(file, answer);
    const first = inFront(world, { aws: `[[ $2 != ${operation} ]] || exec cat ${file}\nexec "$real" "$@"` });
    const { code, stderr } = await script(world, project, 'deploy/deploy.sh', { first });
    expect(code).toBe(1);
    expect(stderr).toMatch(/which has not the form of one: nothing was done with it\n$/);
  }
  expect(await inSageMaker(world, 'formed')).toEqual([]);
});

test('variables of the environment that have the names of the scripts’ own change nothing', all, async () => {
  const { project } = await deployable(world, 'names');
  const texts = readdirSync(join(project, 'deploy'))
    .filter((file) => file.endsWith('.sh'))
    .map((file) => readFileSync(join(project, 'deploy', file), 'utf8'));
  const names = new Set(
    texts.flatMap((text) => [...text.matchAll(/\b[a-z][a-z_0-9]*\b/g)].map(([name]) => name)),
  );
  const touched = join(tempFolder(), 'touched');
  const env = Object.fromEntries(
    [...names].map((name) => [name, name === 'code' ? '0' : `touch ${touched}`]),
  );
  const run = async (file: string, args: string[] = [], more = {}) => {
    const { code, stdout, stderr } = await script(world, project, file, { args, env: { ...env, ...more } });
    return { code, stderr, lines: stdout.split('\n').length };
  };
  const foreign = { ROLE_ARN: role.replace(account, '999999999999') };
  expect(await run('deploy/deploy.sh', [], foreign)).toMatchObject({ code: 1 });
  expect(await run('deploy/deploy.sh', ['--plan'])).toMatchObject({ code: 0, stderr: '' });
  expect(await run('deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  await trainAgain(project);
  expect(await run('deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  expect(await run('deploy/rollback.sh')).toMatchObject({ code: 0, stderr: '' });
  expect(await run('deploy/status.sh')).toMatchObject({ code: 0, stderr: '' });
  expect(await run('deploy/undeploy.sh', ['--yes', '--all'])).toMatchObject({ code: 0, stderr: '' });
  expect(await inSageMaker(world, 'names')).toEqual([]);
  expect(existsSync(touched)).toBe(false);
});

test('an endpoint whose owner cannot be told is never touched, whatever a proxy has not found', async () => {
  const { project } = await deployable(world, 'theirs');
  await make(world, 'theirs', 'another-project');
  await start(world, 'theirs', 'theirs', 'another-project');
  const before = await inSageMaker(world, 'theirs');
  for (const said of [
    'An error occurred (404) when calling the ListTags operation: Could not find what you asked for',
    'An error occurred (ValidationException) when calling the ListTags operation: Could not find endpoint',
    'Error when retrieving credentials from custom-process: item not found',
  ]) {
    const first = inFront(world, {
      aws: `[[ "$*" != *list-tags* ]] || { echo '${said}' >&2; exit 254; }\nexec "$real" "$@"`,
    });
    for (const [file, ...args] of [['deploy/undeploy.sh', '--yes'], ['deploy/deploy.sh']] as const) {
      const { code, stderr } = await script(world, project, file, { first, args });
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(/AWS does not say whose the endpoint theirs is|item not found|\(404\)/);
    }
    expect(await inSageMaker(world, 'theirs')).toEqual(before);
  }
});

test('a setting of a form that no script can go by is refused before anything is done, also by --plan', async () => {
  const { project } = await deployable(world, 'typed');
  const path = join(project, 'deploy/settings.sh');
  const settings = readFileSync(path, 'utf8');
  for (const [name, value] of [
    ['INSTANCE_COUNT', 'two'],
    ['INSTANCE_COUNT', "''"],
    ['KEEP', 'one'],
    ['KEEP', '08'],
    ['UPDATE_WAIT', '5m'],
    ['CONTAINER_ENVIRONMENT', "'{LOG: debug}'"],
    ['CONTAINER_ENVIRONMENT', `'{"LOG": 1}'`],
    ['CONTAINER_ENVIRONMENT', `'{"LOG": "a",}'`],
  ] as const) {
    writeFileSync(
      path,
      settings.replace(new RegExp(`^export ${name}=(\\S+)$`, 'm'), `export ${name}=${value}`),
    );
    for (const args of [['--plan'], []]) {
      const { code, stdout, stderr } = await script(world, project, 'deploy/deploy.sh', { args });
      expect({ code, stdout }, name + value).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^deploy.sh: ${name} in deploy/settings.sh is .*: it takes .*\n$`));
    }
  }
  writeFileSync(path, `\uFEFF${settings}`);
  expect((await script(world, project, 'deploy/deploy.sh')).stderr).toContain(
    'begins with a byte order mark',
  );
  // What is right stays right.
  const environment = `'{ "A": "say \\"hi\\"\\n", "é" : "{}," }'`;
  writeFileSync(
    path,
    settings.replace(/^export CONTAINER_ENVIRONMENT=\S+$/m, `export CONTAINER_ENVIRONMENT=${environment}`),
  );
  expect(await script(world, project, 'deploy/deploy.sh', { args: ['--plan'] })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(await inSageMaker(world, 'typed')).toEqual([]);
});

test(
  'a configuration that asks version 2 of the AWS CLI for another form of output changes nothing',
  all,
  async () => {
    const project = await withModel(world, 'forms', `--role-arn=${role}`);
    await pushImage(world, project);
    const config = join(tempFolder(), 'config');
    writeFileSync(config, '[default]\noutput = yaml\n');
    const env = { AWS_CONFIG_FILE: config, MODEL_BUCKET: 'of-other-forms' };
    for (const [file, ...args] of [
      ['deploy/upload_to_s3.sh'],
      ['deploy/deploy.sh'],
      ['deploy/status.sh'],
      ['deploy/undeploy.sh', '--yes', '--all'],
    ] as const)
      expect(await script(world, project, file, { env, args }), file).toMatchObject({ code: 0, stderr: '' });
  },
);

test('an S3 that is out of reach, and a quota that is used up, are called that', async () => {
  const { project } = await deployable(world, 'limits');
  const unreached = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };
  const uploaded = await script(world, project, 'deploy/upload_to_s3.sh', { env: unreached });
  expect(uploaded.code).toBe(1);
  expect(uploaded.stderr).toMatch(
    /^upload_to_s3.sh: S3 does not say .*: Could not connect to the endpoint URL/,
  );
  const first = inFront(world, {
    aws: `[[ $2 != create-endpoint ]] || { echo "An error occurred (ResourceLimitExceeded) when calling the CreateEndpoint operation: no more" >&2; exit 254; }
exec "$real" "$@"`,
  });
  const { code, stderr } = await script(world, project, 'deploy/deploy.sh', { first });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /\(ResourceLimitExceeded\).*\ndeploy.sh: .* ask for more of\n"ml.* for endpoint usage" in Service Quotas/,
  );
  expect(await inSageMaker(world, 'limits')).toEqual([]);
});

test('in a locale whose a to z has no i, names are what they are elsewhere', all, async () => {
  const { project } = await deployable(world, 'iris-in-igdir');
  const locales = tempFolder();
  await command('localedef', ['-i', 'tr_TR', '-f', 'UTF-8', join(locales, 'tr_TR.UTF-8')]);
  const env = { LOCPATH: locales, LC_ALL: 'tr_TR.UTF-8' };
  // Or the locale is not there, and all locales are alike.
  const { stdout } = await command('bash', ['-c', '[[ i =~ ^[a-z]$ ]] || echo none'], {
    env: { ...world.env, ...env },
  });
  expect(stdout).toBe('none\n');
  expect(await script(world, project, 'deploy/deploy.sh', { env })).toMatchObject({ code: 0, stderr: '' });
  expect(await script(world, project, 'deploy/status.sh', { env })).toMatchObject({ code: 0, stderr: '' });
  expect(await script(world, project, 'deploy/undeploy.sh', { env, args: ['--yes'] })).toMatchObject({
    code: 0,
  });
  expect(await inSageMaker(world, 'iris-in-igdir')).toEqual([]);
});

test('a script that is traced by bash -x comes to the same end', all, async () => {
  const { project } = await deployable(world, 'traced');
  const env = { SHELLOPTS: 'xtrace' };
  const deployed = await script(world, project, 'deploy/deploy.sh', { env });
  expect(deployed, deployed.stderr).toMatchObject({ code: 0 });
  await trainAgain(project);
  const again = await script(world, project, 'deploy/deploy.sh', { env });
  expect(again, again.stderr).toMatchObject({ code: 0 });
  const removed = await script(world, project, 'deploy/undeploy.sh', { env, args: ['--yes'] });
  expect(removed, removed.stderr).toMatchObject({ code: 0 });
  expect(await inSageMaker(world, 'traced')).toEqual([]);
});

test('what AWS gives as the reason, which a container may have made up, moves no cursor', async () => {
  const { project } = await deployable(world, 'coloured');
  await script(world, project, 'deploy/deploy.sh');
  const first = inFront(world, {
    aws: `[[ "$*" != *FailureReason* ]] || { printf 'a\\033[31mb\\033]0;t\\007\\n'; exit; }\nexec "$real" "$@"`,
  });
  const { stdout } = await script(world, project, 'deploy/status.sh', { first });
  expect(stdout).toContain('a[31mb]0;t\n');
});

test('a bucket that was made, and cannot be closed to the public, is named with what closes it', async () => {
  const project = await withModel(world, 'half-made');
  const env = { MODEL_BUCKET: 'half-made-bucket' };
  const options = { env, first: refusing('put-public-access-block') };
  const { code, stderr } = await script(world, project, 'deploy/upload_to_s3.sh', options);
  expect(code).toBe(1);
  const [, advice = ''] =
    /is not closed to the public: .*no put-public-access-block\n.* To mend it: (aws .*)\n$/.exec(stderr) ??
    [];
  expect(advice, stderr).not.toBe('');
  await command('bash', ['-c', advice], { env: world.env });
  const access = await aws(world, 's3api', 'get-public-access-block', '--bucket', env.MODEL_BUCKET);
  expect(Object.values(access.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
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
  expect(answered).toMatchObject({ code: 0, stdout: 'body\n' });
  const refused = { args, first: refusing('invoke-endpoint') };
  expect(await script(world, project, 'test/test_endpoint.sh', refused)).toMatchObject({ code: 1 });
});

/** An AWS CLI whose create-endpoint takes effect, and then does this instead of giving an answer. */
const losing = (then: string) =>
  inFront(world, { aws: `"$real" "$@"; code=$?; [[ $2 != create-endpoint ]] || { ${then}; }; exit $code` });

test('an endpoint that is being made though the answer was lost is waited for, and keeps its model and configuration', async () => {
  const kinds = async (name: string) =>
    (await inSageMaker(world, name)).map((text) => text.split(' ')[0]).sort();
  const all = ['configuration', 'endpoint', 'model'];

  const lost = await deployable(world, 'lost-answer');
  const first = losing('echo "Connection was closed" >&2; exit 254');
  expect(await script(world, lost.project, 'deploy/deploy.sh', { first })).toMatchObject({
    code: 0,
    stderr: 'Connection was closed\n',
    stdout: expect.stringContaining('The endpoint lost-answer is in service'),
  });
  expect(await kinds('lost-answer')).toEqual(all);

  const stopped = await deployable(world, 'stopped');
  const killed = await script(world, stopped.project, 'deploy/deploy.sh', {
    // Its caller, and the script where that is a part of it.
    first: losing('kill -TERM $PPID $(ps -o ppid= -p $PPID)'),
  });
  expect(killed.code).not.toBe(0);
  expect(await kinds('stopped')).toEqual(all);

  const unknown = await deployable(world, 'unknown');
  const down = join(tempFolder(), 'down');
  const silent = inFront(world, {
    aws: `[[ $2 != describe-endpoint || ! -e ${down} ]] || { echo "Connection refused" >&2; exit 254; }
[[ $2 != create-endpoint ]] || { touch ${down}; echo "Connection refused" >&2; exit 254; }
exec "$real" "$@"`,
  });
  const left = await script(world, unknown.project, 'deploy/deploy.sh', { first: silent });
  expect(left.code).not.toBe(0);
  expect(left.stderr).toMatch(
    /cannot be told whether the endpoint unknown uses unknown-[0-9a-f]{12}: it is kept/,
  );
  expect(await kinds('unknown')).toEqual(['configuration', 'model']);
});

test('a look at the endpoint that fails now and then ends no deployment', async () => {
  const { project } = await deployable(world, 'flaky');
  const fails = join(tempFolder(), 'fails');
  const after = (count: number) =>
    inFront(world, {
      aws: `[[ $2 != describe-endpoint || ! -s ${fails} ]] || { sed -i 1d ${fails}; echo "Connection refused" >&2; exit 254; }
[[ $2 != *-endpoint || $2 == describe-* ]] || printf '${'x\n'.repeat(count)}' >${fails}
exec "$real" "$@"`,
      sleep: ':',
    });
  const twice = await script(world, project, 'deploy/deploy.sh', { first: after(2) });
  expect(twice).toMatchObject({ code: 0, stdout: expect.stringContaining('is in service') });
  await trainAgain(project);
  const gone = await script(world, project, 'deploy/deploy.sh', { first: after(9) });
  expect(gone.code).toBe(4);
  expect(gone.stderr).toMatch(
    /deploy.sh: AWS cannot be asked how the endpoint is: .*\nWhat was begun goes on/,
  );
  expect(gone.stdout).not.toContain('is in service');
});

test('an update keeps the instances that autoscaling has added, unless settings.sh asks for another number', async () => {
  const { project } = await deployable(world, 'grown');
  const count = async () => {
    const { ProductionVariants } = await aws(
      world,
      ...['sagemaker', 'describe-endpoint', '--endpoint-name', 'grown'],
    );
    return ProductionVariants[0].DesiredInstanceCount;
  };
  await script(world, project, 'deploy/deploy.sh');
  await aws(
    world,
    ...['sagemaker', 'update-endpoint-weights-and-capacities', '--endpoint-name', 'grown'],
    ...['--desired-weights-and-capacities', 'VariantName=AllTraffic,DesiredInstanceCount=3'],
  );
  await trainAgain(project);
  const updated = await script(world, project, 'deploy/deploy.sh', { first: inFront(world, { sleep: ':' }) });
  expect(updated.stdout).toMatch(/^Updating the endpoint grown, which runs grown-[0-9a-f]{12}\n/m);
  expect(await count()).toBe(3);
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('INSTANCE_COUNT=1', 'INSTANCE_COUNT=2'));
  await script(world, project, 'deploy/deploy.sh');
  expect(await count()).toBe(2);
});

test(
  'started by sh, with a BASH_ENV, a CDPATH, a pager and prompts, scripts stay in their own project and wait for nobody',
  all,
  async () => {
    const [here, elsewhere] = await Promise.all([deployable(world, 'here'), deployable(world, 'elsewhere')]);
    for (const { project } of [here, elsewhere]) await script(world, project, 'deploy/deploy.sh');
    const paged = inFront(world, {
      aws: `[[ -z \${AWS_PAGER-unset} && $AWS_CLI_AUTO_PROMPT == off ]] || { echo "a pager or prompt waits" >&2; exit 253; }
exec "$real" "$@"`,
    });
    const startup = join(tempFolder(), 'startup.sh');
    writeFileSync(
      startup,
      `export CDPATH=${elsewhere.project}\ncd() { builtin cd "$@" && echo "now in $PWD"; }\naws() { exit 1; }\n`,
    );
    const env = {
      ...world.env,
      PATH: `${paged}:${world.env.PATH}`,
      BASH_ENV: startup,
      AWS_PAGER: 'less',
      AWS_CLI_AUTO_PROMPT: 'on',
    };
    const relative = { cwd: here.project, env };
    await command('sh', ['test/test_endpoint.sh', 'model/model.pkl', 'text/csv'], relative);
    const { stdout } = await command('sh', ['deploy/undeploy.sh', '--yes'], relative);
    expect(stdout).toContain('There is no endpoint here any more');
    expect(await inSageMaker(world, 'here')).toEqual([]);
    expect(await inSageMaker(world, 'elsewhere')).toHaveLength(3);
  },
);

test('warnings that the AWS CLI prints with every call are no part of its answers', all, async () => {
  const warning = 'echo "compat.py:463: SyntaxWarning: invalid escape sequence" >&2';
  const answerLost = `"$real" "$@"; code=$?
[[ $2 != create-endpoint ]] || code=254
exit $code`;
  const { project } = await deployable(world, 'warned');
  // The answer is lost, and what it made must be known as the endpoint's all the same.
  const lost = inFront(world, { aws: `${warning}\n${answerLost}`, sleep: ':' });
  const deployed = await script(world, project, 'deploy/deploy.sh', { first: lost });
  expect(deployed).toMatchObject({ code: 0, stdout: expect.stringContaining('is in service') });
  expect(await inSageMaker(world, 'warned')).toHaveLength(3);
  const first = inFront(world, { aws: `${warning}\nexec "$real" "$@"`, sleep: ':' });
  const again = await script(world, project, 'deploy/deploy.sh', { first });
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
  // Without its endpoint, too, what is left is found.
  await aws(world, 'sagemaker', 'delete-endpoint', '--endpoint-name', 'warned');
  const removed = await script(world, project, 'deploy/undeploy.sh', { args: ['--yes'], first });
  expect(removed.code).toBe(0);
  expect(await inSageMaker(world, 'warned')).toEqual([]);
});

test('line ends of Windows in what the AWS CLI prints are no part of its answers', all, async () => {
  const { project } = await deployable(world, 'windows');
  const first = inFront(world, {
    aws: 'set -o pipefail\n"$real" "$@" | sed "s/\\$/\\r/"',
    sleep: ':',
  });
  expect(await script(world, project, 'deploy/deploy.sh', { first })).toMatchObject({ code: 0, stderr: '' });
  expect(await script(world, project, 'deploy/deploy.sh', { first })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to do'),
  });
  await trainAgain(project);
  expect(await script(world, project, 'deploy/deploy.sh', { first })).toMatchObject({ code: 0, stderr: '' });
  expect(await script(world, project, 'deploy/rollback.sh', { first })).toMatchObject({
    code: 0,
    stderr: '',
  });
  const status = await script(world, project, 'deploy/status.sh', { first });
  expect(status).toMatchObject({ code: 0, stdout: expect.not.stringContaining('\r') });
  const args = ['--yes', '--all'];
  expect(await script(world, project, 'deploy/undeploy.sh', { first, args })).toMatchObject({ code: 0 });
  expect(await inSageMaker(world, 'windows')).toEqual([]);
});

test.each([
  ['linear', 11, 'LinearStepSize', 2],
  ['rolling', 30, 'MaximumBatchSize', 2],
])(
  'a %s update of %i instances goes in steps of a size that AWS takes',
  all,
  async (UPDATE, count, key, size) => {
    const { project } = await deployable(world, `steps-${UPDATE}-${count}`);
    await script(world, project, 'deploy/deploy.sh');
    const settings = join(project, 'deploy/settings.sh');
    const written = readFileSync(settings, 'utf8').replace('INSTANCE_COUNT=1', `INSTANCE_COUNT=${count}`);
    writeFileSync(settings, written);
    const asked = join(tempFolder(), 'asked');
    const first = inFront(world, {
      aws: `[[ $2 != update-endpoint ]] || printf '%s\\n' "$@" | grep INSTANCE_COUNT >${asked}\nexec "$real" "$@"`,
      sleep: ':',
    });
    expect(await script(world, project, 'deploy/deploy.sh', { env: { UPDATE }, first })).toMatchObject({
      code: 0,
    });
    expect(readFileSync(asked, 'utf8')).toContain(`"${key}": {"Type": "INSTANCE_COUNT", "Value": ${size}}`);
    JSON.parse(readFileSync(asked, 'utf8'));
  },
);

test('an endpoint whose configuration someone has deleted is not changed, with what to do about it', async () => {
  const { project } = await deployable(world, 'orphaned');
  await script(world, project, 'deploy/deploy.sh');
  const before = await inSageMaker(world, 'orphaned');
  const running = before.find((text) => text.startsWith('configuration '))?.slice(14) ?? '';
  await aws(world, 'sagemaker', 'delete-endpoint-config', '--endpoint-config-name', running);
  await trainAgain(project);
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`deploy.sh: someone has deleted the configuration ${running}`),
  });
  expect(await inSageMaker(world, 'orphaned')).toEqual(before.filter((text) => !text.startsWith('conf')));
});

test('line ends of Windows in settings.sh, and an AWS that is out of reach, are called that', async () => {
  const { project } = await deployable(world, 'reached');
  const first = inFront(world, { aws: 'echo "Could not connect to the endpoint URL" >&2; exit 255' });
  const { stderr, code } = await script(world, project, 'deploy/status.sh', { first });
  expect(code).toBe(1);
  expect(stderr).toContain('look at the network, its proxy, and the region: eu-west-1');
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(settings, readFileSync(settings, 'utf8').replaceAll('\n', '\r\n'));
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('deploy/settings.sh has the line ends of Windows'),
  });
});

test('what the environment says of the region is remarked on and does not count, and a bucket of another region takes no upload', async () => {
  const project = await withModel(world, 'elsewhere', `--role-arn=${role}`);
  await aws(
    { ...world, region: 'us-west-2' },
    ...['s3api', 'create-bucket', '--bucket', 'far-away'],
    ...['--create-bucket-configuration', 'LocationConstraint=us-west-2'],
  );
  const upload = (env: NodeJS.ProcessEnv) => script(world, project, 'deploy/upload_to_s3.sh', { env });
  const refused = await upload({ MODEL_BUCKET: 'far-away', AWS_REGION: 'eu-west-1' });
  expect(refused.stderr).toMatch(
    /^upload_to_s3\.sh: the bucket far-away lies in us-west-2, but an endpoint in eu-west-1 takes models/,
  );
  expect(refused).toMatchObject({
    code: 1,
    stdout: `Account ${account}, region eu-west-1, bucket far-away\n`,
  });
  const remarked = await upload({ AWS_REGION: 'us-west-2' });
  expect(remarked).toMatchObject({
    code: 0,
    stderr: `upload_to_s3.sh: the region is eu-west-1, from deploy/settings.sh, and not us-west-2, as the environment says\n`,
  });
  expect(remarked.stdout).toContain(`\nUploaded s3://sagemaker-eu-west-1-${account}/elsewhere-`);
});

test('UPDATE and ALARMS that AWS would refuse are refused before anything is made', async () => {
  const { project } = await deployable(world, 'guarded');
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  await trainAgain(project);
  const before = await inSageMaker(world, 'guarded');
  const deploy = async (UPDATE: string, first?: string, ...args: string[]) =>
    (await script(world, project, 'deploy/deploy.sh', { env: { UPDATE }, args, ...(first && { first }) }))
      .stderr;
  expect(await deploy('sideways')).toContain(
    'UPDATE is sideways: it takes all-at-once, canary, linear or rolling',
  );
  expect(await deploy('canary')).toContain('needs two instances or more, and the endpoint has 1');
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('INSTANCE_COUNT=1', 'INSTANCE_COUNT=2'));
  const running = (variants: string) =>
    inFront(world, {
      aws: `[[ "$*" != *"join("* ]] || exec printf '${variants}'\nexec "$real" "$@"`,
      sleep: ':',
    });
  for (const args of [[], ['--plan']])
    expect(await deploy('linear', running('1\\tblue+green'), ...args)).toContain(
      'has blue, green, where AllTraffic is to come: set UPDATE=all-at-once',
    );
  expect(await deploy('rolling', running('None\\tAllTraffic'))).toContain(
    'has AllTraffic, serverless, where',
  );
  expect(await inSageMaker(world, 'guarded')).toEqual(before);
});
