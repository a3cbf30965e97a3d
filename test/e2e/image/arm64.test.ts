import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { arm64BaseImage, build, inspectImage, removeImage } from '../docker.ts';
import { type Trained, trained } from '../trained.ts';
import { verify } from '../verify/run.ts';

// Built and run for real, by emulation where this machine is of another architecture: .ci/docker sets it up. Without
// it, this fails with "exec format error". XGBoost's packages are half of scikit-learn's.
for (const [framework, more] of [
  ['xgboost', {}],
  ['sklearn', all],
] as const)
  describe(`the image of ${framework} for Graviton, the default`, more, () => {
    let made: Trained;
    let image: string | undefined;

    beforeAll(async () => {
      made = await trained('graviton', `--framework=${framework}`);
      const built = await build(made.project, { base: arm64BaseImage, flags: ['--platform=linux/arm64'] });
      image = built.image;
      console.log(`the arm64 image of ${framework} was built in ${Math.round(built.seconds)} s`);
    });

    afterAll(() => (image ? removeImage(image) : undefined));

    // Emulated, a start takes as long as ten do otherwise.
    test('starts there and answers, with a model that was trained on this machine', {
      timeout: 900_000,
    }, async () => {
      expect(await inspectImage(image ?? '')).toMatchObject({ Architecture: 'arm64' });
      const flags = [
        '--instance-type=ml.m6g.large',
        '--timeout=600',
        '--only=starts,ready,invocations,architecture',
      ];
      const { report } = await verify([image ?? '', ...flags], undefined, made.project);
      expect(report.checks.filter(({ status }) => status !== 'passed')).toEqual([]);
      expect(report.checks.find(({ id }) => id === 'architecture')).toMatchObject({
        detail: 'linux/arm64; ml.m6g.large is linux/arm64',
      });
    });
  });
