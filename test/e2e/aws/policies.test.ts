import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderProject } from '../../../generators/render/render.ts';
import { writeProject } from '../../../generators/render/write.ts';
import type { Settings } from '../../../generators/settings/schema.ts';
import { projectFor } from '../../combinations.ts';
import { tempFolder } from '../../harness.ts';
import { callsIn, judged, list, recording, statementsOf } from './iam.ts';
import { account, aws, inFront, pushImage, role, script, startAws, type World, withModel } from './world.ts';

const region = 'us-east-1';
const name = 'policed';
let world: World;
let project: string;
let record: string;

beforeAll(async () => {
  world = await startAws(region);
  record = join(tempFolder(), 'calls');
  const first = recording(world, record);
  const run = async (file: string, args: string[] = [], code = 0) => {
    const ended = await script(world, project, file, { first, args });
    expect(ended.code, `${file} ${args.join(' ')}: ${ended.stderr}`).toBe(code);
  };
  project = await withModel(world, name, `--role-arn=${role}`);
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(
    settings,
    readFileSync(settings, 'utf8').replace("TAGS=''", "TAGS='Key=team,Value=search Key=a,Value=b'"),
  );
  await run('deploy/build_and_push.sh', [], 1);
  await pushImage(world, project);
  await run('deploy/upload_to_s3.sh');
  await run('deploy/deploy.sh');
  writeFileSync(join(project, 'model/model.pkl'), 'another model');
  await run('deploy/upload_to_s3.sh');
  await run('deploy/deploy.sh', ['--plan']);
  await run('deploy/deploy.sh');
  await run('deploy/deploy.sh', ['--adopt']);
  await run('deploy/rollback.sh');
  await run('deploy/status.sh');
  await run('deploy/logs.sh');
  mkdirSync(join(project, 'sample_model'), { recursive: true });
  await run('test/test_endpoint.sh', [join(project, 'model/model.pkl')]);
  await run('deploy/undeploy.sh', ['--yes', '--all']);
});

afterAll(() => world.close());

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

test('every call that the scripts make is allowed to whoever has the policy for them', () => {
  const { needed, refused } = judged(project, callsIn(record), region);
  expect(refused).toEqual([]);
  expect(needed.length).toBeGreaterThan(40);
});

test('the policy allows nothing that no script does, and names what it is done to but where AWS knows no resource', () => {
  const done = judged(project, callsIn(record), region).needed.map(({ action }) => action);
  const allowed = statementsOf(project).flatMap(({ Action }) => list(Action));
  expect(allowed.filter((action) => ![...done, ...besides].includes(action))).toEqual([]);
  const anywhere = statementsOf(project).filter(({ Resource }) => list(Resource).includes('*'));
  expect(anywhere.flatMap(({ Action }) => list(Action)).sort()).toEqual([
    'ecr:GetAuthorizationToken',
    'pricing:GetProducts',
    'sagemaker:ListEndpointConfigs',
    'sagemaker:ListModels',
  ]);
});

test('what is updated or deleted has to carry the tag that the scripts give to all that they create', () => {
  const tag = 'ml-container-creator:project';
  const given = callsIn(record)
    .filter(([service, operation]) => service === 'sagemaker' && operation?.startsWith('create-'))
    .map((call) => call.find((word) => word.startsWith(`Key=${tag},Value=`))?.split('Value=')[1]);
  expect(new Set(given).size).toBe(1);
  const changing = statementsOf(project).filter(({ Action }) =>
    list(Action).some((action) => /^sagemaker:(Delete|Update)/.test(action)),
  );
  expect(changing.length).toBeGreaterThan(0);
  for (const { Condition } of changing)
    expect(Condition?.StringEquals).toEqual({ [`aws:ResourceTag/${tag}`]: given[0] });
});

test.each([
  ['a folder, with an adapter in S3', { adapters: ['chat=s3://theirs/chat/'] }],
  ['files in S3', { modelName: 's3://theirs/mine/' }],
  ['an archive in S3', { modelName: 's3://theirs/mine.tar.gz' }],
  ['the Hub, by the container', { modelName: `org/model@${'0'.repeat(40)}`, modelSource: 'hub' }],
] satisfies [string, Partial<Settings>][])('the same with a model from %s', async (_from, settings) => {
  const projectName = `from-${String(Object.values(settings)[0]).replace(/\W+/g, '-').slice(0, 20)}x`;
  const combination = { framework: 'transformers', modelFormat: 'pretrained', modelServer: 'vllm' };
  const made = projectFor({ ...combination, projectName, awsRoleArn: role, ...settings }, tempFolder());
  await writeProject(made, renderProject(made), false, console.error);
  mkdirSync(join(made.folder, 'model'), { recursive: true });
  for (const file of ['config.json', 'model.safetensors'])
    writeFileSync(join(made.folder, 'model', file), '{}');
  await aws(world, 's3api', 'create-bucket', '--bucket', 'theirs').catch(() => undefined);
  for (const key of ['mine.tar.gz', 'mine/config.json', 'chat/adapter_config.json', 'chat/adapter_model.bin'])
    await aws(world, 's3api', 'put-object', '--bucket', 'theirs', '--key', key);
  await pushImage(world, made.folder);
  const own = join(tempFolder(), 'calls');
  const first = recording(world, own);
  for (const [file, ...args] of [['upload_to_s3'], ['deploy'], ['undeploy', '--yes', '--all']]) {
    if (!existsSync(join(made.folder, `deploy/${file}.sh`))) continue;
    const ended = await script(world, made.folder, `deploy/${file}.sh`, { first, args });
    expect(ended.code, ended.stderr).toBe(0);
  }
  const { needed, refused } = judged(made.folder, callsIn(own), region);
  expect(refused).toEqual([]);
  const done = needed.map(({ action }) => action);
  const inS3 = statementsOf(made.folder)
    .flatMap(({ Action }) => list(Action))
    .filter((action) => action.startsWith('s3:'));
  // The bucket is there already; head-bucket asks for the last, where its owner does not let others have its location.
  const once = ['s3:CreateBucket', 's3:PutBucketPublicAccessBlock', 's3:PutBucketTagging'];
  const without = [...done, ...besides, ...once, 's3:ListBucket'];
  expect(inS3.filter((action) => !without.includes(action))).toEqual([]);
});

test('a bucket that was made for uploads carries the tags of TAGS', async () => {
  const { TagSet } = await aws(
    world,
    's3api',
    'get-bucket-tagging',
    '--bucket',
    `sagemaker-${region}-${account}`,
  );
  expect(TagSet).toEqual([
    { Key: 'team', Value: 'search' },
    { Key: 'a', Value: 'b' },
  ]);
});

test('every script that asks AWS for something was among those that were run', () => {
  const scripts = readdirSync(join(project, 'deploy')).filter((file) => file.endsWith('.sh'));
  const run = ['build_and_push', 'upload_to_s3', 'deploy', 'rollback', 'status', 'logs', 'undeploy'];
  const sourced = [
    'bucket',
    'change',
    'common',
    'container_cli',
    'contents',
    'image',
    'links',
    'model',
    'plan',
    'resources',
    'settings',
  ];
  // iam.sh is for whoever may make roles.
  expect(scripts.map((file) => file.replace('.sh', '')).sort()).toEqual([...run, ...sourced, 'iam'].sort());
});

/** The role that the deployer's policy in force lets be passed to SageMaker. */
async function passed(): Promise<string> {
  const ofPolicy = ['--policy-arn', `arn:aws:iam::${account}:policy/${name}-deployer`];
  const { Policy } = await aws(world, 'iam', 'get-policy', ...ofPolicy);
  const version = ['--version-id', Policy.DefaultVersionId];
  const { PolicyVersion } = await aws(world, 'iam', 'get-policy-version', ...ofPolicy, ...version);
  const statements: { Action: string | string[]; Resource: string }[] = PolicyVersion.Document.Statement;
  return statements.find(({ Action }) => Action === 'iam:PassRole')?.Resource ?? 'none';
}

test('iam.sh makes the role and the policy, makes them again in place, and touches none that is not of this project', async () => {
  const options = { first: inFront(world, { sleep: ':' }) };
  const made = await script(world, project, 'deploy/iam.sh', options);
  expect(made, made.stderr).toMatchObject({ code: 0 });
  // The project was given a role: advice to set another one in settings.sh alone would change nothing in an environment with one.
  const own = `arn:aws:iam::${account}:role/${name}-execution`;
  expect(made.stdout).toContain(`deploy.sh takes another role now, ${role}, `);
  expect(made.stdout).toContain(`  export ROLE_ARN=${own}\n`);
  expect(await passed()).toBe(role);
  const followed = await script(world, project, 'deploy/iam.sh', { ...options, env: { ROLE_ARN: own } });
  expect(followed.stdout).not.toContain('another role');
  expect(await passed()).toBe(own);
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
