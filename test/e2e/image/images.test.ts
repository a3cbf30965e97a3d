import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { ofRows, stacks } from '../../combinations.ts';
import { build, inImage, inspectImage, missingLibraries, removeImage, sizes } from '../docker.ts';
import { type Trained, trained } from '../trained.ts';
import { verify } from '../verify/run.ts';

const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

// Where the index of torch's builds for CPUs cannot be reached, one with transformers has 7 GB.
for (const [index, { framework, modelServer }] of stacks.filter(ofRows).entries())
  describe(`the image of ${framework} served by ${modelServer}`, index === 0 ? {} : all, () => {
    const images: string[] = [];
    const built = async (project: string) => {
      const one = await build(project);
      images.push(one.image);
      return one;
    };
    let image: string;
    let made: Trained;

    beforeAll(async () => {
      made = await trained('iris', `--framework=${framework}`, `--model-server=${modelServer}`);
      ({ image } = await built(made.project));
    });

    afterAll(() => removeImage(...images));

    test('keeps to the hosting contract, run by Docker as SageMaker does', async () => {
      const instance = process.arch === 'arm64' ? 'ml.m6g.large' : 'ml.m5.large';
      const { failed, report } = await verify(
        [image, '--skip=time-outs', `--instance-type=${instance}`],
        undefined,
        made.project,
      );
      expect(failed).toEqual([]);
      expect(report.checks.filter(({ status }) => status === 'skipped')).toEqual([]);
    });

    test('is at most 15 % larger than its base image and the wheels that it holds', async () => {
      const { base, packages, size } = await sizes(image);
      const ratio = size / (base + packages);
      console.log(
        `${framework}, ${modelServer}: ${mb(base)} + ${mb(packages)}, ${mb(size)}: ${ratio.toFixed(3)}`,
      );
      // Or it counts what is not there, and finds any image small enough.
      expect(packages).toBeGreaterThan(100e6);
      expect(ratio).toBeGreaterThan(1);
      expect(ratio).toBeLessThan(1.15);
    });

    test('holds what the server needs: compiled, and without what built it', async () => {
      const model = ['--volume', `${join(made.project, 'model')}:/opt/ml/model:ro`];
      // Python says which files it compiles as it imports them.
      const imports = await inImage(
        image,
        model,
        'python',
        '-v',
        '-c',
        'import app, model_handler, ml_serving.server.main, ml_serving.worker.processes',
      );
      expect(imports).toMatch(/code object from '\/opt\/program\/__pycache__\/model_handler\.\S+\.pyc'/);
      expect(imports.match(/code object from '?\/opt\/.*\.py'?$/gm)).toBeNull();
      const unwanted = ['cc', 'gcc', 'make', 'git', 'nginx', 'curl', 'wget', '/opt/venv/bin/pip'];
      const look = `for one in ${unwanted.join(' ')}; do command -v $one; done; ls -A /root/.cache /image /tmp 2>/dev/null`;
      expect(await inImage(image, [], 'sh', '-c', `${look}; true`)).toBe('/tmp:\n');
      const { Config } = await inspectImage(image);
      expect(Config.Healthcheck).toBeUndefined();
    });

    test('has every library that the compiled ones among its packages need', async () => {
      expect(await missingLibraries(image)).toEqual([]);
    });

    test('is built again in seconds after a change of model_handler.py: its packages are not installed again', async () => {
      const line = `# changed at ${Date.now()}\n`;
      appendFileSync(join(made.project, 'code/model_handler.py'), line);
      const { image: again, log, seconds } = await built(made.project);
      console.log(`${framework}, ${modelServer}: built again in ${seconds.toFixed(1)} s`);
      expect(await inImage(again, [], 'tail', '-n', '1', '/opt/program/model_handler.py')).toBe(line);
      const [step] = /^#\d+(?= \[packages .*pip )/m.exec(log) ?? [];
      expect(log).toMatch(new RegExp(`^${step} CACHED$`, 'm'));
    });
  });
