import { expect, test } from 'vitest';
import { tempFolder } from '../../harness.ts';
import { type Behaviour, configured, echo, healthy, start, variant } from './service.ts';

async function until(isSo: () => boolean | Promise<boolean>) {
  while (!(await isSo())) await new Promise((done) => setTimeout(done, 2));
}

const created = async (local: Awaited<ReturnType<typeof start>>, name = 'one') => {
  await configured(local, name);
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: name });
  return local.settled('e');
};

test('an endpoint is Creating until its container is healthy, then in service with its own images and counts', async () => {
  let isReady = false;
  const local = await start({
    one: { listener: (_, response) => response.writeHead(isReady ? 200 : 503).end() },
  });
  await configured(local, 'one', 'one', { InitialInstanceCount: 2 });
  await local.call('CreateEndpoint', { EndpointName: 'E', EndpointConfigName: 'one' });
  const early = await local.call('DescribeEndpoint', { EndpointName: 'E' });
  expect(early).toMatchObject({ EndpointStatus: 'Creating', EndpointConfigName: 'one' });
  expect((await local.invoke('E')).status).toBe(400);
  isReady = true;
  const described = await local.settled('E');
  expect(described).toMatchObject({
    EndpointStatus: 'InService',
    EndpointArn: 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e',
    ProductionVariants: [{ VariantName: 'AllTraffic', CurrentInstanceCount: 2, DesiredInstanceCount: 2 }],
  });
  expect(local.started.map(({ model, instanceType }) => ({ model, instanceType }))).toEqual(
    Array(2).fill({
      model: { uri: 's3://bucket/model.tar.gz', form: 'archive' },
      instanceType: 'ml.m5.large',
    }),
  );
  expect(local.lines).toContain('/aws/sagemaker/Endpoints/E AllTraffic/i-… serving one');
});

test('a container that never answers /ping is started for as long as its window, and the endpoint fails for that', async () => {
  const local = await start({ one: { ended: { code: 1 } } }, { timeScale: 50 });
  await configured(local, 'one', 'one', { ContainerStartupHealthCheckTimeoutInSeconds: 60 });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'Failed',
    FailureReason:
      'The primary container for production variant AllTraffic did not pass the ping health check. ' +
      'Please check CloudWatch logs for this endpoint.',
  });
  expect(local.started.length).toBeGreaterThan(2);
  expect(local.running.size).toBe(0);
});

test.for([
  [{ refused: 'Failed to download model data' }, 'Failed to download model data'],
  [
    { ended: { code: 127, error: 'exec: "serve": not found' } },
    /^CannotStartContainerError\..* 'docker run one serve'$/,
  ],
  [{ ended: { code: 1, error: 'exec /serve: exec format error' } }, /did not pass the ping health check/],
] as const)('%j fails the endpoint with the reason that AWS gives', async ([behaviour, reason]) => {
  const local = await start({ one: behaviour }, { timeScale: 2000 });
  const { EndpointStatus, FailureReason } = await created(local);
  expect(EndpointStatus).toBe('Failed');
  expect(FailureReason).toMatch(reason);
});

test('however fast time passes, a container has its own time for its start and its answers', async () => {
  const ready = performance.now() + 500;
  const one: Behaviour = {
    listener: (_, response) =>
      void setTimeout(() => response.writeHead(performance.now() < ready ? 503 : 200).end(), 300),
  };
  // A minute is 60 ms.
  const local = await start({ one }, { timeScale: 1000 });
  await configured(local, 'one', 'one', { ContainerStartupHealthCheckTimeoutInSeconds: 60 });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  expect(await local.settled('e')).toMatchObject({ EndpointStatus: 'InService' });
  expect((await local.invoke('e')).status).toBe(200);
});

test('an answer to /ping that takes three seconds is none', { timeout: 30_000 }, async () => {
  const local = await start(
    { one: { listener: (_, response) => void setTimeout(() => response.end(), 3000) } },
    { timeScale: 60, limitScale: 60 },
  );
  await configured(local, 'one', 'one', { ContainerStartupHealthCheckTimeoutInSeconds: 240 });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  expect(await local.settled('e')).toMatchObject({ EndpointStatus: 'Failed' });
});

test('without capacity an endpoint fails in the words of AWS, and a pool of instances takes its next type', async () => {
  const faults = [{ what: 'host', how: 'InsufficientInstanceCapacity', first: 1, last: 2 }];
  const local = await start({}, { faults });
  expect((await created(local)).FailureReason).toMatch(
    /^Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error\./,
  );
  const pools = [
    { InstanceType: 'ml.m5.xlarge', Priority: 2 },
    { InstanceType: 'ml.c5.xlarge', Priority: 1 },
  ];
  await configured(local, 'two', 'two', { InstanceType: undefined, InstancePools: pools });
  await local.call('CreateEndpoint', { EndpointName: 'f', EndpointConfigName: 'two' });
  expect((await local.settled('f')).EndpointStatus).toBe('InService');
  expect(local.started.map(({ instanceType }) => instanceType)).toEqual(['ml.m5.xlarge']);
});

test('an update under load loses no request, and the old containers end', async () => {
  const answering = (text: string) => healthy((_, response) => void setTimeout(() => response.end(text), 5));
  const local = await start({ one: answering('one'), two: answering('two') });
  await created(local);
  await configured(local, 'two');
  const answers: string[] = [];
  let isOver = false;
  const load = Promise.all(
    [1, 2, 3, 4].map(async () => {
      while (!isOver) answers.push(await (await local.invoke('e')).text());
    }),
  );
  await local.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName: 'two' });
  const meanwhile = await local.call('DescribeEndpoint', { EndpointName: 'e' });
  expect(meanwhile).toMatchObject({
    EndpointStatus: 'Updating',
    EndpointConfigName: 'one',
    PendingDeploymentSummary: { EndpointConfigName: 'two' },
  });
  const after = await local.settled('e');
  await new Promise((done) => setTimeout(done, 50));
  isOver = true;
  await load;
  expect(after).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'two' });
  expect(after).not.toHaveProperty('PendingDeploymentSummary');
  expect(new Set(answers)).toEqual(new Set(['one', 'two']));
  expect([...local.running].map(({ what }) => what.image)).toEqual(['two']);
});

test('an update to what does not start is rolled back: the old answers, and the reason is told', async () => {
  const local = await start({ two: { ended: { code: 127, error: 'exec: "serve": not found' } } });
  await created(local);
  await configured(local, 'two');
  await local.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName: 'two' });
  const described = await local.settled('e');
  expect(described).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'one' });
  expect(described.FailureReason).toMatch(/^CannotStartContainerError/);
  expect((await local.invoke('e')).status).toBe(200);
  // The next update that works takes the reason away.
  await configured(local, 'three');
  await local.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName: 'three' });
  expect(await local.settled('e')).not.toHaveProperty('FailureReason');
});

const canary = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
      WaitIntervalInSeconds: 60,
    },
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'errors' }] },
};

test('a canary gets its part of the requests while it bakes, and an alarm brings all back to the old', async () => {
  const local = await start({
    one: healthy((_, response) => response.end('one')),
    two: healthy((_, response) => response.end('two')),
  });
  await created(local);
  await configured(local, 'two');
  const update = { EndpointName: 'e', EndpointConfigName: 'two', DeploymentConfig: canary };
  await local.call('UpdateEndpoint', update);
  const answers = new Set<string>();
  while (answers.size < 2) answers.add(await (await local.invoke('e')).text());
  expect(await local.call('DescribeEndpoint', { EndpointName: 'e' })).toMatchObject({
    EndpointStatus: 'Updating',
  });
  local.alarms.add('errors');
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'InService',
    EndpointConfigName: 'one',
    FailureReason: expect.stringContaining('errors'),
  });
  expect([...local.running].map(({ what }) => what.image)).toEqual(['one']);
  local.alarms.clear();
  await local.call('UpdateEndpoint', update);
  expect(await local.settled('e')).toMatchObject({ EndpointConfigName: 'two', LastDeploymentConfig: canary });
});

test('a rolling update replaces instances by batches, and what cannot be rolled back says so', async () => {
  const behaviours = { one: echo as object, two: echo };
  const local = await start(behaviours);
  await configured(local, 'one', 'one', { InitialInstanceCount: 4 });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  await local.settled('e');
  await configured(local, 'two', 'two', { InitialInstanceCount: 4 });
  const rolling = {
    RollingUpdatePolicy: {
      MaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 25 },
      WaitIntervalInSeconds: 20,
    },
    AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'errors' }] },
  };
  await local.call('UpdateEndpoint', {
    EndpointName: 'e',
    EndpointConfigName: 'two',
    DeploymentConfig: rolling,
  });
  const count = (image: string) => [...local.running].filter(({ what }) => what.image === image).length;
  await until(() => count('one') < 4);
  behaviours.one = { refused: 'no such image' };
  local.alarms.add('errors');
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'UpdateRollbackFailed',
    FailureReason: expect.stringMatching(/errors.*no such image/),
  });
  expect(count('one')).toBeLessThan(4);
  expect(count('two')).toBeLessThan(4);
  expect((await local.invoke('e')).status).toBe(200);
  await local.call('DeleteEndpoint', { EndpointName: 'e' });
  await local.settled('e');
  expect(local.running.size).toBe(0);
});

test('counts that were scaled are kept by an update that retains them, and lost by one that does not', async () => {
  const local = await start({});
  await created(local);
  await configured(local, 'two');
  await local.call('UpdateEndpointWeightsAndCapacities', {
    EndpointName: 'e',
    DesiredWeightsAndCapacities: [{ VariantName: 'AllTraffic', DesiredInstanceCount: 3 }],
  });
  const count = async () => (await local.settled('e')).ProductionVariants?.[0]?.CurrentInstanceCount;
  expect(await count()).toBe(3);
  const update = (name: string, more: object) =>
    local.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName: name, ...more });
  await update('two', { RetainAllVariantProperties: true });
  expect(await count()).toBe(3);
  await update('one', {});
  expect(await count()).toBe(1);
});

test('variants get requests by their weights, and the one that a request names', async () => {
  const local = await start({
    one: healthy((_, response) => response.end('one')),
    two: healthy((_, response) => response.end('two')),
  });
  await configured(local, 'one');
  await configured(local, 'two');
  await local.call('CreateEndpointConfig', {
    EndpointConfigName: 'both',
    ProductionVariants: [
      variant('one', { VariantName: 'a', InitialVariantWeight: 1 }),
      variant('two', { VariantName: 'b', InitialVariantWeight: 0 }),
    ],
  });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'both' });
  await local.settled('e');
  const answers = await Promise.all(Array.from({ length: 10 }, async () => (await local.invoke('e')).text()));
  expect(new Set(answers)).toEqual(new Set(['one']));
  const named = await local.invoke('e', { headers: { 'X-Amzn-SageMaker-Target-Variant': 'b' } });
  expect([await named.text(), named.headers.get('x-amzn-invoked-production-variant')]).toEqual(['two', 'b']);
});

test('a container that ends, or is healthy no more, is replaced while the endpoint stays in service', async () => {
  let isHealthy = true;
  const one: Behaviour = {
    listener: (_, response) => response.writeHead(isHealthy ? 200 : 500).end(),
  };
  const local = await start({ one }, { limitScale: 50 });
  await created(local);
  const [first] = local.running;
  first?.crash();
  await until(() => local.started.length === 2 && local.running.size === 1);
  await until(async () => (await local.invoke('e')).status === 200);
  isHealthy = false;
  await until(() => local.started.length === 3);
  isHealthy = true;
  expect(await local.settled('e')).toMatchObject({ EndpointStatus: 'InService' });
  await until(async () => (await local.invoke('e')).status === 200);
});

test('what exists survives a restart: the endpoint is brought up again with the model that it had', async () => {
  const folder = tempFolder();
  const local = await start({}, { folder });
  await created(local);
  await local.call('DeleteModel', { ModelName: 'one' });
  await local.service.close();
  expect(local.running.size).toBe(0);
  const again = await start({}, { folder });
  const early = await again.call('DescribeEndpoint', { EndpointName: 'e' });
  expect(['SystemUpdating', 'InService']).toContain(early.EndpointStatus);
  expect((await again.settled('e')).EndpointStatus).toBe('InService');
  expect((await again.invoke('e')).status).toBe(200);
});

test('nothing can be asked of an endpoint that is in a change', async () => {
  const local = await start(
    { one: { listener: (_, response) => response.writeHead(503).end() } },
    { timeScale: 1 },
  );
  await configured(local, 'one');
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  for (const operation of ['UpdateEndpoint', 'DeleteEndpoint'])
    expect(await local.call(operation, { EndpointName: 'e', EndpointConfigName: 'one' })).toEqual({
      __type: 'ValidationException',
      message: 'Cannot update in-progress endpoint "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e".',
    });
});
