// @module-tag all
import { appendFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { command, tempFolder } from '../../harness.ts';
import { type Trained, trained } from '../trained.ts';
import { type Local, processesOf, startLocal } from './local.ts';

const region = ['--region', 'us-east-1'];
const group = '/aws/sagemaker/Endpoints/kept';
let made: Trained;
let world: Local;
let before: object;

beforeAll(async () => {
  made = await trained('kept', '--framework=sklearn');
  symlinkSync(made.venv, join(made.project, '.venv'));
  world = await startLocal(made.project, '--process', '--time-scale=20');
  const large = join(tempFolder(), 'large');
  // Beyond what one request of the AWS CLI sends.
  writeFileSync(large, Buffer.alloc(20_000_000, 'large'));
  await world.aws('s3api', 'create-bucket', '--bucket', 'of-mine', ...region);
  await s3('cp', large, 's3://of-mine/large', ...region);
  await s3('cp', large, 's3://of-mine/deleted', ...region);
  await s3('rm', 's3://of-mine/deleted', ...region);
  await world.aws('secretsmanager', 'create-secret', '--name', 'token', '--secret-string', 'hf_1', ...region);
  // Which moto makes of objects that cannot be pickled: it alone is not kept.
  await world.aws('ssm', 'put-parameter', '--name', 'p', '--value', 'v', '--type', 'String', ...region);
  for (const script of ['deploy/upload_to_s3.sh', 'deploy/deploy.sh']) {
    const { code, stderr } = await world.run(made.project, script);
    expect(code, stderr).toBe(0);
  }
  const { EndpointArn } = await world.aws(
    'sagemaker',
    'describe-endpoint',
    '--endpoint-name',
    'kept',
    ...region,
  );
  await world.aws(
    'sagemaker',
    'add-tags',
    '--resource-arn',
    EndpointArn,
    '--tags',
    'Key=team,Value=a',
    ...region,
  );
  const scaled = [
    ...['--service-namespace', 'sagemaker', '--resource-id', 'endpoint/kept/variant/AllTraffic'],
    ...['--scalable-dimension', 'sagemaker:variant:DesiredInstanceCount', ...region],
  ];
  const limits = ['--min-capacity', '1', '--max-capacity', '2'];
  await world.aws('application-autoscaling', 'register-scalable-target', ...scaled, ...limits);
  const tracking = {
    TargetValue: 0.01,
    PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
  };
  await world.aws(
    ...['application-autoscaling', 'put-scaling-policy', '--policy-name', 'requests', ...scaled],
    ...['--policy-type', 'TargetTrackingScaling'],
    ...['--target-tracking-scaling-policy-configuration', JSON.stringify(tracking)],
  );
  before = await known();
});

afterAll(() => world.local('remove'));

const s3 = (...args: string[]) => command('aws', ['s3', ...args], { env: world.env });

/** What all parts of AWS know of what was made, with its times and names. */
async function known(): Promise<object> {
  const ask = (...args: string[]) => world.aws(...args, ...region);
  const { EndpointConfigName, EndpointArn, CreationTime } = await ask(
    ...['sagemaker', 'describe-endpoint', '--endpoint-name', 'kept'],
  );
  const { events } = await ask('logs', 'filter-log-events', '--log-group-name', group);
  const { Buckets } = await ask('s3api', 'list-buckets');
  const objects: object[] = [];
  for (const { Name } of Buckets) {
    const { Contents } = await ask('s3api', 'list-objects-v2', '--bucket', Name);
    objects.push(
      ...Contents.map(({ Key, ETag, Size, LastModified }: Record<string, unknown>) => ({
        Key,
        ETag,
        Size,
        LastModified,
      })),
    );
  }
  return {
    endpoint: { EndpointConfigName, EndpointArn, CreationTime },
    models: await ask('sagemaker', 'list-models'),
    tags: await ask('sagemaker', 'list-tags', '--resource-arn', EndpointArn),
    started: events.find(({ message }: { message: string }) => message.includes('model loaded')),
    secret: await ask('secretsmanager', 'describe-secret', '--secret-id', 'token'),
    scaling: await ask(
      'application-autoscaling',
      'describe-scaling-policies',
      '--service-namespace',
      'sagemaker',
    ),
    images: await ask('ecr', 'describe-images', '--repository-name', 'kept'),
    objects,
  };
}

/** Why it failed, too. */
const inService = () =>
  expect
    .poll(async () => (await world.local('status')).stdout, { timeout: 240_000 })
    .toContain('kept in us-east-1: InService');

/** Starts it again in the same folder, until the endpoint is in service. */
async function again(): Promise<string> {
  const { code, stderr } = await world.local('--keep', '--process');
  expect(code, stderr).toBe(0);
  await inService();
  return stderr;
}

/** What the endpoint answers, by the project's own test of it. */
const answers = async () => (await world.run(made.project, 'test/test_endpoint.sh')).stdout;
const right = /{"predictions":\["virginica","versicolor","setosa"\]}\n$/;
const state = () => JSON.parse(readFileSync(join(world.folder, 'local.json'), 'utf8'));

test(
  'a policy of Application Auto Scaling adds instances while there are more requests than it wants',
  all,
  async () => {
    const status = ['sagemaker', 'describe-endpoint', '--endpoint-name', 'kept', ...region];
    const counts = async () => {
      expect(await answers()).toMatch(right);
      const { ProductionVariants } = await world.aws(...status);
      return ProductionVariants[0].CurrentInstanceCount;
    };
    await expect.poll(counts, { timeout: 240_000 }).toBe(2);
  },
);

test('after a stop nothing runs, and the next start has all that there was, at the same port', async () => {
  const { url } = state();
  expect(await answers()).toMatch(right);
  expect((await world.local('stop')).stdout).toMatch(
    /^Stopped the service at http:\/\/127\.0\.0\.1:\d+\nNothing runs\. For the next local --keep there is, .*:\nkept in us-east-1: InService since /,
  );
  expect(await processesOf(world.folder)).toEqual([]);
  expect(existsSync(join(world.folder, 'work'))).toBe(false);

  await again();
  expect(state().url).toBe(url);
  expect(await known()).toEqual(before);
  expect(await answers()).toMatch(right);
  const large = join(tempFolder(), 'large');
  await s3('cp', 's3://of-mine/large', large, ...region);
  expect(readFileSync(large).equals(Buffer.alloc(20_000_000, 'large'))).toBe(true);
  expect((await s3('ls', 's3://of-mine/', ...region)).stdout).not.toContain('deleted');
});

test('after a kill the next start has all that was answered, and what was killed is gone', async () => {
  await world.aws(
    'secretsmanager',
    'put-secret-value',
    '--secret-id',
    'token',
    '--secret-string',
    'hf_2',
    ...region,
  );
  const { pid } = state();
  process.kill(pid, 'SIGKILL');
  const servers = await processesOf(world.folder);
  await again();
  const now = await processesOf(world.folder);
  expect(now.filter((one) => servers.includes(one))).toEqual([]);
  const { SecretString } = await world.aws(
    'secretsmanager',
    'get-secret-value',
    '--secret-id',
    'token',
    ...region,
  );
  expect(SecretString).toBe('hf_2');
  expect(await known()).toMatchObject({ ...before, secret: expect.anything() });
  expect(await answers()).toMatch(right);
});

test(
  'where its port is taken meanwhile, it says so, takes another, and deploy.sh goes on from there',
  all,
  async () => {
    const { url } = state();
    await world.local('stop');
    const port = Number(new URL(url).port);
    const other: Server = createServer().listen(port, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    try {
      const { code, stderr } = await world.local('--keep', '--process');
      expect(code).toBe(0);
      expect(stderr).toContain(`Port ${port} is taken by now: it answers at `);
      world.env.AWS_ENDPOINT_URL = state().url;
      expect(world.env.AWS_ENDPOINT_URL).not.toBe(url);
      await inService();
      expect(await answers()).toMatch(right);
      const updated = await world.run(made.project, 'deploy/deploy.sh');
      expect(updated.code, updated.stderr).toBe(0);
      expect(await answers()).toMatch(right);
    } finally {
      other.close();
    }
  },
);

test('what runs is there again when code has changed meanwhile, which is an image of its own', async () => {
  const images = async () =>
    (await world.aws('ecr', 'describe-images', '--repository-name', 'kept', ...region)).imageDetails.length;
  const count = await images();
  await world.local('stop');
  appendFileSync(join(made.project, 'code/model_handler.py'), '# Changed.\n');
  await again();
  expect(await answers()).toMatch(right);
  expect(await images()).toBe(count + 1);
  expect((await world.local('logs')).stdout).toContain('is not what it was when this image was pushed');
});

test('one without --keep has none of it and leaves it alone; what would not fit is refused; remove deletes it', async () => {
  await world.local('stop');
  const list = 'aws sagemaker list-endpoints --region us-east-1 --query Endpoints --output json';
  const fresh = await world.local('--process', '--', 'bash', '-c', list);
  expect(fresh).toMatchObject({ code: 0, stdout: '[]\n' });
  expect((await world.local('status')).stdout).toContain('kept in us-east-1: InService');
  expect(await world.local('--keep')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/made with --process.*local remove deletes what is kept in /),
  });
  expect(await world.local('remove')).toMatchObject({
    code: 0,
    stdout: `Deleted what was kept in ${world.folder}\nNothing runs, and nothing is kept\n`,
  });
  expect(existsSync(join(world.folder, 'kept'))).toBe(false);
});

test('on a full disk a change of S3 is told as such, and what was there before is there at the next start', async () => {
  const start = async () => {
    expect(await world.local('--keep', '--process')).toMatchObject({ code: 0 });
    world.env.AWS_ENDPOINT_URL = state().url;
  };
  const make = (name: string) => s3('mb', `s3://${name}`, ...region);
  await start();
  await make('first');
  symlinkSync('/dev/full', join(world.folder, 'kept/aws/s3.new'));
  await expect(make('second')).rejects.toThrow(
    /\(507\) when calling the CreateBucket operation.*(Insufficient Storage|no room on the disk)/,
  );
  await world.local('stop');
  await start();
  expect((await s3('ls', ...region)).stdout.trim().split(' ').at(-1)).toBe('first');
  await make('third');
  await world.local('stop');
});

test('what is kept and cannot be read is named, with what deletes it', async () => {
  const file = join(world.folder, 'kept/aws/s3.pickle');
  writeFileSync(file, 'no pickle');
  const { code, stderr } = await world.local('--keep', '--process');
  expect(code).toBe(4);
  expect(stderr).toMatch(
    /moto .* has ended as it started: .*; if it cannot read .*kept\/aws, ml-container-creator local remove deletes that/,
  );
  expect(readFileSync(file, 'utf8')).toBe('no pickle');
  expect(await processesOf(world.folder)).toEqual([]);
});

test(
  'of what was answered before one of five kills in the middle of uploads, nothing is lost',
  all,
  async () => {
    await world.local('remove');
    const headers = {
      Authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
    };
    const answered = new Map<string, string>();
    for (let round = 0; round < 6; round++) {
      expect(await world.local('--keep', '--process')).toMatchObject({ code: 0 });
      const bucket = `${state().url}/bucket`;
      if (!round) expect((await fetch(bucket, { method: 'PUT', headers })).status).toBe(200);
      for (const [key, content] of answered)
        expect(await (await fetch(`${bucket}/${key}`, { headers })).text()).toBe(content);
      let over = false;
      const upload = async (client: string) => {
        for (let count = 0; !over; count++) {
          const [key, body] = [`${round}-${client}-${count}`, client.repeat(Math.random() * 300_000)];
          const answer = await fetch(`${bucket}/${key}`, { method: 'PUT', headers, body }).catch(
            () => undefined,
          );
          if (answer?.ok) answered.set(key, body);
        }
      };
      const clients = ['a', 'b', 'c', 'd'].map(upload);
      await sleep(100 + Math.random() * 900);
      // moto, too, which would else write what it still has.
      for (const path of await processesOf(world.folder)) process.kill(Number(path.split('/')[2]), 'SIGKILL');
      over = true;
      await Promise.all(clients);
    }
    expect(answered.size).toBeGreaterThan(50);
  },
);
