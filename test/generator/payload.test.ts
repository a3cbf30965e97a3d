import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnv, generate, tempFolder } from '../harness.ts';
import { modelFolder } from '../models.ts';

/** What answers each request with itself: an endpoint by the AWS CLI, a container by Docker and curl. */
const echoing = {
  aws: `for one; do [[ $one != fileb://* ]] || body=\${one#fileb://}; done
cp "$body" "\${@: -1}"`,
  docker: `case $1 in
  port) echo 127.0.0.1:9 ;;
  inspect) echo true ;;
  run) echo a-container ;;
esac`,
  curl: `for one; do [[ $one != @* ]] || { cat "\${one#@}"; printf '\\n200'; }; done`,
};

const programs = tempFolder();
for (const [name, body] of Object.entries(echoing))
  writeFileSync(join(programs, name), `#!/usr/bin/env bash\n${body}\n`, { mode: 0o755 });

/** A script of a project, asked without a payload; nothing of it is left in the folder for temporary files. */
function ask(project: string, script: string) {
  mkdirSync(join(project, 'model'), { recursive: true });
  const TMPDIR = tempFolder();
  const env = { ...cleanEnv, TMPDIR, PATH: `${programs}:${process.env.PATH}`, CONTAINER_CLI: 'docker' };
  const { status, stdout, stderr } = spawnSync(join(project, 'test', script), { env, encoding: 'utf8' });
  expect(readdirSync(TMPDIR)).toEqual([]);
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

const scripts = ['test_endpoint.sh', 'test_local_image.sh'];
const schema = 'model/input_schema.json';

test.each(scripts)(
  '%s sends the example of the schema where nobody gives a request, as it is today',
  async (script) => {
    const rows = join(tempFolder(), 'rows.csv');
    writeFileSync(rows, 'zip,age\n02139,41\n');
    const project = await generate(['iris', '--framework=sklearn', `--sample-data=${rows}`]);
    const sent = ask(project, script);
    expect(sent).toMatchObject({ status: 0, stderr: `${script}: sends the example in ${schema}` });
    expect(JSON.parse(sent.stdout)).toEqual({ instances: [{ zip: '02139', age: 41 }] });
    writeFileSync(join(project, schema), '{"columns": [{"type": "float64"}], "example": [2.0]}');
    expect(ask(project, script).stdout).toBe('{"instances": [[2.0]]}');
    writeFileSync(join(project, schema), '{"columns": [{"type": "float64"}]}');
    const unknown = {
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `has no "example", .*payload.json: give one: test/${script} PAYLOAD_FILE \\[CONTENT_TYPE\\]$`,
        ),
      ),
    };
    expect(ask(project, script)).toEqual(unknown);
    rmSync(join(project, schema));
    expect(ask(project, script)).toEqual(unknown);
    mkdirSync(join(project, 'sample_model/payloads'), { recursive: true });
    writeFileSync(join(project, 'sample_model/payloads/payload.json'), 'mine');
    expect(ask(project, script)).toEqual({ status: 0, stdout: 'mine', stderr: '' });
  },
);

test.each(scripts)("%s sends a model of texts the tests' own example", async (script) => {
  const model = modelFolder('text-classification');
  const flags = ['--framework=transformers', '--model-server=fastapi', '--task=text-classification'];
  const project = await generate(['texts', ...flags, `--model-path=${model}`]);
  expect(JSON.parse(ask(project, script).stdout)).toEqual({
    inputs: ['the film was great', 'the food was dull, my friends said'],
    parameters: {},
  });
});
