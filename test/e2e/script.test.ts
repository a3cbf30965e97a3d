import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { all } from '../all.ts';
import { activated, command, tempFolder } from '../harness.ts';
import { type Trained, trained } from './trained.ts';
import { verify } from './verify/run.ts';

// As people bring it from AWS's container of scikit-learn: a module beside it, and training in the same file.
const script = `
import argparse
import os

import joblib

from checks import checked


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.pkl"))


def predict_fn(data, model):
    return model.predict(checked(data))


if __name__ == "__main__":
    argparse.ArgumentParser().add_argument("--n-estimators", type=int, required=True)
`;

let made: Trained;

beforeAll(async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'train_and_serve.py'), script);
  writeFileSync(join(folder, 'checks.py'), 'def checked(data):\n    return data\n');
  made = await trained(
    'scripted',
    '--framework=sklearn',
    `--inference-script=${join(folder, 'train_and_serve.py')}`,
  );
});

// The server is the same as without a script; that it answers right, the project's own tests say.
test('a project with a script keeps to the hosting contract', all, async () => {
  const { failed } = await verify([made.project, '--skip=time-outs'], activated(made.venv));
  expect(failed).toEqual([]);
});

test('it passes the tests that come with it', async () => {
  const { stdout } = await command(join(made.development, 'bin/python'), ['-m', 'pytest', 'test', '-q'], {
    cwd: made.project,
    env: activated(made.development),
  });
  expect(stdout).toMatch(/\d+ passed/);
  expect(stdout).not.toMatch(/skipped|failed|warning/);
});
