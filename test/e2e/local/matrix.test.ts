// @module-tag all
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nameOf, ofRows, stacks } from '../../combinations.ts';
import { bin, command, tempFolder } from '../../harness.ts';
import { trained } from '../trained.ts';
import { processesOf, run, userEnvironment } from './local.ts';

const contentTypes = { json: 'application/json', csv: 'text/csv', npy: 'application/x-npy' };

/** The deploy scripts as they are, then invoke-endpoint of the AWS CLI for each kind of request. */
const script = (name: string, answers: string) =>
  [
    'set -e',
    'deploy/upload_to_s3.sh',
    'deploy/deploy.sh',
    ...Object.entries(contentTypes).map(
      ([kind, type]) =>
        `aws sagemaker-runtime invoke-endpoint --region us-east-1 --endpoint-name ${name} ` +
        `--body fileb://sample_model/payloads/payload.${kind} --content-type ${type} --accept ${type} ` +
        `${answers}/payload.${kind} >/dev/null`,
    ),
  ].join('\n');

for (const combination of stacks.filter(ofRows)) {
  const { framework, modelFormat, modelServer } = combination;
  test(`${framework} served by ${modelServer}: the scripts as they are make an endpoint whose predictions in JSON, CSV and NPY are the model's own`, async () => {
    const flags = [
      `--framework=${framework}`,
      `--model-format=${modelFormat}`,
      `--model-server=${modelServer}`,
    ];
    const { project, venv } = await trained(nameOf(combination), ...flags);
    symlinkSync(venv, join(project, '.venv'));
    const [state, answers] = ['state', 'answers'].map((name) => join(tempFolder(), name)) as [string, string];
    mkdirSync(answers);
    const local = [bin, 'local', `--folder=${state}`, '--process', '--time-scale=20', '--'];
    const { code, stdout, stderr } = await run(
      process.execPath,
      [...local, 'bash', '-c', script(nameOf(combination), answers)],
      project,
      await userEnvironment(),
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`The endpoint ${nameOf(combination)} is in service on `);
    const compared = [join(import.meta.dirname, 'answers.py'), project, `model.${modelFormat}`, answers];
    const right = await command(join(venv, 'bin/python'), ['-W', 'ignore', ...compared]);
    expect(right.stdout.split('\n')).toEqual(['payload.json', 'payload.csv', 'payload.npy', '']);
    expect(await processesOf(state)).toEqual([]);
  });
}
