import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { frameworks } from '../../../generators/registry.ts';
import type { Settings } from '../../../generators/settings/schema.ts';
import { sources } from '../../combinations.ts';
import { beginningOf, bin, cleanEnv, command, tempFolder } from '../../harness.ts';
import { commit, edit, git, read, runUpdate, tree } from './project.ts';

/** As meta-llama/Llama-3.1-8B-Instruct has it: on one L4 there is no room for requests of its full length. */
const config = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  ...{ hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8 },
  ...{ intermediate_size: 14336, vocab_size: 128256, max_position_embeddings: 131072 },
  ...{ tie_word_embeddings: false, torch_dtype: 'bfloat16' },
};
const sha = '0'.repeat(40);

const hub = createServer(({ url }, response) => {
  const about = { sha, pipeline_tag: 'text-generation' };
  response.end(JSON.stringify(url?.startsWith('/api/') ? about : config));
});
let online: NodeJS.ProcessEnv;
/** Whatever asks the Hub warns that it cannot. */
const offline = { ...cleanEnv, HF_HUB_OFFLINE: '1' };

beforeAll(async () => {
  await once(hub.listen(0, '127.0.0.1'), 'listening');
  online = { ...cleanEnv, HF_ENDPOINT: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` };
});
afterAll(() => hub.close());

type Origin = { readonly args: readonly string[]; readonly files?: Readonly<Record<string, string>> };

/** Every place that a framework's model may come from. */
function originsOf(framework: string): [string, Origin][] {
  const { formats = {}, modelIs } = frameworks.get(framework) ?? {};
  if (modelIs === 'file') {
    const [format = ''] = Object.keys(formats);
    const model = beginningOf(format);
    return [
      ['none yet', { args: [] }],
      ['the sample', { args: ['--include-sample'] }],
      ['a file', { args: [`--model-path=m.${format}`], files: { [`m.${format}`]: model } }],
      [
        'a folder',
        { args: ['--model-path=m'], files: { [`m/deep/in.${format}`]: model, 'm/names.txt': '' } },
      ],
    ];
  }
  const files = {
    'm/tokenizer.json': '{}',
    'm/config.json': JSON.stringify(config),
    'm/model.safetensors': `\x02${'\0'.repeat(7)}{}`,
  };
  const places: Readonly<Record<string, Partial<Settings>>> = { ...sources, folder: {} };
  return Object.entries(places).map(([name, { modelName, modelSource }]) => [
    name,
    {
      args: [
        '--task=text-generation',
        '--instance-type=ml.g6.2xlarge',
        modelName ? `--model-name=${modelName}` : '--model-path=m',
        ...(modelSource ? [`--model-source=${modelSource}`] : []),
      ],
      files,
    },
  ]);
}

const all = [...frameworks.keys()].flatMap((framework) =>
  originsOf(framework).map(([origin, how]) => [framework, origin, how] as const),
);

/** A clone of a new project, without its model. */
async function cloneOf(framework: string, { args, files = {} }: Origin): Promise<string> {
  const cwd = tempFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  const all = [bin, 'here', `--framework=${framework}`, ...args, '--skip-prompts'];
  await command(process.execPath, all, { cwd, env: online });
  appendFileSync(join(cwd, 'here/.gitignore'), '/model/\n');
  await git(join(cwd, 'here'), 'init', '--quiet');
  await commit(join(cwd, 'here'));
  const clone = join(tempFolder(), 'clone');
  await git(cwd, 'clone', '--quiet', 'here', clone);
  expect(existsSync(join(clone, 'model'))).toBe(false);
  return clone;
}

test.concurrent.each(all)(
  'a clone of a project of %s whose model is from %s needs neither the model nor the Hub',
  async (framework, _, origin) => {
    const clone = await cloneOf(framework, origin);
    const before = tree(clone);
    const { code, stdout, stderr } = await runUpdate(bin, clone, ['--check'], offline);
    expect(stderr).not.toMatch(/looked up|no such|error/i);
    expect(stdout).toContain('is up to date');
    expect(code).toBe(0);
    // As an update leaves it that was interrupted early.
    mkdirSync(join(clone, '.ml-container-creator/new'), { recursive: true });
    expect((await runUpdate(bin, clone, [], offline)).code).toBe(0);
    expect(tree(clone)).toEqual(before);
  },
);

const [folder, onHub] = ['folder', 'hub'].map(
  (name) => originsOf('transformers').find(([other]) => name === other)?.[1] as Origin,
);

test('what follows from a model follows in its clone, too, also from another answer', async () => {
  for (const origin of [folder, onHub] as Origin[]) {
    const clone = await cloneOf('transformers', origin);
    const limit = /MAX_MODEL_LEN": "(\d+)"/;
    expect(Number(limit.exec(read(clone, 'deploy/settings.sh'))?.[1])).toBeLessThan(131072);
    const larger = await runUpdate(bin, clone, ['--instance-type=ml.g6e.12xlarge'], offline);
    expect(larger.stderr).not.toContain('looked');
    expect(larger.code).toBe(0);
    expect(Number(limit.exec(read(clone, 'deploy/settings.sh'))?.[1])).toBe(131072);
    const tooSmall = await runUpdate(bin, clone, ['--instance-type=ml.g4dn.xlarge'], offline);
    expect(tooSmall.stderr).toContain('the model does not fit on ml.g4dn.xlarge');
    expect(tooSmall.code).toBe(2);
  }
});

test('a model that is named anew is looked at', async () => {
  const clone = await cloneOf('transformers', folder as Origin);
  const named = await runUpdate(bin, clone, ['--model-path=model']);
  expect(named.stderr).toContain('modelPath: "model" (--model-path): no such file');
  expect(named.code).toBe(2);
  edit(clone, 'ml-container.config.json', (text) => text.replace('"model"', '"other"'));
  const edited = await runUpdate(bin, clone);
  expect(edited.stderr).toContain('modelPath: "other" (ml-container.config.json): no such file');
  expect(edited.code).toBe(2);
});

test('of a project of version 0.1.0 whose model is not there, what cannot be told is said', async () => {
  const clone = await cloneOf('transformers', folder as Origin);
  writeFileSync(join(clone, 'ml-container.lock.json'), '');
  await git(clone, 'rm', '--quiet', '--force', 'ml-container.lock.json');
  await commit(clone);
  const { code, stderr } = await runUpdate(bin, clone);
  expect(stderr).toContain(
    'warning: modelPath: "model": no such file. What follows from the model itself is left out; once it can be looked at, give --model-path',
  );
  expect(code).toBe(3);
});

test('a record of a model that was tampered with is refused', async () => {
  const clone = await cloneOf('transformers', folder as Origin);
  const lock = readFileSync(join(clone, 'ml-container.lock.json'), 'utf8');
  for (const [part, other] of [
    ['"modelFile": "', '"modelFile": "../'],
    ['"task": "text-generation"', '"task": "../../x"'],
    ['"hiddenSize": 4096', '"hiddenSize": "$(id)"'],
    ['"layers": 32', '"layers": [32]'],
  ] as const) {
    expect(lock).toContain(part);
    writeFileSync(join(clone, 'ml-container.lock.json'), lock.replace(part, other));
    const { code, stderr } = await runUpdate(bin, clone);
    expect(stderr).toContain('ml-container.lock.json is not as the generator writes it');
    expect(code).toBe(2);
  }
});
