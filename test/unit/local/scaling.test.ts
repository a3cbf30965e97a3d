import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Policy, Tracker } from '../../../generators/local/endpoint/tracking.ts';
import { configured, echo, type Local, start } from './service.ts';

const policy: Policy = {
  endpoint: 'e',
  variant: 'AllTraffic',
  min: 1,
  max: 4,
  target: 100,
  scalesOut: true,
  scalesIn: true,
  outCooldown: 300,
  inCooldown: 300,
};

/** The counts that so many requests in each of some minutes lead to. */
function counts(requests: readonly number[], changed: Partial<Policy> = {}, count = 1): number[] {
  const tracker = new Tracker();
  return requests.map((each, minute) => {
    const look = { seconds: (minute + 1) * 60, elapsed: 60, requests: each, count };
    count = tracker.next({ ...policy, ...changed }, look) ?? count;
    return count;
  });
}

const minutes = (length: number, requests: number) => Array<number>(length).fill(requests);

describe('target tracking', () => {
  test.each([
    ['three minutes above the target add as many as it takes', minutes(4, 250), {}, 1, [1, 1, 3, 3]],
    ['a minute that is not above it begins anew', [250, 250, 100, 250, 250, 250], {}, 1, [1, 1, 1, 1, 1, 3]],
    ['never more than the maximum', minutes(3, 9000), {}, 1, [1, 1, 4]],
    [
      'a cooldown holds the next change',
      [...minutes(3, 150), ...minutes(5, 350)],
      {},
      1,
      [1, 1, 2, 2, 2, 2, 2, 4],
    ],
    ['fifteen quiet minutes take away', minutes(16, 0), {}, 3, [...minutes(14, 3), 1, 1]],
    ['never below the minimum', minutes(15, 0), { min: 2 }, 3, [...minutes(14, 3), 2]],
    ['a tenth below the target is near enough', minutes(20, 185), {}, 2, minutes(20, 2)],
    ['with DisableScaleIn none is taken away', minutes(20, 0), { scalesIn: false }, 3, minutes(20, 3)],
    ['a target that is suspended adds none', minutes(5, 900), { scalesOut: false }, 1, minutes(5, 1)],
  ])('%s', (_, requests, changed, count, expected) => {
    expect(counts(requests, changed, count)).toEqual(expected);
  });
});

const resource = { ResourceId: 'endpoint/e/variant/AllTraffic' };

function track(local: Local, metric = 'SageMakerVariantInvocationsPerInstance') {
  local.scaling.set('DescribeScalableTargets', {
    ScalableTargets: [{ ...resource, MinCapacity: 1, MaxCapacity: 3 }],
  });
  local.scaling.set('DescribeScalingPolicies', {
    ScalingPolicies: [
      {
        ...resource,
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 1,
          PredefinedMetricSpecification: { PredefinedMetricType: metric },
        },
      },
    ],
  });
}

/** A service that is fast, with an endpoint of one instance. */
async function withEndpoint(): Promise<Local> {
  const local = await start({ one: echo }, { timeScale: 1000 });
  await configured(local, 'one');
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  await local.settled('e');
  return local;
}

const desired = async (local: Local) => {
  const { ProductionVariants: [variant] = [] } = await local.call('DescribeEndpoint', { EndpointName: 'e' });
  return (variant as { DesiredInstanceCount?: number } | undefined)?.DesiredInstanceCount;
};

test('an endpoint that is asked more than its policy wants gets instances, and loses them when it is quiet', async () => {
  const local = await withEndpoint();
  track(local);
  while ((await desired(local)) !== 3) {
    expect((await local.invoke('e')).status).toBe(200);
    await sleep(5);
  }
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'InService',
    ProductionVariants: [{ CurrentInstanceCount: 3, DesiredInstanceCount: 3 }],
  });
  expect(local.running.size).toBe(3);
  await expect.poll(() => desired(local), { timeout: 10_000 }).toBe(1);
  await local.settled('e');
  expect(local.running.size).toBe(1);
});

test('an endpoint that is Failed stays that, whatever a policy wants', async () => {
  const local = await start({ one: { ended: { code: 1 } } }, { timeScale: 1000 });
  await configured(local, 'one');
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  expect(await local.settled('e')).toMatchObject({ EndpointStatus: 'Failed' });
  track(local);
  // It has fewer instances than the policy's least, look after look.
  for (let look = 0; look < 20; look++) {
    expect(await local.call('DescribeEndpoint', { EndpointName: 'e' })).toMatchObject({
      EndpointStatus: 'Failed',
    });
    await sleep(100);
  }
});

test('a policy that tracks something else changes nothing', async () => {
  const local = await withEndpoint();
  track(local, 'SageMakerInferenceComponentInvocationsPerCopy');
  for (const _ of Array(100)) {
    await local.invoke('e');
    await sleep(5);
  }
  expect(await desired(local)).toBe(1);
});
