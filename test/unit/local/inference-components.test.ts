import { expect, test } from 'vitest';
import { configured, healthy, type Local, role, start } from './service.ts';

const answering = (text: string) => healthy((_, response) => response.end(text));

/** An endpoint with two instances and no model. */
async function hosting(): Promise<Local> {
  const local = await start({ one: answering('one'), two: answering('two'), broken: { ended: { code: 1 } } });
  await local.call('CreateEndpointConfig', {
    EndpointConfigName: 'host',
    ExecutionRoleArn: role,
    ProductionVariants: [
      {
        VariantName: 'AllTraffic',
        InstanceType: 'ml.m5.large',
        InitialInstanceCount: 2,
        ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 2 },
      },
    ],
  });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'host' });
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'InService',
    ProductionVariants: [{ CurrentInstanceCount: 2 }],
  });
  expect(local.started).toEqual([]);
  return local;
}

const component = (name: string, more: object = {}) => ({
  InferenceComponentName: name,
  EndpointName: 'e',
  VariantName: 'AllTraffic',
  Specification: {
    Container: { Image: name, ArtifactUrl: 's3://bucket/model.tar.gz', Environment: { A: 'b' } },
    ComputeResourceRequirements: { MinMemoryRequiredInMb: 256, MaxMemoryRequiredInMb: 512 },
    StartupParameters: { ContainerStartupHealthCheckTimeoutInSeconds: 60 },
  },
  RuntimeConfig: { CopyCount: 1 },
  ...more,
});

async function settled(local: Local, name: string) {
  for (;;) {
    const described = await local.call('DescribeInferenceComponent', { InferenceComponentName: name });
    if (!/ing$/.test(String(described.InferenceComponentStatus ?? ''))) return described;
    await new Promise((done) => setTimeout(done, 5));
  }
}

const ask = async (local: Local, name?: string) =>
  (await local.invoke('e', name ? { headers: { 'X-Amzn-SageMaker-Inference-Component': name } } : {})).text();

test('components share an endpoint, each with its own containers, memory and log', async () => {
  const local = await hosting();
  for (const name of ['one', 'two']) await local.call('CreateInferenceComponent', component(name));
  expect(await settled(local, 'one')).toMatchObject({
    InferenceComponentStatus: 'InService',
    InferenceComponentArn: 'arn:aws:sagemaker:eu-west-1:123456789012:inference-component/one',
    EndpointName: 'e',
    RuntimeConfig: { DesiredCopyCount: 1, CurrentCopyCount: 1 },
    Specification: { Container: { DeployedImage: { SpecifiedImage: 'one' }, Environment: { A: 'b' } } },
  });
  await settled(local, 'two');
  expect([await ask(local, 'one'), await ask(local, 'two')]).toEqual(['one', 'two']);
  expect(JSON.parse(await ask(local))).toMatchObject({ ErrorCode: 'INFERENCE_COMPONENT_NAME_MISSING' });
  expect(JSON.parse(await ask(local, 'three')).Message).toBe(
    'Inference Component three of endpoint e not found.',
  );
  expect(local.started[0]).toMatchObject({
    image: 'one',
    memoryMB: 512,
    instanceType: 'ml.m5.large',
    model: { uri: 's3://bucket/model.tar.gz' },
  });
  expect(local.lines).toContain('/aws/sagemaker/InferenceComponents/one AllTraffic/i-… serving one');
});

test.for([
  [{ MinMemoryRequiredInMb: 8193 }, 'ask for 8193 MB and 0 CPU cores, and ml.m5.large has 8192 MB and 2'],
  [{ MinMemoryRequiredInMb: 128, NumberOfCpuCoresRequired: 3 }, 'ask for 128 MB and 3 CPU cores'],
] as const)('a component that takes more than an instance has, %j, is refused', async ([needs, why]) => {
  const local = await hosting();
  const asked = component('one', {
    Specification: { Container: { Image: 'one' }, ComputeResourceRequirements: needs },
  });
  expect((await local.call('CreateInferenceComponent', asked)).message).toContain(why);
  expect((await local.call('ListInferenceComponents')).InferenceComponents).toEqual([]);
});

test('copies come and go, down to none, which is told to whoever asks', async () => {
  const local = await hosting();
  await local.call('CreateInferenceComponent', component('one'));
  const scale = async (CopyCount: number) => {
    const input = { InferenceComponentName: 'one', DesiredRuntimeConfig: { CopyCount } };
    await settled(local, 'one');
    await local.call('UpdateInferenceComponentRuntimeConfig', input);
    await settled(local, 'one');
    return local.running.size;
  };
  expect([await scale(3), await scale(0)]).toEqual([3, 0]);
  expect(JSON.parse(await ask(local, 'one')).Message).toMatch(/^Inference Component has no capacity/);
  expect([await scale(1), await ask(local, 'one')]).toEqual([1, 'one']);
});

test('a component changes its container, or goes back where the new one does not start', async () => {
  const local = await hosting();
  await configured(local, 'two');
  await local.call('CreateInferenceComponent', component('one'));
  await settled(local, 'one');
  const update = async (Specification: object) => {
    const needs = { ComputeResourceRequirements: { MinMemoryRequiredInMb: 256 } };
    await local.call('UpdateInferenceComponent', {
      InferenceComponentName: 'one',
      Specification: {
        ...needs,
        StartupParameters: { ContainerStartupHealthCheckTimeoutInSeconds: 60 },
        ...Specification,
      },
    });
    return settled(local, 'one');
  };
  await update({ ModelName: 'two' });
  expect(await ask(local, 'one')).toBe('two');
  const failed = await update({ Container: { Image: 'broken' } });
  expect(failed).toMatchObject({
    InferenceComponentStatus: 'InService',
    FailureReason: expect.stringContaining('did not pass the ping health check'),
    Specification: { ModelName: 'two' },
  });
  expect(await ask(local, 'one')).toBe('two');
});

test('an endpoint stays while components are on it, and lists them', async () => {
  const local = await hosting();
  await local.call('CreateInferenceComponent', component('one'));
  await settled(local, 'one');
  const list = (more: object) => local.call('ListInferenceComponents', more);
  expect(await list({ EndpointNameEquals: 'e' })).toMatchObject({
    InferenceComponents: [{ InferenceComponentName: 'one', InferenceComponentStatus: 'InService' }],
  });
  expect(await list({ EndpointNameEquals: 'f' })).toEqual({ InferenceComponents: [] });
  expect((await local.call('DeleteEndpoint', { EndpointName: 'e' })).message).toMatch(
    /with inference component one on it/,
  );
  await local.call('DeleteInferenceComponent', { InferenceComponentName: 'one' });
  expect((await settled(local, 'one')).message).toMatch(/^Could not find inference component/);
  await local.call('DeleteEndpoint', { EndpointName: 'e' });
  await local.settled('e');
  expect(local.running.size).toBe(0);
});

test.for([
  [{ RuntimeConfig: { CopyCount: 0 } }, /CopyCount must be at least 1/],
  [{ EndpointName: 'f' }, /^Could not find endpoint/],
  [{ VariantName: 'b' }, /has no production variant b/],
  [
    { Specification: { ComputeResourceRequirements: { MinMemoryRequiredInMb: 1 } } },
    /greater than or equal to 128$/,
  ],
  [
    { Specification: { ComputeResourceRequirements: { MinMemoryRequiredInMb: 128 } } },
    /Either ModelName or Container/,
  ],
  [{ Specifications: [{}] }, /does not serve Specifications/],
] as const)('a component with %j is refused: %s', async ([more, message]) => {
  const local = await hosting();
  const answer = await local.call('CreateInferenceComponent', component('one', more));
  expect(answer.__type).toBe('ValidationException');
  expect(answer.message).toMatch(message);
});
