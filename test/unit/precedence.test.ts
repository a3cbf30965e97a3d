import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArguments } from '../../generators/commands/read.ts';
import type { Task } from '../../generators/models/tasks.ts';
import { descriptions, keys } from '../../generators/settings/descriptions.ts';
import { generate } from '../../generators/settings/flags.ts';
import { complete, draftSettings } from '../../generators/settings/resolve.ts';
import type { Key, Settings } from '../../generators/settings/schema.ts';
import { beginningOf, tempFolder } from '../harness.ts';

/** Names of files that are there. */
const present: string[] = [];

const modelFile = (name: string) => {
  present.push(name);
  return name;
};

const transformers = { framework: 'transformers', modelName: 's3://bucket/model/', task: 'text-generation' };
const onTheHub = { ...transformers, modelName: 'org/name', modelSource: 'hub' };

const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:';

/** Two values for each setting, and what else must be given for them to be allowed. */
const cases: Record<Key, { values: [unknown, unknown]; with?: Partial<Record<Key, string>> }> = {
  framework: { values: ['xgboost', 'sklearn'] },
  modelName: { values: ['org/name', 's3://bucket/model/'], with: { ...transformers, modelServer: 'vllm' } },
  modelPath: { values: [modelFile('a.pkl'), modelFile('b.pkl')] },
  modelFormat: { values: ['joblib', 'skops'] },
  sampleData: { values: [modelFile('a.csv'), modelFile('b.jsonl')] },
  sampleTarget: { values: ['price', 'class'], with: { sampleData: modelFile('c.csv') } },
  inferenceScript: { values: ['a.py', 'b.py'] },
  task: { values: ['text-generation', 'text-classification'], with: transformers },
  modelServer: { values: ['flask', 'fastapi'] },
  projectName: { values: ['churn-1', 'churn-2'] },
  projectDir: { values: ['some/where', 'else/where'] },
  projectId: { values: ['0a1b2c3d', '4e5f6071'] },
  adapters: {
    values: [['a=org/a'], ['a=org/a', 'b=s3://bucket/b/']],
    with: { framework: 'transformers', task: 'text-generation' },
  },
  copyModel: { values: [true, false], with: { framework: 'transformers', task: 'text-generation' } },
  modelSource: { values: ['hub', 's3'], with: onTheHub },
  hfTokenSecretArn: { values: [`${secret}a`, `${secret}b`], with: onTheHub },
  instanceType: { values: ['gpu-enabled', 'ml.c5.xlarge'] },
  customInstanceType: { values: ['ml.m5.large', 'ml.m5.xlarge'], with: { instanceType: 'custom' } },
  maxModelLen: { values: [4096, 8192], with: transformers },
  quantization: { values: ['awq', 'fp8'], with: transformers },
  dtype: { values: ['float16', 'bfloat16'], with: transformers },
  tensorParallel: { values: [2, 4], with: transformers },
  trustRemoteCode: { values: [true, false], with: transformers },
  allowedMediaDomains: {
    values: [['a.example.com'], ['a.example.com', 'b.example.com']],
    with: { ...transformers, modelServer: 'vllm' },
  },
  awsRegion: { values: ['eu-west-1', 'cn-north-1'] },
  awsRoleArn: { values: ['arn:aws:iam::123456789012:role/a', 'arn:aws:iam::123456789012:role/path/b'] },
  includeSampleModel: { values: [true, false] },
  includeTesting: { values: [false, true] },
};

interface World {
  args: string[];
  env: Record<string, string>;
  files: Record<string, object>;
}

type Source = (world: World, key: Key, value: unknown) => void;

const merge = (world: World, file: string, content: object) => {
  world.files[file] = { ...world.files[file], ...content };
};

/** Every source of a setting, strongest first. */
const sources: Record<string, Source> = {
  flag: (world, key, value) =>
    world.args.push(
      ...[value]
        .flat()
        .map((one) => `--${descriptions[key].flag}=${one === true ? 'yes' : one === false ? 'no' : one}`),
    ),
  argument: (world, key, value) => {
    if (descriptions[key].argument) world.args.push(String(value));
  },
  'ML_* variable': (world, key, value) => {
    world.env[descriptions[key].variable] = String(value);
  },
  '--config file': (world, key, value) => {
    if (!world.args.includes('--config=prod.json')) world.args.push('--config=prod.json');
    merge(world, 'prod.json', { [key]: value });
  },
  'ml-container.config.json': (world, key, value) =>
    merge(world, 'ml-container.config.json', { [key]: value }),
  'package.json': (world, key, value) => {
    const section = (world.files['package.json'] as Record<string, object>)?.['ml-container-creator'];
    merge(world, 'package.json', { 'ml-container-creator': { ...section, [key]: value } });
  },
  '.yo-rc.json': (world, key, value) => {
    const section = (world.files['.yo-rc.json'] as Record<string, object>)?.[
      'generator-ml-container-creator'
    ];
    merge(world, '.yo-rc.json', { 'generator-ml-container-creator': { ...section, [key]: value } });
  },
};

async function resolveIn({ args, env, files }: World): Promise<Settings> {
  const cwd = tempFolder();
  for (const name of present) writeFileSync(join(cwd, name), beginningOf(name.split('.')[1]));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(cwd, name), JSON.stringify(content));
  const commandLine = readArguments(generate, args);
  return complete(await draftSettings({ commandLine, env, cwd }, commandLine.problems));
}

function worldFor(key: Key): World {
  const world: World = { args: [], env: {}, files: {} };
  const needed = { framework: 'sklearn', ...cases[key].with };
  // From the weakest source, so that it never hides what is tested.
  for (const [name, value] of Object.entries(needed)) {
    if (name !== key) sources['.yo-rc.json']?.(world, name as Key, value);
  }
  return world;
}

const applies = (source: string, key: Key) => source !== 'argument' || descriptions[key].argument === true;

describe.each(keys)('%s', (key) => {
  const [stronger, weaker] = cases[key].values;
  const names = Object.keys(sources).filter((name) => applies(name, key));

  test.each(names)('is taken from the %s', async (source) => {
    for (const value of cases[key].values) {
      const world = worldFor(key);
      sources[source]?.(world, key, value);
      expect((await resolveIn(world))[key]).toEqual(value);
    }
  });

  test.each(names.slice(1).map((name, index) => [names[index] as string, name]))(
    'is taken from the %s before the %s',
    async (strong, weak) => {
      for (const [first, second] of [
        [stronger, weaker],
        [weaker, stronger],
      ]) {
        const world = worldFor(key);
        sources[weak]?.(world, key, second);
        sources[strong]?.(world, key, first);
        expect((await resolveIn(world))[key]).toEqual(first);
      }
    },
  );

  const ambient = descriptions[key].ambient ?? [];
  test.each(ambient)(
    'is taken from %s before the default, and from every other source before that',
    async (variable) => {
      const world = worldFor(key);
      world.env[variable] = String(stronger);
      expect((await resolveIn(world))[key]).toBe(stronger);
      sources['.yo-rc.json']?.(world, key, weaker);
      expect((await resolveIn(world))[key]).toBe(weaker);
    },
  );
});

test('what nobody gives has its default, some by what else was given', async () => {
  const defaults = (framework: string) =>
    resolveIn({ args: [`--framework=${framework}`], env: {}, files: {} });
  expect(await defaults('sklearn')).toEqual({
    framework: 'sklearn',
    modelFormat: 'pkl',
    modelServer: 'fastapi',
    projectName: 'sklearn-model',
    projectDir: './sklearn-model',
    projectId: expect.stringMatching(/^[0-9a-f]{8}$/),
    instanceType: 'cpu-optimized',
    awsRegion: 'us-east-1',
    includeSampleModel: false,
    includeTesting: true,
  });
  expect(await defaults('xgboost')).toMatchObject({ modelFormat: 'json', projectName: 'xgboost-model' });
});

test('the format follows from the ending of the model file', async () => {
  const formatOf = async (framework: string, file: string) =>
    (
      await resolveIn({
        args: [`--framework=${framework}`, `--model-path=${modelFile(file)}`],
        env: {},
        files: {},
      })
    ).modelFormat;
  expect(await formatOf('sklearn', 'm.skops')).toBe('skops');
  expect(await formatOf('sklearn', 'm.pickle')).toBe('pkl');
  expect(await formatOf('xgboost', 'm.ubj')).toBe('ubj');
});

test('AWS_REGION comes before AWS_DEFAULT_REGION, as in the AWS CLI version 2', async () => {
  const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
  expect((await resolveIn({ args: ['--framework=sklearn'], env, files: {} })).awsRegion).toBe('eu-west-1');
});

test('a variable that is set to nothing is not given', async () => {
  expect(
    (await resolveIn({ args: ['--framework=sklearn'], env: { ML_MODEL_SERVER: '' }, files: {} })).modelServer,
  ).toBe('fastapi');
});

test('what follows from a model is allowed or refused like what somebody gives', async () => {
  const flags = { framework: 'transformers', 'model-name': 'org/name' };
  const draft = await draftSettings({ commandLine: { flags }, env: {}, cwd: tempFolder() });
  const completed = (task: string) => complete({ ...draft, facts: { task: task as Task, warnings: [] } });
  expect(completed('fill-mask').task).toBe('fill-mask');
  expect(() => completed('../../x')).toThrow(
    'task: "../../x" (default) is not allowed: one of text-generation',
  );
});

test('a project may have a name like a command, said on purpose; in its folder its own name renames nothing', async () => {
  const flags = ['--framework=sklearn', '--project-name=updtae'];
  expect((await resolveIn({ args: flags, env: {}, files: {} })).projectName).toBe('updtae');
  // Two letters from local.
  expect((await resolveIn({ args: ['loan', '--framework=sklearn'], env: {}, files: {} })).projectName).toBe(
    'loan',
  );
  const files = {
    'ml-container.config.json': { framework: 'sklearn', projectName: 'churn', projectDir: '.' },
  };
  expect((await resolveIn({ args: ['churn'], env: {}, files })).projectName).toBe('churn');
  expect((await resolveIn({ args: ['--project-name=other'], env: {}, files })).projectName).toBe('other');
  // The same answers for a project elsewhere.
  expect((await resolveIn({ args: ['other', '--project-dir=../other'], env: {}, files })).projectName).toBe(
    'other',
  );
});

test('a config file may start with the mark of UTF-8', async () => {
  const cwd = tempFolder();
  writeFileSync(join(cwd, 'ml-container.config.json'), '\uFEFF{"framework": "xgboost"}');
  const commandLine = readArguments(generate, []);
  expect(complete(await draftSettings({ commandLine, env: {}, cwd })).framework).toBe('xgboost');
});
