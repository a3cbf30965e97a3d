import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import helpers from 'yeoman-test';
import App from '../../generators/app/index.ts';
import { frameworks } from '../../generators/registry.ts';
import { beginnings, bin, command, pickled, tempFolder } from '../harness.ts';
import { modelFolder } from '../models.ts';

const resolved = join(import.meta.dirname, '../../generators/app/index.ts');
/** Yeoman's own test environment; options as yo hands them over. */
const start = (options: Record<string, unknown>) =>
  helpers
    .run(App as never, { namespace: 'ml-container-creator:app', resolved })
    .withOptions(options as object);

/** Every file below a folder: its contents and whether it is executable, by its path. */
function tree(folder: string): Record<string, [contents: string, mode: number]> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(folder.length + 1), [readFileSync(path, 'latin1'), statSync(path).mode]]),
  );
}

function modelFile(): string {
  const path = join(tempFolder(), 'churn (final).joblib');
  writeFileSync(path, Buffer.from([0x80, 4, 0xff, 0, 10, 13]));
  return path;
}

async function byBin(args: string[]): Promise<string> {
  const cwd = tempFolder();
  await command(process.execPath, [bin, ...args, '--skip-prompts'], { cwd });
  return cwd;
}

describe('prompts', () => {
  test('ask for everything that is not given, in an order in which each answer helps with the next', async () => {
    const result = await start({ skipPrompts: false }).withAnswers({
      framework: 'xgboost',
      modelPath: '',
      instanceType: 'custom',
      customInstanceType: 'ml.c5.xlarge',
    });
    expect(result.askedQuestions.map(({ name, answer }) => [name, answer])).toEqual([
      ['framework', 'xgboost'],
      ['modelPath', undefined],
      ['modelFormat', 'json'],
      ['modelServer', 'fastapi'],
      ['projectName', 'xgboost-model'],
      ['instanceType', 'custom'],
      ['customInstanceType', 'ml.c5.xlarge'],
      ['awsRegion', 'us-east-1'],
      ['awsRoleArn', undefined],
      ['includeSampleModel', true],
      ['includeTesting', true],
    ]);
    result.assertFileContent('xgboost-model/deploy/settings.sh', "INSTANCE_TYPE='ml.c5.xlarge'");
    result.assertFile('xgboost-model/sample_model/train.py');
  });

  test('look at the model before they ask for what it tells', async () => {
    const result = await start({ skipPrompts: false }).withAnswers({
      framework: 'transformers',
      modelName: '',
      modelPath: modelFolder('text-generation'),
      instanceType: 'gpu-enabled',
    });
    expect(result.askedQuestions.map(({ name, answer }) => [name, answer])).toEqual([
      ['framework', 'transformers'],
      ['modelName', undefined],
      ['modelPath', expect.stringContaining('model')],
      ['modelServer', 'vllm'],
      ['projectName', 'transformers-model'],
      ['instanceType', 'gpu-enabled'],
      ['awsRegion', 'us-east-1'],
      ['awsRoleArn', undefined],
      ['includeTesting', true],
    ]);
    result.assertFileContent('transformers-model/deploy/settings.sh', "INSTANCE_TYPE='ml.g6.12xlarge'");
    result.assertFile('transformers-model/model/model.safetensors');
  });

  test('leave out what was given, the format that shows in the file, and the sample when there is a model', async () => {
    const result = await start({
      skipPrompts: false,
      framework: 'sklearn',
      modelServer: 'flask',
      includeTesting: false,
      region: 'eu-west-1',
    })
      .withArguments(['churn'])
      .withAnswers({ modelPath: modelFile(), awsRoleArn: '' });
    expect(result.askedQuestions.map(({ name }) => name)).toEqual([
      'modelPath',
      'instanceType',
      'awsRoleArn',
    ]);
    result.assertFileContent('churn/code/model_handler.py', 'MODEL_FILE = "churn (final).joblib"');
    result.assertNoFile('churn/test/run.sh');
  });

  test('are not reached with input that is wrong: all of it is shown at once', async () => {
    const run = start({ skipPrompts: false, framework: 'sklern', bogus: '1', region: 'mars' }).run();
    await expect(run).rejects.toThrow(
      [
        '3 problems',
        '  unknown flag --bogus',
        `  framework: "sklern" (--framework) is not allowed: one of ${[...frameworks.keys()].join(', ')}; did you mean sklearn?`,
        '  awsRegion: "mars" (--region) is not allowed: a region such as eu-west-1',
      ].join('\n'),
    );
  });
});

describe('what was given and is wrong is said before the first question', () => {
  const folder = tempFolder();
  const put = (name: string, contents: string) => {
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  };
  const data = put('rows.csv', 'a,b\n1,2\n');
  test.each([
    [
      'a target that is no column',
      { sampleData: data, sampleTarget: 'price' },
      'no column "price", only a, b',
    ],
    ['data that is none', { sampleData: put('no.csv', 'a\n1,2\n') }, 'line 2 has 2 fields'],
    [
      'a script without functions',
      { inferenceScript: put('own.py', 'x = 1\n') },
      /inferenceScript: .*model_fn/,
    ],
    [
      'a folder that holds no model',
      { framework: 'transformers', modelPath: folder },
      /modelPath: .*config\.json/,
    ],
    [
      'a model of another library',
      { framework: 'sklearn', modelPath: put('model.ubj', beginnings.ubj) },
      'make a project with --framework=xgboost',
    ],
    [
      'a setting that no serving stack of the library has',
      { framework: 'xgboost', maxModelLen: '4096' },
      /maxModelLen: .*only with modelServer=/,
    ],
  ])('%s', async (_what, options, message) => {
    const asked: string[] = [];
    const callback = (answer: unknown, { question }: { question: { name: string } }) => {
      asked.push(question.name);
      return answer;
    };
    const run = start({ skipPrompts: false, ...options }).withAnswers({ framework: 'sklearn' }, { callback });
    await expect(run).rejects.toThrow(message);
    expect(asked).toEqual([]);
  });
});

describe('with and without Yeoman the same project is written', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/r';
  const flags = [
    '--framework=sklearn',
    '--model-server=flask',
    '--region=eu-central-1',
    `--role-arn=${roleArn}`,
    '--project-id=0a1b2c3d',
  ];
  const options = {
    framework: 'sklearn',
    modelServer: 'flask',
    region: 'eu-central-1',
    roleArn,
    projectId: '0a1b2c3d',
  };

  test('when nothing is asked', async () => {
    const result = await start({ ...options, skipPrompts: true }).withArguments(['one']);
    expect(tree(join(result.cwd, 'one'))).toEqual(tree(join(await byBin(['one', ...flags]), 'one')));
  });

  test('when something is asked, with a model that is no text', async () => {
    const modelPath = modelFile();
    const result = await start({ ...options, skipPrompts: false })
      .withArguments(['one'])
      .withAnswers({ modelPath });
    const made = tree(join(result.cwd, 'one'));
    expect(made).toEqual(tree(join(await byBin(['one', ...flags, `--model-path=${modelPath}`]), 'one')));
    expect(made['model/churn (final).joblib']?.[0]).toBe(readFileSync(modelPath, 'latin1'));
    expect(made['code/serve']?.[1]).toBe(0o100755);
    expect(made['README.md']?.[1]).toBe(0o100644);
  });
});

describe('a second run', () => {
  test('asks for nothing that was left empty in the first', async () => {
    const first = await start({ skipPrompts: false }).withAnswers({
      ...{ framework: 'sklearn', modelPath: '', projectName: 'one', awsRoleArn: '' },
    });
    // yeoman-test takes the first one's folder away.
    const folder = join(tempFolder(), 'one');
    cpSync(join(first.cwd, 'one'), folder, { recursive: true });
    const before = tree(folder);
    expect(JSON.parse(before['ml-container.config.json']?.[0] ?? '')).toMatchObject({
      modelPath: null,
      awsRoleArn: null,
    });
    const second = await start({ skipPrompts: false }).cd(folder);
    expect(second.askedQuestions).toEqual([]);
    expect(tree(folder)).toEqual(before);
    // It is asked for no more, and can be given all the same.
    const role = 'arn:aws:iam::123456789012:role/r';
    await start({ skipPrompts: true, force: true, roleArn: role }).cd(folder);
    expect(JSON.parse(tree(folder)['ml-container.config.json']?.[0] ?? '').awsRoleArn).toBe(role);
  });

  const args = ['one', '--framework=sklearn'];

  test('with the same answers changes nothing, says so, and is no conflict', async () => {
    const cwd = await byBin(args);
    const before = tree(cwd);
    const again = () => command(process.execPath, [bin, ...args, '--skip-prompts'], { cwd });
    expect((await again()).stdout).toMatch(/^Nothing changed in one: its \d+ files are there already\. /);
    expect(tree(cwd)).toEqual(before);
    for (const path of ['Dockerfile', 'code/app.py']) rmSync(join(cwd, 'one', path));
    expect((await again()).stdout).toMatch(/^Changed one: 2 of \d+ files\. /);
    expect(tree(cwd)).toEqual(before);
  });

  test('with a model that was copied changes nothing, until that is another one', async () => {
    const cwd = tempFolder();
    const again = async () =>
      (
        await command(process.execPath, [bin, ...args, '--model-path=m.pkl', '--skip-prompts', '--force'], {
          cwd,
        })
      ).stdout;
    writeFileSync(join(cwd, 'm.pkl'), pickled('a model'));
    expect(await again()).toMatch(/^Created one: /);
    expect(await again()).toMatch(/^Nothing changed in one: /);
    writeFileSync(join(cwd, 'm.pkl'), pickled('another'));
    expect(await again()).toMatch(/^Changed one: 1 of /);
  });

  test('in the project itself takes the answers from its ml-container.config.json', async () => {
    const cwd = await byBin([...args, `--model-path=${modelFile()}`, '--model-server=flask']);
    const before = tree(cwd);
    await command(process.execPath, [bin, '--skip-prompts'], { cwd: join(cwd, 'one') });
    expect(tree(cwd)).toEqual(before);
  });

  test('with other answers lists what differs and writes nothing; with --force it overwrites just that', async () => {
    const cwd = await byBin(args);
    writeFileSync(join(cwd, 'one/notes.txt'), 'mine');
    const before = tree(cwd);
    const other = [bin, ...args, '--skip-prompts', '--model-server=flask'];
    const refused = command(process.execPath, other, { cwd });
    await expect(refused).rejects.toThrow(
      /one has files that differ from what would be written: README.md, code\/app.py, .*--force/,
    );
    expect(tree(cwd)).toEqual(before);
    await command(process.execPath, [...other, '--force'], { cwd });
    const after = tree(cwd);
    expect(after['one/notes.txt']?.[0]).toBe('mine');
    expect(after['one/code/app.py']?.[0]).toContain('Flask');
  });
});

test('the report counts each file once, and with --verbose lists it', async () => {
  const cwd = tempFolder();
  const args = [bin, 'one', '--framework=xgboost', '--include-sample', '--skip-prompts'];
  const { stdout: brief } = await command(process.execPath, args, { cwd });
  const { stdout } = await command(process.execPath, [...args, '--verbose'], { cwd });
  const lines = stdout.split('\n').map((line) => line.trim().split('  ')[0]);
  const files = Object.keys(tree(join(cwd, 'one')));
  expect(lines).toEqual(expect.arrayContaining(files));
  expect(stdout.split('\n').length).toBeGreaterThan(files.length);
  expect(brief.split('\n').length).toBeLessThan(25);
  const counts = [...brief.matchAll(/\((\d+) files?\)/g)].map(([, count]) => Number(count));
  const [parts = ''] = brief.split('Next:');
  const alone = parts.split('\n').filter((line) => /^ {2}[\w/.-]*\w {2}/.test(line));
  expect(counts.reduce((sum, count) => sum + count, alone.length)).toBe(files.length);
});

test('the answers that a project starts from may be fewer than those that it keeps', async () => {
  const cwd = tempFolder();
  writeFileSync(join(cwd, 'ml-container.config.json'), '{ "framework": "sklearn", "projectDir": "." }');
  await command(process.execPath, [bin, '--skip-prompts'], { cwd });
  expect(JSON.parse(readFileSync(join(cwd, 'ml-container.config.json'), 'utf8'))).toMatchObject({
    modelFormat: 'pkl',
  });
});

test('a model that lies deeper in its folder is found again by the next run', async () => {
  const cwd = tempFolder();
  mkdirSync(join(cwd, 'm.pkl/sub'), { recursive: true });
  writeFileSync(join(cwd, 'm.pkl/sub/m.pkl'), pickled('a model'));
  const run = (args: string[], where: string) =>
    command(process.execPath, [bin, ...args, '--skip-prompts'], { cwd: where });
  await run(['one', '--framework=sklearn', '--model-path=m.pkl'], cwd);
  const before = tree(cwd);
  expect(before['one/code/model_handler.py']?.[0]).toContain('MODEL_FILE = "sub/m.pkl"');
  await run([], join(cwd, 'one'));
  expect(tree(cwd)).toEqual(before);
});

test('the report says what was made, what of it is yours to edit, and the next three commands', async () => {
  const cwd = tempFolder();
  const run = (...args: string[]) => command(process.execPath, [bin, ...args, '--skip-prompts'], { cwd });
  const sample = await run('iris', '--framework=sklearn', '--include-sample');
  expect(sample.stderr).toBe('');
  expect(sample.stdout.replaceAll(/\d+ files/g, 'N files')).toBe(
    `Created iris: N files. A scikit-learn model (pkl) served by FastAPI, for ml.m6g.large (linux/arm64).

Yours to edit:
  code/model_handler.py     loads the model and predicts
  code/app.py               your own routes, in FastAPI
  requirements.txt          the packages: pin the model's own as they were in training
  deploy/settings.sh        names, region, role, instance type
  ml-container.config.json  the answers that made this project

The rest:
  code/serve                what SageMaker starts
  code/ml_serving/          the server (N files)
  deploy/                   scripts and policies for the endpoint (N files)
  sample_model/             trains a small model to try it with (N files)
  test/                     of the handler, the server, the image, the endpoint (N files)
  ./                        README.md, Dockerfile, run_local.sh (N files)

Next:
  cd iris
  sample_model/train.sh  # trains the sample model
  ./run_local.sh         # serves it on port 8080, without Docker
`,
  );
  const gpu = await run(
    'my-dir',
    '--framework=xgboost',
    '--instance-type=gpu-enabled',
    `--project-dir=a b/c`,
  );
  expect(gpu.stderr).toBe(
    'warning: ml.g5.xlarge has an accelerator that costs money and is not used: xgboost-cpu, which the project pins, has no CUDA code\n',
  );
  expect(gpu.stdout).toContain("  cd 'a b/c'\n  mkdir -p model && cp YOUR_MODEL model/model.json");
  const data = 'update --sample-data=FILE  # in the project, with rows of the training data';
  expect(gpu.stdout).toContain(data);
  writeFileSync(join(cwd, 'rows.csv'), 'a\nx\n');
  expect((await run('told', '--framework=xgboost', '--sample-data=rows.csv')).stdout).not.toContain(data);
  const mistyped = await run('far', '--framework=sklearn', '--region=us-esat-1');
  expect(mistyped.stderr).toBe(
    'warning: us-esat-1 is no region that is known here; did you mean us-east-1?\n',
  );
  const burst = await run('t3', '--framework=xgboost', '--instance-type=ml.t3.medium');
  expect(burst.stderr).toContain('the nearest is ml.t2.medium');
});
