// @module-tag all
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nameOf, ofRows, stacks } from '../../combinations.ts';
import { command } from '../../harness.ts';
import { trained } from '../trained.ts';
import { answersThroughLocal } from './local.ts';

const contentTypes = {
  'payload.json': 'application/json',
  'payload.csv': 'text/csv',
  'payload.npy': 'application/x-npy',
};

const instanceType = process.arch === 'arm64' ? 'ml.m6g.large' : 'ml.m5.large';

/** Deploys a trained project by its scripts, with its own server or with its image, and holds what it answers to its model. */
async function expectRightAnswers(combination: (typeof stacks)[number], isImage: boolean) {
  const { framework, modelFormat, modelServer } = combination;
  const flags = [
    `--framework=${framework}`,
    `--model-format=${modelFormat}`,
    `--model-server=${modelServer}`,
    `--instance-type=${instanceType}`,
  ];
  const { project, venv } = await trained(nameOf(combination), ...flags);
  const answers = await answersThroughLocal(project, contentTypes, 20, isImage ? undefined : venv);
  const compared = [join(import.meta.dirname, 'answers.py'), project, `model.${modelFormat}`, answers];
  const { stdout } = await command(join(venv, 'bin/python'), ['-W', 'ignore', ...compared]);
  expect(stdout.trim().split('\n')).toEqual(Object.keys(contentTypes));
}

for (const [index, combination] of stacks.filter(ofRows).entries()) {
  const { framework, modelServer } = combination;
  test(`${framework} served by ${modelServer}: the scripts as they are make an endpoint whose predictions in JSON, CSV and NPY are the model's own`, () =>
    expectRightAnswers(combination, false));
  // deploy.test.ts has the first.
  if (index)
    // Its packages come from an index of elsewhere.
    test(`so does the image of ${framework} served by ${modelServer}`, { timeout: 600_000 }, () =>
      expectRightAnswers(combination, true),
    );
}
