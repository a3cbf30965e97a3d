import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activated, type CommandError, cachedVenv, command, generate, tempFolder } from '../harness.ts';

const role = 'arn:aws:iam::123456789012:role/service-role/SageMakerExecution';
let env: NodeJS.ProcessEnv;
let server: ChildProcess;

beforeAll(async () => {
  const venv = await cachedVenv(join(import.meta.dirname, '../tools/requirements.txt'));
  server = spawn(join(venv, 'bin/python'), [join(import.meta.dirname, 'server.py')], {
    env: activated(venv),
  });
  const started = await new Promise<string>((done) =>
    server.stdout?.once('data', (chunk) => done(String(chunk))),
  );
  env = activated(venv, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${JSON.parse(started).port}`,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    HOME: tempFolder(),
  });
});

afterAll(() => server.kill());

/** Runs a script of the project; resolves also when it fails. */
async function script(project: string, name: string, extra: NodeJS.ProcessEnv = {}) {
  const run = command(join(project, name), [], { cwd: tempFolder(), env: { ...env, ...extra } });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: CommandError) => ({ code, stdout, stderr }),
  );
}

async function aws(...args: string[]) {
  const { stdout } = await command('aws', [...args, '--output', 'json', '--region', 'us-east-1'], { env });
  return stdout ? JSON.parse(stdout) : undefined;
}

/** Everything in SageMaker whose name begins so. */
async function inSageMaker(project: string): Promise<string[]> {
  const [models, configurations, endpoints] = await Promise.all([
    aws('sagemaker', 'list-models'),
    aws('sagemaker', 'list-endpoint-configs'),
    aws('sagemaker', 'list-endpoints'),
  ]);
  return [
    ...models.Models.map(({ ModelName }: { ModelName: string }) => `model ${ModelName}`),
    ...configurations.EndpointConfigs.map(
      (one: { EndpointConfigName: string }) => `config ${one.EndpointConfigName}`,
    ),
    ...endpoints.Endpoints.map(({ EndpointName }: { EndpointName: string }) => `endpoint ${EndpointName}`),
  ].filter((text) => text.split(' ')[1]?.startsWith(project));
}

/** A project with a model file, and an image in ECR: an upload of its manifest, since no engine builds one here. */
async function deployable(name: string, ...flags: string[]): Promise<string> {
  const project = await generate([name, '--framework=sklearn', '--region=us-east-1', ...flags]);
  mkdirSync(join(project, 'model'));
  writeFileSync(join(project, 'model/model.pkl'), 'a model');
  writeFileSync(join(project, 'model/.DS_Store'), 'left behind');
  return project;
}

async function pushImage(project: string): Promise<string> {
  const repository = (project.split('/').at(-1) ?? '').toLowerCase();
  await aws('ecr', 'create-repository', '--repository-name', repository).catch(() => undefined);
  const layer = {
    mediaType: 'application/vnd.docker.container.image.v1+json',
    size: 1,
    digest: `sha256:${'0'.repeat(64)}`,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: { ...layer, size: Math.ceil(Math.random() * 1e9) },
    layers: [],
  };
  const { image } = await aws(
    ...['ecr', 'put-image', '--repository-name', repository, '--image-tag', `t${Date.now()}`],
    ...['--image-manifest', JSON.stringify(manifest)],
  );
  return image.imageId.imageDigest;
}

test.each([
  ['cpu-optimized', 'ml.m6g.large'],
  ['gpu-enabled', 'ml.g5.xlarge'],
])('instanceType=%s: image and model become an endpoint on %s', async (instanceType, type) => {
  const name = `made-${instanceType.replaceAll('.', '-')}`;
  const project = await deployable(name, `--instance-type=${instanceType}`, `--role-arn=${role}`);
  const digest = await pushImage(project);
  const uploaded = await script(project, 'deploy/upload_to_s3.sh');
  const deployed = await script(project, 'deploy/deploy.sh');
  expect({ uploaded, deployed }).toMatchObject({ uploaded: { code: 0 }, deployed: { code: 0, stderr: '' } });
  expect(deployed.stdout).toContain(`The endpoint ${name} is in service on ${type}.`);

  const endpoint = await aws('sagemaker', 'describe-endpoint', '--endpoint-name', name);
  const configuration = await aws(
    ...['sagemaker', 'describe-endpoint-config', '--endpoint-config-name', endpoint.EndpointConfigName],
  );
  const [variant] = configuration.ProductionVariants;
  expect(variant).toMatchObject({ InstanceType: type, InitialInstanceCount: 1, VariantName: 'AllTraffic' });
  const model = await aws('sagemaker', 'describe-model', '--model-name', variant.ModelName);
  expect(model.ExecutionRoleArn).toBe(role);
  expect(model.PrimaryContainer).toMatchObject({
    Image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/${name}@${digest}`,
    ModelDataUrl: expect.stringMatching(
      `^s3://sagemaker-us-east-1-123456789012/${name}/model-.*\\.tar\\.gz$`,
    ),
  });

  const archive = join(tempFolder(), 'model.tar.gz');
  await command('aws', ['s3', 'cp', model.PrimaryContainer.ModelDataUrl, archive], { env });
  const { stdout: listing } = await command('tar', ['-tzf', archive], {});
  expect(listing.trim()).toBe('./model.pkl');
});

test('deploying again updates the endpoint; what SageMaker rolls back is reported and leaves nothing behind', async () => {
  const project = await deployable('again', `--role-arn=${role}`);
  await pushImage(project);
  await script(project, 'deploy/upload_to_s3.sh');
  await script(project, 'deploy/deploy.sh');
  const describe = () => aws('sagemaker', 'describe-endpoint', '--endpoint-name', 'again');
  const first = await describe();
  const digest = await pushImage(project);
  expect(await script(project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const second = await describe();
  expect(second.EndpointConfigName).not.toBe(first.EndpointConfigName);
  const model = await aws('sagemaker', 'describe-model', '--model-name', second.EndpointConfigName);
  expect(model.PrimaryContainer.Image).toContain(digest);

  const before = await inSageMaker('again');
  const scarce = await deployable('again', `--role-arn=${role}`, '--instance-type=ml.p5.48xlarge');
  const failed = await script(scarce, 'deploy/deploy.sh');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/went back to again-\d{12}, which is in service: Unable to provision/);
  expect(failed.stdout).not.toContain('in service on');
  expect(await inSageMaker('again')).toEqual(before);
});

test('an endpoint that fails is reported with its reason, and undeploy removes it', async () => {
  const project = await deployable('scarce', `--role-arn=${role}`, '--instance-type=ml.p5.48xlarge');
  await pushImage(project);
  await script(project, 'deploy/upload_to_s3.sh');
  const failed = await script(project, 'deploy/deploy.sh');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(
    'the endpoint is Failed: Unable to provision requested ML compute capacity',
  );
  expect((await script(project, 'deploy/deploy.sh')).stderr).toContain('remove it with deploy/undeploy.sh');
  expect(await script(project, 'deploy/undeploy.sh')).toMatchObject({ code: 0 });
  expect(await inSageMaker('scarce')).toEqual([]);
});

test('each thing that is missing is named, with the command that brings it', async () => {
  const project = await deployable('missing');
  expect((await script(project, 'deploy/deploy.sh')).stderr).toContain('no role: set ROLE_ARN');
  const given = { ROLE_ARN: role };
  expect((await script(project, 'deploy/deploy.sh', given)).stderr).toContain(
    'run deploy/build_and_push.sh first',
  );
  await pushImage(project);
  expect((await script(project, 'deploy/deploy.sh', given)).stderr).toContain(
    'run deploy/upload_to_s3.sh first',
  );
  expect(
    (await script(await generate(['empty', '--framework=sklearn']), 'deploy/upload_to_s3.sh')).stderr,
  ).toContain('model/ holds no file');
  expect(await inSageMaker('missing')).toEqual([]);
});

test('what AWS refuses is shown in its own words and leaves nothing behind', async () => {
  const project = await deployable('refused', `--role-arn=${role}`, '--instance-type=ml.t3.medium');
  await pushImage(project);
  await script(project, 'deploy/upload_to_s3.sh');
  const refused = await script(project, 'deploy/deploy.sh');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("Value 'ml.t3.medium' at 'instanceType'");
  expect(await inSageMaker('refused')).toEqual([]);
});

test('undeploy removes the endpoint and all that belongs to it, and nothing of a project with a longer name', async () => {
  const projects = [
    await deployable('gone', `--role-arn=${role}`),
    await deployable('gone-too', `--role-arn=${role}`),
  ];
  for (const project of projects) {
    await pushImage(project);
    await script(project, 'deploy/upload_to_s3.sh');
    expect(await script(project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
  }
  const before = await inSageMaker('gone-too');
  expect(before).toHaveLength(3);
  const undeployed = await script(projects[0] as string, 'deploy/undeploy.sh');
  expect(undeployed).toMatchObject({ code: 0, stderr: '' });
  expect(await inSageMaker('gone')).toEqual(before);
  // A second time finds nothing, which is no error.
  expect(await script(projects[0] as string, 'deploy/undeploy.sh')).toMatchObject({ code: 0 });
});
