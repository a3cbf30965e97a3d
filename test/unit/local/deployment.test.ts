import { expect, test } from 'vitest';
import { configured, type Local, start } from './service.ts';

const size = (Type: 'INSTANCE_COUNT' | 'CAPACITY_PERCENT', Value: number) => ({ Type, Value });
const shifting = (Type: string, sizes: object = {}, more: object = {}) => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: { Type, WaitIntervalInSeconds: 0, ...sizes },
    ...more,
  },
});
const rolling = (MaximumBatchSize: object, more: object = {}) => ({
  RollingUpdatePolicy: { MaximumBatchSize, WaitIntervalInSeconds: 0, ...more },
});

/** An endpoint with so many instances, and a configuration for an update of it. */
async function running(count: number, more: object = {}, whole: object = {}): Promise<Local> {
  const local = await start({});
  await configured(local, 'one', 'one', { InitialInstanceCount: count });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  await configured(local, 'two', 'two', { InitialInstanceCount: count, ...more }, whole);
  expect(await local.settled('e')).toMatchObject({ EndpointStatus: 'InService' });
  return local;
}

const update = (local: Local, DeploymentConfig: object, more: object = {}) =>
  local.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName: 'two', DeploymentConfig, ...more });

test.for([
  [
    shifting('CANARY', { CanarySize: size('INSTANCE_COUNT', 3) }),
    "Value of CanarySize must be less than or equal to 50% of the variant's total instance count, and is 3 of 4 instances (AllTraffic).",
  ],
  [shifting('CANARY', { CanarySize: size('CAPACITY_PERCENT', 51) }), /CanarySize .* and is 51%/],
  [shifting('CANARY'), 'CanarySize must be specified for traffic routing of type CANARY.'],
  [shifting('LINEAR', { LinearStepSize: size('CAPACITY_PERCENT', 9) }), /LinearStepSize must be 10-50% of/],
  [shifting('LINEAR', { LinearStepSize: size('INSTANCE_COUNT', 3) }), /LinearStepSize must be 10-50% of/],
  [shifting('LINEAR'), 'LinearStepSize must be specified for traffic routing of type LINEAR.'],
  [rolling(size('CAPACITY_PERCENT', 4)), /MaximumBatchSize must be between 5% to 50% of/],
  [rolling(size('INSTANCE_COUNT', 3)), /MaximumBatchSize must be between 5% to 50% of/],
  [
    rolling(size('INSTANCE_COUNT', 1), { RollbackMaximumBatchSize: size('CAPACITY_PERCENT', 101) }),
    /RollbackMaximumBatchSize must be at most 100%/,
  ],
  [
    { ...shifting('ALL_AT_ONCE'), ...rolling(size('INSTANCE_COUNT', 1)) },
    /^Only one update policy should be used/,
  ],
  [
    shifting(
      'ALL_AT_ONCE',
      { WaitIntervalInSeconds: 300 },
      {
        TerminationWaitInSeconds: 300,
        MaximumExecutionTimeoutInSeconds: 600,
      },
    ),
    /MaximumExecutionTimeoutInSeconds should be larger than the total waiting time .* 600 is not larger than 600/,
  ],
] as const)('of four instances, an update by %j is refused: %s', async ([config, message]) => {
  const local = await running(4);
  const answer = await update(local, config);
  expect(answer.__type).toBe('ValidationException');
  expect(answer.message).toMatch(message);
  expect(await local.settled('e')).toMatchObject({ EndpointConfigName: 'one' });
  expect(await local.settled('e')).not.toHaveProperty('LastDeploymentConfig');
});

test.for([
  shifting('CANARY', { CanarySize: size('INSTANCE_COUNT', 2) }),
  shifting('LINEAR', { LinearStepSize: size('CAPACITY_PERCENT', 50) }),
  rolling(size('CAPACITY_PERCENT', 5), { RollbackMaximumBatchSize: size('CAPACITY_PERCENT', 100) }),
] as const)('of four instances, an update by %j is at the limit, and made', async (config) => {
  const local = await running(4);
  expect(await update(local, config)).not.toHaveProperty('__type');
  expect(await local.settled('e')).toMatchObject({ EndpointConfigName: 'two', LastDeploymentConfig: config });
});

test('a policy keeps to the names of variants, and to the count that an update retains', async () => {
  const local = await running(2, { VariantName: 'Other' });
  const step = shifting('CANARY', { CanarySize: size('INSTANCE_COUNT', 1) });
  expect((await update(local, step)).message).toMatch(
    /same variant names as the old one: AllTraffic, not Other/,
  );
  const one = { EndpointConfigName: 'three', RetainAllVariantProperties: true };
  await configured(local, 'three', 'three', { InitialInstanceCount: 1 });
  expect((await update(local, step, { ...one, RetainAllVariantProperties: false })).message).toMatch(
    /1 of 1 instances/,
  );
  expect(await update(local, step, one)).not.toHaveProperty('__type');
  // Without one, names may change.
  await local.settled('e');
  expect(
    await local.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName: 'two' }),
  ).not.toHaveProperty('__type');
});

test.for([
  [{ MemorySizeInMB: 1500, MaxConcurrency: 1 }, /Valid values are in 1 GB increments/],
  [
    { MemorySizeInMB: 1024, MaxConcurrency: 1, ProvisionedConcurrency: 2 },
    /ProvisionedConcurrency .* should be less than or equal to MaxConcurrency/,
  ],
] as const)('a serverless variant with %j is refused: %s', async ([ServerlessConfig, message]) => {
  const local = await start({});
  const serverless = { InstanceType: undefined, InitialInstanceCount: undefined, ServerlessConfig };
  expect(((await configured(local, 'one', 'one', serverless)) as { message?: string }).message).toMatch(
    message,
  );
});

test('what is no part of a rolling update is refused when the endpoint is made, too', async () => {
  const local = await start({});
  const serverless = {
    InstanceType: undefined,
    InitialInstanceCount: undefined,
    ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 },
  };
  await configured(local, 'one', 'one', serverless);
  const answer = await local.call('CreateEndpoint', {
    EndpointName: 'e',
    EndpointConfigName: 'one',
    DeploymentConfig: rolling(size('CAPACITY_PERCENT', 50)),
  });
  expect(answer.message).toBe('RollingUpdatePolicy is not supported for serverless endpoints.');
});
