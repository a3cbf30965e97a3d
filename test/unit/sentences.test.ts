import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookUp } from '../../generators/models/look-up.ts';
import { neededOf } from '../../generators/models/needed.ts';

type Files = Readonly<Record<string, unknown>>;

const commit = '0123456789abcdef0123456789abcdef01234567';
/** As many as the sizes below make, or more. */
const count = 1000;
const header = JSON.stringify({ a: { dtype: 'F32', shape: [count], data_offsets: [0, 4 * count] } }).padEnd(
  72,
);
const tensors = Buffer.concat([
  Buffer.from([72, 0, 0, 0, 0, 0, 0, 0]),
  Buffer.from(header),
  Buffer.alloc(4 * count),
]);

const sizes = {
  ...{ hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 8 },
  ...{ vocab_size: 16, max_position_embeddings: 16, head_dim: 8, num_key_value_heads: 1 },
};
const model = (architecture: string, type = 'mpnet') => ({
  'config.json': { architectures: [architecture], model_type: type, ...sizes },
  'model.safetensors': tensors,
  'tokenizer.json': {},
});
const modules = (...kinds: string[]) =>
  kinds.map((kind, idx) => ({
    idx,
    name: `${idx}`,
    path: idx ? `${idx}_${kind}` : '',
    type: `sentence_transformers.models.${kind}`,
  }));
const pooling = { word_embedding_dimension: 8, pooling_mode_mean_tokens: true };
const dense = { in_features: 8, out_features: 4, activation_function: 'torch.nn.modules.activation.Tanh' };

/** As all-mpnet-base-v2 is, but for a Dense. */
const whole: Files = {
  ...model('MPNetForMaskedLM'),
  'modules.json': modules('Transformer', 'Pooling', 'Dense', 'Normalize'),
  '1_Pooling/config.json': pooling,
  '2_Dense/config.json': dense,
  'sentence_bert_config.json': { max_seq_length: 384, do_lower_case: false },
  'config_sentence_transformers.json': { prompts: {} },
};

const older: Files = {
  ...Object.fromEntries(
    Object.entries(model('BertModel', 'bert')).map(([path, content]) => [`0_Transformer/${path}`, content]),
  ),
  'modules.json': modules('Transformer', 'Pooling').map((module, number) =>
    number ? module : { ...module, path: '0_Transformer' },
  ),
  '1_Pooling/config.json': pooling,
};

function folderOf(files: Files): string {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'sentences-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), asBytes(content));
  }
  return folder;
}

const asBytes = (content: unknown) =>
  Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content);

/** What stands in for the Hub. */
let onHub: Files = {};
let tag = '';
let asked: string[] = [];
let hub: Server;
let env: Record<string, string>;

beforeAll(async () => {
  hub = createServer(({ url = '' }, response) => {
    asked.push(url);
    const path = url.split(`/resolve/${commit}/`)[1];
    const siblings = Object.entries(onHub).map(([rfilename, content]) => ({
      rfilename,
      size: asBytes(content).length,
    }));
    response.end(path ? asBytes(onHub[path]) : JSON.stringify({ sha: commit, pipeline_tag: tag, siblings }));
  });
  await new Promise<void>((listening) => hub.listen(0, '127.0.0.1', listening));
  env = { HF_ENDPOINT: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` };
});
afterAll(() => hub.close());

async function bothWays(files: Files, hubTag = 'sentence-similarity') {
  onHub = files;
  tag = hubTag;
  const folder = folderOf(files);
  return [await lookUp({ folder }, {}), await lookUp({ hub: 'org/name' }, env)];
}

test('a model of sentence-transformers makes embeddings, whatever its architecture was trained as', async () => {
  for (const files of [whole, { ...whole, ...model('Qwen3ForCausalLM', 'qwen3') }])
    for (const { facts } of await bothWays(files))
      expect(facts).toMatchObject({ task: 'feature-extraction', warnings: [] });
});

test('of a list of very many modules, none is asked for', async () => {
  const listed = modules('Transformer', 'Pooling', ...Array<string>(1000).fill('Dense'));
  const files = Object.fromEntries(listed.slice(1).map(({ path }) => [`${path}/config.json`, {}]));
  asked = [];
  for (const { problem } of await bothWays({ ...whole, ...files, 'modules.json': listed }))
    expect(problem).toBe('its modules.json lists 1002 modules: models of 16 at most are served');
  expect(asked.length).toBeLessThan(4);
});

test('one whose model lies in a folder of its own is found there, and its weights are counted', async () => {
  for (const { facts, problem } of await bothWays(older)) {
    expect(problem).toBeUndefined();
    expect(facts).toMatchObject({ task: 'feature-extraction', config: { type: 'bert' } });
    expect(facts?.weightsBytes).toBeGreaterThanOrEqual(4 * count);
  }
});

test('the folder of its transformer alone is answered with the one around it', async () => {
  const folder = folderOf(older);
  const { problem } = await lookUp({ folder: join(folder, '0_Transformer') }, {});
  expect(problem).toBe(`it is a part of the model in the folder around it: give ${folder}`);
});

test.each<[string, Files, string]>([
  ['config.json', { '0_Transformer/config.json': '' }, 'config.json is empty'],
  [
    'weights',
    { '0_Transformer/model.safetensors': tensors.subarray(0, 90) },
    'in 0_Transformer: model.safetensors is cut off',
  ],
  [
    'folder',
    { 'modules.json': modules('Transformer').map((one) => ({ ...one, path: 'x' })) },
    'its modules.json names x, which is not there',
  ],
])('one whose %s below is not whole is refused', async (_, files, says) => {
  expect((await lookUp({ folder: folderOf({ ...older, ...files }) }, {})).problem).toContain(says);
});

test.each([
  ['SentenceTransformer', 'T5EncoderModel', 't5', undefined],
  [
    'SentenceTransformer',
    'BartModel',
    'bart',
    'it has an encoder and a decoder: of such models of sentence-transformers, those of the types t5, mt5, umt5 are served',
  ],
])('a %s of %s is served where its encoder is one by itself', async (_, architecture, type, says) => {
  for (const { problem } of await bothWays({ ...whole, ...model(architecture, type) }))
    expect(problem).toBe(says);
});

test('a CrossEncoder that is written as a whole is a classifier', async () => {
  const files = {
    ...model('BertForSequenceClassification', 'bert'),
    'modules.json': modules('Transformer'),
    'config_sentence_transformers.json': { model_type: 'CrossEncoder' },
    'sentence_bert_config.json': {
      transformer_task: 'sequence-classification',
      modality_config: { text: { method: 'forward', method_output_name: 'logits' } },
    },
  };
  for (const { facts } of await bothWays(files, 'text-ranking'))
    expect(facts).toMatchObject({ task: 'text-classification', warnings: [] });
});

test.each([
  { sentence_transformers: { activation_fn: 'own.Function' } },
  { sbert_ce_default_activation_function: 'own.Function' },
])('a reranker with a function of its own is refused: %j', async (said) => {
  const files = model('BertForSequenceClassification', 'bert');
  const config = { ...files['config.json'], ...said };
  for (const { problem } of await bothWays({ ...files, 'config.json': config }, 'text-ranking'))
    expect(problem).toContain('its activation function own.Function is none of torch.nn');
  const identity = {
    ...files['config.json'],
    sbert_ce_default_activation_function: 'torch.nn.modules.linear.Identity',
  };
  for (const { facts } of await bothWays({ ...files, 'config.json': identity }, 'text-ranking'))
    expect(facts?.task).toBe('text-classification');
});

test.each<[string, Files, string]>([
  [
    'code of its own',
    { 'modules.json': [{ path: '', type: 'custom_st.Transformer' }] },
    "its modules.json names custom_st.Transformer, code of the model's own, which is never run",
  ],
  [
    'an unknown module',
    { 'modules.json': modules('Transformer', 'Pooling', 'WordWeights') },
    'its modules.json names the module WordWeights, which is not served: Transformer, Pooling, Dense, Normalize, LayerNorm, Dropout are',
  ],
  [
    'no pooling',
    { 'modules.json': modules('Transformer', 'Normalize') },
    'its modules.json lists Transformer, Normalize: one Transformer and one Pooling are served, and after them any of Dense, Normalize, LayerNorm, Dropout',
  ],
  [
    'two poolings',
    { 'modules.json': modules('Transformer', 'Pooling', 'Pooling') },
    'its modules.json lists Transformer, Pooling, Pooling: one Transformer',
  ],
  ['no modules', { 'modules.json': [] }, 'its modules.json is no list of modules'],
  [
    'a path out of its folder',
    { 'modules.json': [{ path: '../x', type: 'sentence_transformers.models.Transformer' }] },
    'its modules.json is no list of modules',
  ],
  [
    'another kind of model',
    { 'config_sentence_transformers.json': { model_type: 'SparseEncoder' } },
    'it is a SparseEncoder of sentence-transformers, which makes no vectors of texts',
  ],
  [
    'a score by the next token',
    {
      'config_sentence_transformers.json': { model_type: 'CrossEncoder' },
      'modules.json': modules('Transformer', 'LogitScore'),
    },
    'its modules.json names the module LogitScore, which is not served',
  ],
  [
    'an unknown pooling',
    { '1_Pooling/config.json': { pooling_mode: ['mean', 'attention'] } },
    'its pooling is attention, which is not served: cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken are',
  ],
  [
    'an unknown pooling of older versions',
    { '1_Pooling/config.json': { pooling_mode_other: true } },
    'its pooling is pooling_mode_other, which is not served',
  ],
  [
    'a pooling that says nothing',
    { '1_Pooling/config.json': {} },
    'its 1_Pooling/config.json names no embedding_dimension, without which the library refuses it',
  ],
  [
    'a static table of vectors',
    { 'modules.json': modules('StaticEmbedding') },
    'its modules.json names the module StaticEmbedding, which is not served',
  ],
  [
    'an activation function of its own',
    { '2_Dense/config.json': { ...dense, activation_function: 'own.Function' } },
    'its activation function own.Function is none of torch.nn that takes no settings, and no other code is run',
  ],
  [
    'a Dense for tokens',
    { '2_Dense/config.json': { ...dense, module_input_name: 'token_embeddings' } },
    'its 2_Dense is for token_embeddings, and not for vectors of texts',
  ],
  [
    'a Normalize for tokens',
    { '3_Normalize/config.json': { module_input_name: 'token_embeddings' } },
    'its 3_Normalize is for token_embeddings, and not for vectors of texts',
  ],
  [
    'texts as chats',
    {
      'sentence_bert_config.json': {
        modality_config: { message: { method: 'forward', method_output_name: 'last_hidden_state' } },
      },
    },
    'its sentence_bert_config.json sets modality_config to {"message":',
  ],
  [
    'loading that could run code',
    { 'sentence_bert_config.json': { model_args: { torch_dtype: 'float16', weights_only: false } } },
    'its sentence_bert_config.json has the model loaded with weights_only, which is not served',
  ],
])('a model with %s is refused in one sentence, in a folder and on the Hub', async (_, files, says) => {
  for (const { problem } of await bothWays({ ...whole, ...files }))
    expect(problem?.slice(0, says.length)).toBe(says);
});

test.each(['1_Pooling', '2_Dense'])('one that has lost its %s is refused', async (folder) => {
  const { [`${folder}/config.json`]: _, ...rest } = whole;
  for (const { problem } of await bothWays(rest))
    expect(problem).toBe(
      `it holds no ${folder}/config.json, which says what its ${folder.slice(2)} does: fetch or save the model with all of its folders`,
    );
});

test('a table of vectors as the library saves it is named, and not what it lacks', async () => {
  const files = {
    'modules.json': [{ idx: 0, name: '0', path: '.', type: 'sentence_transformers.models.StaticEmbedding' }],
    'model.safetensors': tensors,
    'tokenizer.json': {},
  };
  for (const { problem } of await bothWays(files))
    expect(problem).toContain('names the module StaticEmbedding, which is not served');
});

test('a path of a point is the folder itself', async () => {
  const listed = modules('Transformer', 'Pooling').map(({ path, ...one }) => ({ ...one, path: `./${path}` }));
  for (const path of ['.', './'])
    for (const { facts } of await bothWays({
      ...whole,
      'modules.json': listed.with(0, { ...listed[0], path } as never),
    }))
      expect(facts).toMatchObject({ task: 'feature-extraction', warnings: [] });
});

test('one that has lost its modules.json is said to have', async () => {
  const { 'modules.json': _, ...rest }: Files = { ...whole, ...model('MPNetModel') };
  for (const { facts } of await bothWays(rest, 'feature-extraction'))
    expect(facts?.warnings).toEqual([expect.stringContaining('it holds no modules.json')]);
});

test('what the Hub calls an embedder without saying how is one, and that is said', async () => {
  const [, { facts } = {}] = await bothWays(model('BertForMaskedLM', 'bert'));
  expect(facts?.task).toBe('feature-extraction');
  expect(facts?.warnings).toEqual([expect.stringContaining('it holds no modules.json')]);
});

test("a classifier of SetFit's beside the model is said not to be served", async () => {
  for (const { facts } of await bothWays({ ...whole, 'model_head.pkl': 'x' }, 'text-classification')) {
    expect(facts?.task).toBe('feature-extraction');
    expect(facts?.warnings).toEqual([expect.stringContaining('a classifier of SetFit (model_head.pkl)')]);
  }
});

test('a reranker that scores by the next token is said not to be served as one', async () => {
  const [, { facts } = {}] = await bothWays(model('Qwen3ForCausalLM', 'qwen3'), 'text-ranking');
  expect(facts?.task).toBe('text-generation');
  expect(facts?.warnings).toEqual([expect.stringContaining('gives no scores')]);
});

test('all that its modules are made of is copied, uploaded and downloaded', () => {
  const paths = [...Object.keys(whole), '2_Dense/model.safetensors', '3_Dense/pytorch_model.bin'];
  expect(neededOf(paths)).toEqual(paths);
  expect(neededOf(Object.keys(older))).toEqual(Object.keys(older));
});
