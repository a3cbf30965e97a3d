import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frameworks } from '../../generators/registry.ts';
import { all } from '../all.ts';
import { nameOf, ofRows, projectFor, stacks, withSample } from '../combinations.ts';
import { activated, command, ready, type Served, serve, stop } from '../harness.ts';
import { type Trained, trained } from './trained.ts';
import { verify } from './verify/run.ts';

// A stack's own part, the user's routes, is the same for every framework: transformers are served by one of them.
const combinations = withSample.filter(
  (one) => ofRows(one) || one.modelServer === frameworks.get(one.framework)?.defaultServer,
);

// How a model is loaded is all that another format changes.
const isStack = (combination: (typeof combinations)[number]) => stacks.includes(combination);

// How a server keeps to the contract, and passes its own tests, hangs on the framework or on the web framework, not on
// the two together: in `npm test` each is checked once. With texts it takes four times as long; that they are served, and
// answer right, the project's own tests say.
const verified = new Set<string>();
const isVerified = new Set(
  [2, 1].flatMap((further) =>
    combinations.filter((one) => {
      const parts = [one.framework, one.modelServer];
      if (!isStack(one) || !ofRows(one) || parts.filter((part) => !verified.has(part)).length < further)
        return false;
      for (const part of parts) verified.add(part);
      return true;
    }),
  ),
);

const isTested = (combination: (typeof combinations)[number]) =>
  isVerified.has(combination) || !ofRows(combination);

for (const combination of combinations) {
  const { framework, modelFormat, modelServer } = combination;
  describe(
    `a trained ${framework} model in ${modelFormat}, served by ${modelServer}`,
    isStack(combination) ? {} : all,
    () => {
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

      // What the others answer, tests of their own say.
      if (ofRows(combination))
        test("answers with the model's own predictions in every content type", async () => {
          const script = join(import.meta.dirname, 'python/expected.py');
          const args = [script, made.project, served.url, `model.${modelFormat}`];
          const { stdout } = await command(join(made.venv, 'bin/python'), args);
          const { contentTypes } = projectFor(combination);
          const payloads = contentTypes.request.filter(({ payload }) => payload);
          expect(stdout.trim().split('\n')).toHaveLength(payloads.length * 4);
        });

      if (!isStack(combination)) return;

      // That of the first is verified in its image: images.test.ts.
      const isOften = isVerified.has(combination) && combination !== stacks.find(ofRows);
      test('keeps to the hosting contract', isOften ? {} : all, async () => {
        const { failed, report } = await verify([made.project, '--skip=time-outs'], activated(made.venv));
        expect(failed).toEqual([]);
        const skipped = report.checks
          .filter(({ status }) => status === 'skipped')
          // There is one such port, and others on this machine may have it.
          .filter(({ detail }) => !detail?.endsWith('port 8080 is taken by something else on this machine'))
          .map(({ id }) => id);
        expect(skipped).toEqual([
          // A text has no value too few, and its lines are no rows of a table.
          ...(ofRows(combination) ? [] : ['csv-line-ends', 'wrong-features']),
          ...['root-read-only', 'any-user', 'no-network'],
          ...['architecture', 'manifest', 'size'],
        ]);
      });

      test('passes the tests that come with it', isTested(combination) ? {} : all, async () => {
        const { stdout } = await command(
          join(made.development, 'bin/python'),
          ['-m', 'pytest', 'test', '-q'],
          {
            cwd: made.project,
            env: activated(made.development),
          },
        );
        expect(stdout).toMatch(/\d+ passed/);
        expect(stdout).not.toMatch(/skipped|failed|warning/);
      });
    },
  );
}

test('every serving stack waits for a request as long as SageMaker does', all, async () => {
  const stacks = withSample.filter(
    ({ modelServer }, index) => withSample.findIndex((one) => one.modelServer === modelServer) === index,
  );
  await Promise.all(
    stacks.map(async ({ framework, modelServer }) => {
      const flags = [`--framework=${framework}`, `--model-server=${modelServer}`];
      const { project, venv } = await trained(`patient-${modelServer}`, ...flags);
      const { report } = await verify([project, '--only=time-outs'], activated(venv));
      expect(report.counts).toEqual({ passed: 2, failed: 0, skipped: 0 });
    }),
  );
});
