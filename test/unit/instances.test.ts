import fc from 'fast-check';
import { expect, test } from 'vitest';
import { families } from '../../generators/instances/catalog.ts';
import {
  describeInstance,
  isInstanceType,
  nearestInstanceType,
  standIns,
} from '../../generators/instances/instances.ts';

const offered = Object.entries(families).flatMap(([family, { sizes }]) =>
  Object.keys(sizes).map((size) => `ml.${family}.${size}`),
);
const graviton = [
  'm6g',
  'm6gd',
  'c6g',
  'c6gd',
  'c6gn',
  'r6g',
  'r6gd',
  'c7g',
  'r7gd',
  'm8g',
  'c8g',
  'r8g',
  'p6e-gb200',
];

test('every type that SageMaker offers is built for its own architecture, without a warning', () => {
  expect(offered).toHaveLength(271);
  for (const type of offered) {
    const { instance, warning } = describeInstance(type);
    const arm = graviton.includes(type.split('.')[1] ?? '');
    expect({ type, platform: instance.platform, warning }).toEqual({
      type,
      platform: arm ? 'linux/arm64' : 'linux/amd64',
      warning: undefined,
    });
  }
});

test('an offered type is its own nearest', () => {
  for (const type of offered) expect(nearestInstanceType(type)).toBe(type);
});

test('an offered type comes with what a model has to fit into', () => {
  expect(describeInstance('ml.m5.large').instance).toEqual({
    type: 'ml.m5.large',
    platform: 'linux/amd64',
    arch: 'x86_64',
    hasAccelerator: false,
    vCPU: 2,
    memoryGiB: 8,
  });
  expect(describeInstance('ml.g5.12xlarge').instance).toMatchObject({
    vCPU: 48,
    memoryGiB: 192,
    accelerator: { kind: 'nvidia-gpu', name: 'A10G', count: 4, memoryGiB: 22.35, computeCapability: '8.6' },
  });
  expect(describeInstance('ml.inf2.24xlarge').instance.accelerator).toMatchObject({
    count: 6,
    neuronCores: 2,
  });
});

test('each type with an accelerator says how many, and no other type does', () => {
  for (const type of offered) {
    const { hasAccelerator, accelerator } = describeInstance(type).instance;
    expect({ type, some: (accelerator?.count ?? 0) > 0 }).toEqual({ type, some: hasAccelerator });
  }
});

test('batch transform takes the 108 types that botocore lists', () => {
  const taken = Object.values(families).flatMap(({ transform, sizes }) =>
    Object.keys(sizes).filter((size) => transform && !(transform === 'all but large' && size === 'large')),
  );
  expect(taken).toHaveLength(108);
});

test.each([
  ['ml.t3.medium', 'ml.t2.medium', 'linux/amd64'],
  ['ml.c5n.xlarge', 'ml.c5.xlarge', 'linux/amd64'],
  ['ml.m7g.large', 'ml.m6g.large', 'linux/arm64'],
  ['ml.t4g.medium', 'ml.m6g.large', 'linux/arm64'],
  ['ml.g7.2xlarge', 'ml.g7e.2xlarge', 'linux/amd64'],
  ['ml.g4ad.xlarge', 'ml.g4dn.xlarge', 'linux/amd64'],
  ['ml.g5g.xlarge', 'ml.m6g.xlarge', 'linux/arm64'],
  ['ml.gr6.4xlarge', 'ml.g6.4xlarge', 'linux/amd64'],
  ['ml.i3.large', 'ml.t2.large', 'linux/amd64'],
  ['ml.a1.large', 'ml.m6g.large', 'linux/arm64'],
  ['ml.m9g.large', 'ml.m8g.large', 'linux/arm64'],
  ['ml.im4gn.large', 'ml.c6gn.large', 'linux/arm64'],
  ['ml.p6e-gb300.36xlarge', 'ml.p6e-gb200.36xlarge', 'linux/arm64'],
  ['ml.m5.32xlarge', 'ml.m5.24xlarge', 'linux/amd64'],
])('%s is not offered: the warning names %s, and the image is for %s', (type, nearest, platform) => {
  const { instance, warning } = describeInstance(type);
  expect(warning).toContain(`the nearest is ${nearest}.`);
  expect(warning).toContain('the endpoint cannot be created');
  expect(instance.platform).toBe(platform);
});

test('the nearest type is offered, has the same architecture, and no accelerator that was not asked for', () => {
  const word = fc.constantFrom('m', 'c', 'r', 't', 'g', 'gr', 'p', 'inf', 'trn', 'x', 'i', 'd', 'hpc', 'a');
  const attributes = fc.constantFrom('', 'g', 'gd', 'gn', 'dn', 'a', 'i', 'e', 'n');
  const size = fc.constantFrom('medium', 'large', 'xlarge', '3xlarge', '16xlarge', 'metal');
  fc.assert(
    fc.property(
      word,
      fc.integer({ min: 1, max: 12 }),
      attributes,
      size,
      (series, generation, letters, of) => {
        const type = `ml.${series}${generation}${letters}.${of}`;
        expect(isInstanceType(type)).toBe(true);
        const nearest = nearestInstanceType(type);
        expect(offered).toContain(nearest);
        const [asked, found] = [describeInstance(type).instance, describeInstance(nearest).instance];
        expect(found.platform).toBe(asked.platform);
        if (found.hasAccelerator) expect(asked.hasAccelerator).toBe(true);
      },
    ),
  );
});

test.each([
  'm5.large',
  'ml.m5',
  'ml.m5.huge',
  'ml.large',
  'ML.M5.LARGE',
  'ml.m5.large\n',
  ' ml.m5.large',
  'ml.m5.large; ls',
  'ml.m5.large.large',
  '',
])('%j is no instance type', (text) => {
  expect(isInstanceType(text)).toBe(false);
  expect(() => describeInstance(text)).toThrow(RangeError);
});

test.each(['ml.m5.large', 'ml.g5.12xlarge', 'ml.p4d.24xlarge', 'ml.p6e-gb200.36xlarge', 'ml.m5.metal'])(
  '%s is an instance type',
  (text) => expect(isInstanceType(text)).toBe(true),
);

test('what stands in for a type has all that it has: a model that fits on it fits there', () => {
  const others = (type: string) => standIns(describeInstance(type).instance).map((other) => other.type);
  expect(others('ml.m6g.large').slice(0, 4)).toEqual([
    'ml.m8g.large',
    'ml.r6g.large',
    'ml.r8g.large',
    'ml.m6g.xlarge',
  ]);
  expect(others('ml.g6.12xlarge')).toEqual([
    'ml.g6e.12xlarge',
    'ml.g6.24xlarge',
    'ml.g6e.24xlarge',
    'ml.g7e.24xlarge',
  ]);
  expect(others('ml.m99.large')).toEqual([]);
  for (const type of offered) {
    const { instance } = describeInstance(type);
    for (const other of standIns(instance)) {
      expect([other.arch, other.accelerator?.count]).toEqual([instance.arch, instance.accelerator?.count]);
      expect(other.memoryGiB).toBeGreaterThanOrEqual(instance.memoryGiB ?? 0);
      expect(other.accelerator?.memoryGiB ?? 0).toBeGreaterThanOrEqual(instance.accelerator?.memoryGiB ?? 0);
    }
  }
});
