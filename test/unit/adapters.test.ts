import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeInstance } from '../../generators/instances/instances.ts';
import { adapterBytes } from '../../generators/models/adapter-room.ts';
import { lookUpAdapters, parseAdapter } from '../../generators/models/adapters.ts';
import { readConfig } from '../../generators/models/config.ts';
import type { ModelFacts } from '../../generators/models/facts.ts';
import { fit } from '../../generators/models/fit.ts';
import { renderProject } from '../../generators/render/render.ts';
import { writeProject } from '../../generators/render/write.ts';
import { complete, draftSettings, learn } from '../../generators/settings/resolve.ts';
import { projectFor } from '../combinations.ts';
import { tempFolder } from '../harness.ts';
import { modelFolder } from '../models.ts';

const lora = { peft_type: 'LORA', r: 16, base_model_name_or_path: 'org/base' };
const llama = readConfig({
  ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', torch_dtype: 'bfloat16' },
  ...{ hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 32, vocab_size: 128256 },
  ...{ num_attention_heads: 32, num_key_value_heads: 8, max_position_embeddings: 8192 },
});
const model: ModelFacts = { warnings: [], task: 'text-generation', ...(llama && { config: llama }) };

/** Bytes of a safetensors file whose tensors have these shapes. */
function tensors(shapes: Readonly<Record<string, readonly [number, number]>>): Buffer {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 2 * shape[0] * shape[1];
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(end)]);
}

const matrix = (layer: number, module = 'self_attn.q_proj') =>
  `base_model.model.model.layers.${layer}.${module}.lora_A.weight`;

function adapterFolder(
  config: object | string = lora,
  weights = tensors({ [matrix(0)]: [16, 4096] }),
): string {
  const folder = join(tempFolder(), 'adapter');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'adapter_config.json'),
    typeof config === 'string' ? config : JSON.stringify(config),
  );
  writeFileSync(join(folder, 'adapter_model.safetensors'), weights);
  writeFileSync(join(folder, 'optimizer.pt'), 'not needed');
  return folder;
}

const lookUp = (places: readonly string[], modelName = 'org/base', env: NodeJS.ProcessEnv = {}) =>
  lookUpAdapters(
    places.map((place, number) => `a${number}=${place}`),
    { pathOf: (path) => path, model, modelName, env },
  );

test('adapters that go with the model are counted, with the largest of their ranks', async () => {
  const others = { ...lora, r: 64, rank_pattern: { down_proj: 64 }, lora_alpha: 8, alpha_pattern: {} };
  expect(await lookUp([adapterFolder(), adapterFolder(others)])).toEqual({
    adapters: { count: 2, rank: 64 },
    adapterCommits: {},
    warnings: [],
  });
});

test('an adapter that was trained on another model is warned of, whatever it fits', async () => {
  const found = await lookUp([adapterFolder()], 'org/other@v1');
  expect(found).toMatchObject({
    warnings: [
      'an adapter for org/base is served on org/other: where those are different models, its answers mean nothing',
    ],
  });
});

test.each<[string, () => string, string]>([
  [
    'of another kind',
    () => adapterFolder({ peft_type: 'IA3' }),
    'it is an adapter of IA3, and the engines serve LoRA alone',
  ],
  [
    'of DoRA',
    () => adapterFolder({ ...lora, use_dora: true }),
    'it is of DoRA, which the engines do not serve: merge the two',
  ],
  ['with biases', () => adapterFolder({ ...lora, bias: 'all' }), 'it trains biases ("bias": "all")'],
  [
    'that replaces modules',
    () => adapterFolder({ ...lora, modules_to_save: ['lm_head', 'embed_tokens'] }),
    'it replaces whole modules ("modules_to_save": lm_head, embed_tokens)',
  ],
  [
    'of matrices with ranks of their own',
    () => adapterFolder({ ...lora, rank_pattern: { q_proj: 8 } }),
    'its adapter_config.json sets rank_pattern to {"q_proj":8}, which the engines do not serve: merge the two, by merge_and_unload()',
  ],
  [
    'of matrices with an alpha of their own',
    () => adapterFolder({ ...lora, lora_alpha: 16, alpha_pattern: { 'layers.0.self_attn.q_proj': 128 } }),
    'its adapter_config.json sets alpha_pattern to {"layers.0.self_attn.q_proj":128}, which',
  ],
  [
    "that changes the model's own weights when it is loaded",
    () => adapterFolder({ ...lora, init_lora_weights: 'pissa_niter_16' }),
    'its adapter_config.json sets init_lora_weights to "pissa_niter_16", which',
  ],
  [
    'that repeats layers',
    () => adapterFolder({ ...lora, layer_replication: [[0, 2]] }),
    'its adapter_config.json sets layer_replication to [[0,2]], which',
  ],
  [
    'that waits for tokens',
    () => adapterFolder({ ...lora, alora_invocation_tokens: [5, 6] }),
    'sets alora_invocation_tokens to [5,6], which',
  ],
  [
    'with a setting that PEFT has got since',
    () => adapterFolder({ ...lora, use_newlora: true }),
    'sets use_newlora to true, which',
  ],
  [
    'of tokens',
    () =>
      adapterFolder(
        lora,
        tensors({
          [matrix(0)]: [16, 4096],
          'base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta': [2, 4096],
        }),
      ),
    'it has weights beside its matrices of LoRA (base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta), which the engines do not serve: merge the two',
  ],
  [
    'with a whole lm_head',
    () =>
      adapterFolder(lora, tensors({ [matrix(0)]: [16, 4096], 'base_model.model.lm_head.weight': [2, 4096] })),
    'it has weights beside its matrices of LoRA (base_model.model.lm_head.weight), which',
  ],
  [
    'of a module that no model has',
    () => adapterFolder({ ...lora, target_modules: ['q_proj', 'unembed_tokens'] }),
    'it changes unembed_tokens, a module that models of transformers have not, which the engines do not serve',
  ],
  ['without a rank', () => adapterFolder({ ...lora, r: null }), 'its adapter_config.json says no rank'],
  [
    'of a rank too high',
    () => adapterFolder({ ...lora, r: 1024 }),
    'its rank is 1024, and vLLM takes 512 at most',
  ],
  ['that is no JSON', () => adapterFolder('{'), 'its adapter_config.json is not valid JSON'],
  ['of no known form', () => adapterFolder({}), 'its adapter_config.json is none of PEFT'],
  [
    'for a wider model',
    () => adapterFolder(lora, tensors({ [matrix(0)]: [16, 5120] })),
    "it is for another model: base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight takes 5120 numbers, and the model's hidden states have 4096",
  ],
  [
    'for a deeper model',
    () => adapterFolder(lora, tensors({ [matrix(39, 'mlp.down_proj')]: [16, 14336] })),
    'it is for another model: it has matrices for layer 40, and the model has 32 layers',
  ],
  [
    'without matrices',
    () => adapterFolder(lora, tensors({ 'lm_head.weight': [2, 2] })),
    'holds no matrices of LoRA',
  ],
  [
    'that is cut off',
    () => adapterFolder(lora, tensors({ [matrix(0)]: [16, 4096] }).subarray(0, 900)),
    'is cut off',
  ],
  [
    'that is a folder without one',
    () => tempFolder(),
    'holds no adapter_config.json: give the folder that save_pretrained of PEFT wrote',
  ],
  [
    'in an archive',
    () => 's3://bucket/a.tar.gz',
    'neither a folder, nor an id on the Hugging Face Hub, nor s3://bucket/prefix/',
  ],
])('an adapter %s is refused', async (_, place, says) => {
  const found = await lookUp([place()]);
  expect(found).toEqual({
    problems: [{ text: expect.stringMatching(/^a0=/), problem: expect.stringContaining(says) }],
  });
});

test('what PEFT writes of an adapter that all engines read is no hindrance', async () => {
  const written = {
    ...{ ...lora, task_type: 'CAUSAL_LM', peft_version: '0.21.2', lora_alpha: 32, lora_dropout: 0.1 },
    ...{ target_modules: ['q_proj'], layers_to_transform: [0], exclude_modules: null, bias: 'none' },
    ...{ init_lora_weights: 'gaussian', loftq_config: {}, qalora_group_size: 16, use_qalora: false },
    ...{
      trainable_token_indices: null,
      rank_pattern: {},
      alpha_pattern: { q_proj: 32 },
      fan_in_fan_out: true,
    },
  };
  const weights = tensors({
    [matrix(0)]: [16, 4096],
    [matrix(0).replace('lora_A', 'lora_B')]: [4096, 16],
    'base_model.model.model.embed_tokens.lora_embedding_A': [16, 8],
    'base_model.model.model.embed_tokens.base_layer.weight': [8, 4096],
  });
  expect(await lookUp([adapterFolder(written, weights)])).toMatchObject({
    adapters: { count: 1, rank: 16 },
    warnings: [],
  });
});

test.each([
  [
    { target_modules: '.*self_attn.*' },
    'its target_modules are a pattern (.*self_attn.*), and no list of names',
  ],
  [{ use_rslora: true }, 'it is rank-stabilized ("use_rslora": true)'],
])('an adapter with %j goes to the engine that reads it alone', async (change, says) => {
  const flags = {
    ...{ framework: 'transformers', 'model-path': modelFolder('text-generation'), task: 'text-generation' },
    adapter: `sql=${adapterFolder({ ...lora, ...change }, tensors({ [matrix(0, 'self_attn.o_proj')]: [16, 8] }))}`,
  };
  const under = async (server: string) => {
    const commandLine = { flags: { ...flags, 'model-server': server } };
    return complete(await learn(await draftSettings({ commandLine, env: {}, cwd: tempFolder() })));
  };
  await expect(under('vllm')).resolves.toBeDefined();
  await expect(under('sglang')).rejects.toThrow(
    `${says}, which sglang does not read and --model-server=vllm does; or merge the two, by merge_and_unload()`,
  );
});

test('an adapter of the Hub is pinned to its commit, and one in S3 is said not to be looked at', async () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  const hub = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url.startsWith('/api/') ? { sha: commit } : { ...lora, r: 32 }));
  });
  await new Promise<void>((listening) => hub.listen(0, '127.0.0.1', listening));
  const env = { HF_ENDPOINT: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` };
  expect(await lookUp(['org/sql', 's3://bucket/chat/'], 'org/base', env)).toEqual({
    adapters: { count: 2, rank: 32 },
    adapterCommits: { a0: commit },
    warnings: ['what lies in s3://bucket/chat/ was not looked at'],
  });
  hub.close();
  const offline = await lookUp(['org/sql'], 'org/base', { HF_HUB_OFFLINE: '1' });
  expect(offline).toMatchObject({
    warnings: [expect.stringContaining('Whether it goes with the model was not checked')],
  });
});

test.each(['model=org/x', 'sql', 'a b=x', '=x', 'a=', '-a=x', 'a=b\n'])(
  '%j is no name of an adapter',
  (text) => {
    expect(parseAdapter(text)).toBeUndefined();
  },
);

test('what adapters take on each GPU is a part of the sum', () => {
  if (!llama) throw new Error('no config');
  // For each layer of Llama 3.1 8B and rank: q, o 2 × 8192; k, v 2 × 5120; gate, up, down 3 × 18432.
  const perRank = 32 * (2 * 8192 + 2 * 5120 + 3 * 18432) * 2;
  expect(adapterBytes(llama, { count: 2, rank: 24 })).toBe(3 * 32 * perRank);
  expect(adapterBytes(llama, { count: 20, rank: 16 })).toBe(8 * 16 * perRank);
  const { instance } = describeInstance('ml.g6e.xlarge');
  const facts = { ...model, parameters: 8_030_261_248 };
  const without = fit(facts, instance, {});
  const found = fit({ ...facts, adapters: { count: 2, rank: 24 } }, instance, {});
  expect(found?.lines.find((line) => line.startsWith('adapters'))).toMatch(/2 of LoRA, rank 24 +0\.47 GiB$/);
  expect(without?.lines.some((line) => line.startsWith('adapters'))).toBe(false);
});

test('a project gets the files of its adapters, answers that find them again, and the way to bring the others', async () => {
  const folder = join(tempFolder(), 'one');
  const combination = { framework: 'transformers', modelFormat: 'pretrained', modelServer: 'vllm' };
  const adapters = [`sql=${adapterFolder()}`, 'chat=org/chat', 'own=s3://bucket/own/'];
  const settings = { modelPath: modelFolder('text-generation'), projectDir: folder, adapters };
  const project = projectFor({ ...combination, ...settings }, '/');
  const files = renderProject(project);
  await writeProject(project, files, false, console.error);
  expect(readFileSync(join(folder, 'adapters/sql/adapter_config.json'), 'utf8')).toBe(JSON.stringify(lora));
  expect([...project.modelCopies.keys()].filter((path) => path.startsWith('adapters/'))).toEqual([
    'adapters/sql/adapter_config.json',
    'adapters/sql/adapter_model.safetensors',
  ]);
  const text = (path: string) => files.find((file) => file.path === path)?.contents ?? '';
  expect(JSON.parse(text('ml-container.config.json')).adapters).toEqual([
    'sql=./adapters/sql',
    'chat=org/chat',
    'own=s3://bucket/own/',
  ]);
  expect(text('.gitignore')).toMatch(/^\/adapters$/m);
  expect(text('deploy/get_adapters.sh')).toContain(
    "hf download 'org/chat' --revision 'main' --local-dir adapters/'chat'",
  );
  expect(text('deploy/get_adapters.sh')).toContain(
    "aws s3 sync --no-progress 's3://bucket/own/' adapters/'own'",
  );
  expect(JSON.parse(text('deploy/iam/deployer-policy.json')).Statement).toContainEqual({
    ...{ Sid: 'GetAdapter1', Effect: 'Allow', Action: 's3:GetObject' },
    Resource: 'arn:aws:s3:::bucket/own/*',
  });
  expect(text('test/test_local_image.sh')).toContain('--env SM_ADAPTERS_DIR=/opt/ml/adapters');
  expect(text('README.md')).toContain('(here `sql`, `chat`, `own`)');
});
