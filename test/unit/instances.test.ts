import fc from 'fast-check';
import { expect, test } from 'vitest';
import { families } from '../../generators/instances/catalog.ts';
import {
  describeInstance,
  isInstanceType,
  nearestInstanceType,
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

test.each([
  ['ml.t3.medium', 'ml.t2.medium', 'linux/amd64'],
  ['ml.c5n.xlarge', 'ml.c5.xlarge', 'linux/amd64'],
  ['ml.m7g.large', 'ml.m6g.large', 'linux/arm64'],
  ['ml.t4g.medium', 'ml.m6g.large', 'linux/arm64'],
  ['ml.g7.2xlarge', 'ml.g7e.2xlarge', 'linux/amd64'],
  ['ml.g4ad.xlarge', 'ml.g4dn.xlarge', 'linux/amd64'],
  ['ml.g5g.xlarge', 'ml.m6g.xlarge', 'linux/arm64'],
  ['ml.m5.32xlarge', 'ml.m5.24xlarge', 'linux/amd64'],
])('%s is not offered: the warning names %s, and the image is for %s', (type, nearest, platform) => {
  const { instance, warning } = describeInstance(type);
  expect(warning).toContain(nearest);
  expect(instance.platform).toBe(platform);
});

test('the nearest type to any type is one that is offered, of the same architecture', () => {
  const word = fc.constantFrom('m', 'c', 'r', 't', 'g', 'p', 'inf', 'trn', 'x', 'hpc', 'a');
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
        expect(describeInstance(nearest).instance.platform).toBe(describeInstance(type).instance.platform);
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
])('%j is no instance type', (text) => expect(isInstanceType(text)).toBe(false));
