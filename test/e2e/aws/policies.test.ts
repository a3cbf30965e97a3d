import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../../harness.ts';
import { account, aws, inFront, pushImage, role, script, startAws, type World, withModel } from './world.ts';

const region = 'us-east-1';
const name = 'policed';
let world: World;
let project: string;
let record: string;

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, string>> };
}

/** A call of the AWS CLI: its arguments, one element each. */
type Call = readonly string[];

beforeAll(async () => {
  world = await startAws(region);
  record = join(tempFolder(), 'calls');
  const first = inFront(world, {
    aws: `printf '%s\\n' "$(printf '%s\\x1f' "$@" | tr '\\n' ' ')" >>${record}
# What docker has pushed, in the form that SageMaker refuses.
[[ $2 != describe-images || "$*" != *imageTag=* ]] || exec echo application/vnd.oci.image.manifest.v1+json
exec "$real" "$@"`,
    docker: `case "$*" in
  --version) echo Docker version 29 ;;
  "image inspect "*) echo linux/arm64 ;;
  login*) cat >/dev/null ;;
esac`,
    sleep: ':',
  });
  const run = async (file: string, args: string[] = [], code = 0) => {
    const ended = await script(world, project, file, { first, args });
    expect(ended.code, `${file} ${args.join(' ')}: ${ended.stderr}`).toBe(code);
  };
  project = await withModel(world, name, `--role-arn=${role}`);
  await run('deploy/build_and_push.sh', [], 1);
  await pushImage(world, project);
  await run('deploy/upload_to_s3.sh');
  await run('deploy/deploy.sh');
  writeFileSync(join(project, 'model/model.pkl'), 'another model');
  await run('deploy/upload_to_s3.sh');
  await run('deploy/deploy.sh');
  await run('deploy/deploy.sh', ['--plan']);
  await run('deploy/deploy.sh', ['--adopt']);
  await run('deploy/rollback.sh');
  await run('deploy/status.sh');
  await run('deploy/logs.sh');
  mkdirSync(join(project, 'sample_model'), { recursive: true });
  await run('test/test_endpoint.sh', [join(project, 'model/model.pkl')]);
  await run('deploy/undeploy.sh', ['--yes', '--all']);
});

afterAll(() => world.close());

/** After an option of a call; all that follow where it takes several. */
function option(call: Call, flag: string): string | undefined {
  const at = call.indexOf(flag);
  return at < 0 ? undefined : call[at + 1];
}

const pascal = (words: string) =>
  words.replace(/(^|-)([a-z])/g, (_all, _dash, letter) => letter.toUpperCase());

/** What IAM asks of a call: actions, and what they are done to. By its name, but for those that are not called alike. */
function asked(call: Call): { action: string; resource: string }[] {
  const [service = '', operation = ''] = call;
  const arn = (kind: string, what: string) => `arn:aws:${kind}:${region}:${account}:${what}`;
  if (service === 'sts') return [];
  if (service === 's3' || service === 's3api') {
    const uri = call.find((word) => word.startsWith('s3://'))?.slice('s3://'.length);
    const bucket = `arn:aws:s3:::${option(call, '--bucket') ?? uri?.split('/')[0]}`;
    const object = `arn:aws:s3:::${uri ?? `${option(call, '--bucket')}/${option(call, '--key')}`}`;
    const s3: Record<string, [string, string][]> = {
      cp: [['PutObject', object]],
      rm: [
        ['DeleteObject', `${object}x`],
        ['ListBucket', bucket],
      ],
      'list-objects-v2': [['ListBucket', bucket]],
      'head-object': [['GetObject', object]],
      'head-bucket': [['ListBucket', bucket]],
      mb: [['CreateBucket', bucket]],
      'put-public-access-block': [['PutBucketPublicAccessBlock', bucket]],
    };
    const found = s3[operation] ?? [[pascal(operation), bucket] as [string, string]];
    return found.map(([action, resource]) => ({ action: `s3:${action}`, resource }));
  }
  if (service === 'ecr') {
    if (operation === 'get-login-password') return [{ action: 'ecr:GetAuthorizationToken', resource: '*' }];
    const repository = option(call, '--repository-name') ?? option(call, '--repository-names');
    const resource = repository
      ? arn('ecr', `repository/${repository}`)
      : (option(call, '--resource-arn') ?? '');
    const tagged = call.includes('--tags') ? [{ action: 'ecr:TagResource', resource }] : [];
    return [{ action: `ecr:${pascal(operation)}`, resource }, ...tagged];
  }
  if (service === 'logs')
    return [
      {
        action: `logs:${pascal(operation)}`,
        resource: arn('logs', `log-group:${option(call, '--log-group-name')}`),
      },
    ];
  const action = `sagemaker:${pascal(operation)}`;
  if (operation.startsWith('list-') && operation !== 'list-tags') return [{ action, resource: '*' }];
  const kinds = { model: 'model', 'endpoint-config': 'endpoint-config', endpoint: 'endpoint' };
  const resources = Object.entries(kinds).flatMap(([kind]) =>
    option(call, `--${kind}-name`) ? [arn('sagemaker', `${kind}/${option(call, `--${kind}-name`)}`)] : [],
  );
  const of = option(call, '--resource-arn');
  const all = of ? [of] : resources;
  return [
    ...all.map((resource) => ({ action, resource })),
    ...(call.includes('--tags') ? all.map((resource) => ({ action: 'sagemaker:AddTags', resource })) : []),
    ...(operation === 'create-model' ? [{ action: 'iam:PassRole', resource: role }] : []),
  ];
}

/** What `docker push` asks of ECR with the credentials that it is given, and `aws s3 cp` where it is stopped. */
const besides = [
  ...[
    'BatchCheckLayerAvailability',
    'BatchGetImage',
    'InitiateLayerUpload',
    'UploadLayerPart',
    'CompleteLayerUpload',
    'PutImage',
  ].map((one) => `ecr:${one}`),
  's3:AbortMultipartUpload',
];

const list = <T>(one: T | T[]) => (Array.isArray(one) ? one : [one]);
const fits = (pattern: string, text: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^$(){}|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(text);

function statements(): Statement[] {
  const text = readFileSync(join(project, 'deploy/iam/deployer-policy.json'), 'utf8');
  return JSON.parse(text.replaceAll('ACCOUNT_ID', account)).Statement;
}

const calls = () =>
  readFileSync(record, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\x1f').filter(Boolean));

test('every call that the scripts make is allowed to whoever has the policy for them', () => {
  const needed = new Map(
    calls()
      .flatMap(asked)
      .map((one) => [`${one.action} ${one.resource}`, one]),
  );
  const refused = [...needed.values()].filter(
    ({ action, resource }) =>
      !statements().some(
        (one) =>
          list(one.Action).includes(action) && list(one.Resource).some((pattern) => fits(pattern, resource)),
      ),
  );
  expect(refused).toEqual([]);
  expect(needed.size).toBeGreaterThan(40);
});

test('the policy allows nothing that no script does, and names what it is done to but where AWS knows no resource', () => {
  const done = new Set([
    ...calls()
      .flatMap(asked)
      .map(({ action }) => action),
    ...besides,
  ]);
  const allowed = statements().flatMap(({ Action }) => list(Action));
  expect(allowed.filter((action) => !done.has(action))).toEqual([]);
  const anywhere = statements().filter(({ Resource }) => list(Resource).includes('*'));
  expect(anywhere.flatMap(({ Action }) => list(Action)).sort()).toEqual([
    'ecr:GetAuthorizationToken',
    'sagemaker:ListEndpointConfigs',
    'sagemaker:ListModels',
  ]);
});

test('what is updated or deleted has to carry the tag that the scripts give to all that they create', () => {
  const tag = 'ml-container-creator:project';
  const given = calls()
    .filter(([service, operation]) => service === 'sagemaker' && operation?.startsWith('create-'))
    .map((call) => call.find((word) => word.startsWith(`Key=${tag},Value=`))?.split('Value=')[1]);
  expect(new Set(given).size).toBe(1);
  const changing = statements().filter(({ Action }) =>
    list(Action).some((action) => /^sagemaker:(Delete|Update)/.test(action)),
  );
  expect(changing.length).toBeGreaterThan(0);
  for (const { Condition } of changing)
    expect(Condition?.StringEquals).toEqual({ [`aws:ResourceTag/${tag}`]: given[0] });
});

test('every script that asks AWS for something was among those that were run', () => {
  const scripts = readdirSync(join(project, 'deploy')).filter((file) => file.endsWith('.sh'));
  const run = ['build_and_push', 'upload_to_s3', 'deploy', 'rollback', 'status', 'logs', 'undeploy'];
  const sourced = [
    'bucket',
    'change',
    'common',
    'container_cli',
    'image',
    'links',
    'model',
    'plan',
    'settings',
  ];
  // iam.sh is for whoever may make roles.
  expect(scripts.map((file) => file.replace('.sh', '')).sort()).toEqual([...run, ...sourced, 'iam'].sort());
});

test('iam.sh makes the role and the policy, makes them again in place, and touches none that is not of this project', async () => {
  const options = { first: inFront(world, { sleep: ':' }) };
  const made = await script(world, project, 'deploy/iam.sh', options);
  expect(made, made.stderr).toMatchObject({ code: 0 });
  // The project was given a role: advice to set another one in settings.sh alone would change nothing in an environment with one.
  const own = `arn:aws:iam::${account}:role/${name}-execution`;
  expect(made.stdout).toContain(`deploy.sh takes another role now, ${role}, `);
  expect(made.stdout).toContain(`  export ROLE_ARN=${own}\n`);
  const followed = await script(world, project, 'deploy/iam.sh', { ...options, env: { ROLE_ARN: own } });
  expect(followed.stdout).not.toContain('another role');
  const { Role } = await aws(world, 'iam', 'get-role', '--role-name', `${name}-execution`);
  expect(Role.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals).toEqual({
    'aws:SourceAccount': account,
  });
  for (let n = 0; n < 6; n++)
    expect(await script(world, project, 'deploy/iam.sh', options)).toMatchObject({ code: 0, stderr: '' });
  const policy = await aws(
    world,
    'iam',
    'get-role-policy',
    '--role-name',
    `${name}-execution`,
    '--policy-name',
    'execution',
  );
  expect(JSON.stringify(policy.PolicyDocument)).not.toMatch(/ACCOUNT_ID|ROLE_NAME/);

  await aws(
    world,
    'iam',
    'untag-role',
    '--role-name',
    `${name}-execution`,
    '--tag-keys',
    'ml-container-creator:project',
  );
  const refused = await script(world, project, 'deploy/iam.sh', options);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    `there is a role ${name}-execution already, which does not carry this project's tag`,
  );
});
