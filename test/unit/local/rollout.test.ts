import { expect, test } from 'vitest';
import { partOf, rolloutOf, without } from '../../../generators/local/endpoint/rollout.ts';

const size = (Type: 'INSTANCE_COUNT' | 'CAPACITY_PERCENT', Value: number) => ({ Type, Value });
const routing = (Type: 'ALL_AT_ONCE' | 'CANARY' | 'LINEAR', more: object = {}) => ({
  BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type, WaitIntervalInSeconds: 60, ...more } },
});
const rolling = (MaximumBatchSize: ReturnType<typeof size>) => ({
  RollingUpdatePolicy: { MaximumBatchSize, WaitIntervalInSeconds: 60 },
});

test.for([
  ['no policy', undefined, 4, [1]],
  ['all at once', routing('ALL_AT_ONCE'), 4, [1]],
  ['a canary of a quarter', routing('CANARY', { CanarySize: size('CAPACITY_PERCENT', 25) }), 4, [0.25, 1]],
  ['a canary of one instance', routing('CANARY', { CanarySize: size('INSTANCE_COUNT', 1) }), 5, [0.2, 1]],
  [
    'steps of a third',
    routing('LINEAR', { LinearStepSize: size('CAPACITY_PERCENT', 33) }),
    9,
    [0.33, 0.66, 0.99, 1],
  ],
  ['steps of half', routing('LINEAR', { LinearStepSize: size('CAPACITY_PERCENT', 50) }), 2, [0.5, 1]],
  ['batches of one instance', rolling(size('INSTANCE_COUNT', 1)), 4, [0.25, 0.5, 0.75, 1]],
  ['batches that are less than an instance', rolling(size('CAPACITY_PERCENT', 5)), 2, [0.5, 1]],
  ['batches of more than there are', rolling(size('INSTANCE_COUNT', 3)), 2, [1]],
  ['batches of an endpoint without instances of its own', rolling(size('CAPACITY_PERCENT', 50)), 0, [1]],
] as const)('%s', ([, config, instances, steps]) => {
  expect(rolloutOf(config, instances).steps.map((step) => Math.round(step * 100) / 100)).toEqual(steps);
});

test('parts of instances are whole ones, and with what is left they are all', () => {
  const counts = { a: 3, b: 1 };
  expect(partOf(counts, 0.25)).toEqual({ a: 1, b: 1 });
  expect(without(counts, partOf(counts, 0.25))).toEqual({ a: 2, b: 0 });
  expect(partOf(counts, 1)).toEqual(counts);
});
