import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frameworks } from '../../generators/registry.ts';
import { combinations, nameOf } from '../combinations.ts';
import { activated, command, ready, type Served, serve, stop } from '../harness.ts';
import { type Trained, trained } from './trained.ts';

describe.each(combinations)(
  'a trained $framework model in $modelFormat, served by $modelServer',
  (combination) => {
    const { framework, modelFormat, modelServer } = combination;
    let made: Trained;
    let served: Served;

    beforeAll(async () => {
      made = await trained(
        nameOf(combination),
        `--framework=${framework}`,
        `--model-format=${modelFormat}`,
        `--model-server=${modelServer}`,
      );
      served = await serve(made.project, made.venv, { SERVER_WORKERS: '2' });
      await ready(served);
    });

    afterAll(() => served && stop(served));

    test("answers with the model's own predictions in every content type", async () => {
      const script = join(import.meta.dirname, 'python/expected.py');
      const args = [script, made.project, served.url, `model.${modelFormat}`];
      const { stdout } = await command(join(made.venv, 'bin/python'), args);
      const ofFramework = (frameworks.get(framework)?.requestTypes ?? []).filter(({ payload }) => payload);
      expect(stdout.trim().split('\n')).toHaveLength((4 + ofFramework.length) * 4);
    });

    test('passes the tests that come with it', async () => {
      const { stdout } = await command(join(made.development, 'bin/python'), ['-m', 'pytest', 'test', '-q'], {
        cwd: made.project,
        env: activated(made.development),
      });
      expect(stdout).toMatch(/\d+ passed/);
      expect(stdout).not.toMatch(/skipped|failed|warning/);
    });
  },
);
