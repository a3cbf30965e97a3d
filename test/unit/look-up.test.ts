import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lookUp } from '../../generators/models/look-up.ts';
import { parseModelName } from '../../generators/models/names.ts';
import { taskOf } from '../../generators/models/tasks.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
const llama = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  ...{
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 128,
    vocab_size: 100,
  },
};

/** What stands in for the Hub: answers as the real one does, header and all. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let seen: IncomingMessage[] = [];
let hub: Server;
let env: Record<string, string>;

beforeAll(async () => {
  hub = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  await new Promise<void>((listening) => hub.listen(0, '127.0.0.1', listening));
  env = { HF_ENDPOINT: `http://127.0.0.1:${(hub.address() as AddressInfo).port}/` };
});
afterAll(() => hub.close());
beforeEach(() => {
  seen = [];
});

const json = (response: ServerResponse, body: unknown) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
const refuse = (response: ServerResponse, status: number, code?: string) =>
  response.writeHead(status, code ? { 'x-error-code': code } : {}).end('{"error":"…"}');

function repository(about: object, config: unknown = llama) {
  answer = ({ url = '' }, response) =>
    url.startsWith('/api/') ? json(response, { sha: commit, ...about }) : json(response, config);
}

test('a model on the Hub is pinned to its commit, and its weights are counted once', async () => {
  repository({
    pipeline_tag: 'text-generation',
    safetensors: { total: 90_000 },
    siblings: [
      { rfilename: 'config.json', size: 700 },
      { rfilename: 'tokenizer.json', size: 700 },
      { rfilename: 'model-00001-of-00002.safetensors', size: 100_000 },
      { rfilename: 'model-00002-of-00002.safetensors', size: 80_000 },
      { rfilename: 'consolidated.safetensors', size: 180_000 },
      { rfilename: 'original/model.safetensors', size: 180_000 },
      { rfilename: 'pytorch_model.bin', size: 180_000 },
    ],
  });
  const { facts, problem } = await lookUp({ hub: 'org/name', revision: 'refs/pr/1' }, env);
  expect(problem).toBeUndefined();
  expect(facts).toMatchObject({
    task: 'text-generation',
    warnings: [],
    commit,
    parameters: 90_000,
    weightsBytes: 180_000,
    config: { hiddenSize: 64, layers: 2 },
  });
  expect(seen.map(({ url }) => url)).toEqual([
    '/api/models/org/name/revision/refs%2Fpr%2F1?blobs=true',
    `/org/name/resolve/${commit}/config.json`,
  ]);
});

test.each([
  ['a gated model', 403, 'GatedRepo', 'it is gated or private: accept its terms at'],
  [
    'a model that does not exist, or is private',
    401,
    'RepoNotFound',
    'no such model, or it is private or gated',
  ],
  ['a revision that does not exist', 404, 'RevisionNotFound', 'no such commit, branch or tag'],
  ['a repository without config.json', 404, 'EntryNotFound', 'holds no config.json'],
  ['a model that another Hub does not know', 404, undefined, 'no such model or revision'],
])('%s is a problem, with what to do', async (_, status, code, message) => {
  answer = (_request, response) => refuse(response, status, code);
  expect(await lookUp({ hub: 'org/name' }, env)).toEqual({ problem: expect.stringContaining(message) });
});

test('a gated model tells of itself, but not its config.json', async () => {
  answer = ({ url = '' }, response) =>
    url.startsWith('/api/')
      ? json(response, { sha: commit, gated: 'manual' })
      : refuse(response, 401, 'GatedRepo');
  const { problem } = await lookUp({ hub: 'org/name', revision: 'v1' }, env);
  expect(problem).toMatch(
    /accept its terms at http:\/\/127.0.0.1:\d+\/org\/name; give a token .* in HF_TOKEN/,
  );
});

test('the token goes to the Hub and nowhere else', async () => {
  repository({});
  const token = 'hf_veryverysecret';
  const found = await lookUp({ hub: 'org/name' }, { ...env, HF_TOKEN: token });
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`, `Bearer ${token}`]);
  answer = (_request, response) => refuse(response, 403, 'GatedRepo');
  const refused = await lookUp({ hub: 'org/name' }, { ...env, HF_TOKEN: token });
  expect(refused.problem).toContain('the token in HF_TOKEN has no access to it');
  expect(JSON.stringify([found, refused])).not.toContain(token);
});

test.each(['hf_very\nverysecret', 'hf_very verysecret', 'hf_veryverysecr\u00E9t'])(
  'what no token can be is refused, sent nowhere, and not shown',
  async (token) => {
    repository({});
    const found = await lookUp({ hub: 'org/name' }, { ...env, HF_TOKEN: token });
    expect(found).toEqual({ problem: expect.stringContaining('HF_TOKEN holds no token') });
    expect(JSON.stringify(found)).not.toContain('very');
    expect(seen).toEqual([]);
  },
);

test.each<[string, () => Promise<Record<string, string>>]>([
  ['is down', async () => ({ HF_ENDPOINT: 'http://127.0.0.1:1' })],
  ['is not to be asked', async () => ({ ...env, HF_HUB_OFFLINE: '1' })],
  ['is overloaded', async () => env],
])('a Hub that %s is no problem, but what was not checked is said', async (_, environment) => {
  answer = (_request, response) => refuse(response, 503);
  const { facts, problem } = await lookUp({ hub: 'org/name' }, await environment());
  expect(problem).toBeUndefined();
  expect(facts?.commit).toBeUndefined();
  expect(facts?.warnings[0]).toMatch(/org\/name could not be looked up.*was not checked.*not pinned/);
});

test('a whole commit is pinned even where nobody can be asked', async () => {
  const { facts } = await lookUp({ hub: 'org/name', revision: commit }, { ...env, HF_HUB_OFFLINE: '1' });
  expect(facts?.commit).toBe(commit);
  expect(facts?.warnings[0]).not.toContain('pinned');
});

test('answers that are no JSON, or not about a model, or without end, do no harm', async () => {
  answer = (_request, response) => response.end('<html>');
  expect((await lookUp({ hub: 'a' }, env)).facts?.warnings[0]).toContain('something other than JSON');
  answer = (_request, response) => json(response, { sha: '../../etc' });
  expect((await lookUp({ hub: 'a' }, env)).facts?.warnings[0]).toContain('no commit in it');
  answer = (_request, response) => {
    const more = () => response.write(Buffer.alloc(1_000_000, 32)) || true;
    const timer = setInterval(more, 1);
    response.on('close', () => clearInterval(timer));
  };
  expect((await lookUp({ hub: 'a' }, env)).facts?.warnings[0]).toContain('more than 20 MB');
});

test('pickles are warned of', async () => {
  const others = ['config.json', 'vocab.txt'].map((rfilename) => ({ rfilename, size: 100 }));
  repository({ siblings: [...others, { rfilename: 'pytorch_model.bin', size: 5000 }] });
  expect((await lookUp({ hub: 'a' }, env)).facts?.warnings).toEqual([expect.stringContaining('pickles')]);
});

test.each<[string, string[], string]>([
  [
    'only an adapter',
    ['README.md', 'adapter_config.json', 'adapter_model.safetensors'],
    'rank 16 for org/base',
  ],
  ['only GGUF', ['README.md', 'model.Q4_K_M.gguf'], 'it holds the weights in GGUF (model.Q4_K_M.gguf)'],
  ["only its maker's form", ['params.json', 'consolidated.safetensors'], 'as Mistral and Meta publish them'],
  ['no weights', ['config.json', 'tokenizer.json'], 'it holds no weights'],
  ['a lone shard', ['config.json', 'model-00002-of-00003.safetensors'], 'it holds 1 of the 3 files'],
  ['no tokenizer', ['config.json', 'model.safetensors'], 'it holds no tokenizer'],
])('a repository with %s is a problem, before anything is downloaded', async (_, paths, message) => {
  const siblings = paths.map((rfilename) => ({ rfilename, size: 100 }));
  repository({ siblings }, { peft_type: 'LORA', base_model_name_or_path: 'org/base', r: 16 });
  expect((await lookUp({ hub: 'org/name' }, env)).problem).toContain(message);
});

test('a commit that was found stays pinned where config.json cannot be had', async () => {
  answer = ({ url = '' }, response) =>
    url.startsWith('/api/') ? json(response, { sha: commit }) : refuse(response, 500);
  const { facts } = await lookUp({ hub: 'org/name' }, env);
  expect(facts?.commit).toBe(commit);
  expect(facts?.warnings).toEqual([expect.not.stringContaining('pinned')]);
});

/** A folder as save_pretrained makes it, for the length of a test. */
async function inFolder(files: Record<string, string | Buffer>) {
  const folder = mkdtempSync(join(tmpdir(), 'model-'));
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries({ 'tokenizer.json': '{}', ...files }))
      writeFileSync(join(folder, name), content);
    return await lookUp({ folder }, {});
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function safetensors(shape: number[], claimed?: number): Buffer {
  const bytes = 2 * shape.reduce((a, b) => a * b, 1);
  return withHeader({ a: { dtype: 'BF16', shape, data_offsets: [0, bytes] } }, bytes, claimed);
}

function withHeader(tensors: object, bytes: number, claimed?: number): Buffer {
  const header = Buffer.from(JSON.stringify(tensors));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed ?? header.length));
  return Buffer.concat([length, header, Buffer.alloc(bytes)]);
}

test('the weights in a folder are counted by the headers of their files', async () => {
  const config = JSON.stringify(llama);
  const one = await inFolder({ 'config.json': config, 'model.safetensors': safetensors([10, 20]) });
  expect(one.facts).toMatchObject({
    task: 'text-generation',
    parameters: 200,
    weightsBytes: 400,
    // They are no weights of that config.json.
    warnings: [
      expect.stringMatching(/^its files hold 0 M parameters, .* whether some are missing is not known$/),
    ],
  });
  const index = JSON.stringify({
    weight_map: { x: 'a.safetensors', y: 'b.safetensors', z: 'a.safetensors' },
  });
  const shards = { 'a.safetensors': safetensors([10]), 'b.safetensors': safetensors([5, 5]) };
  const two = await inFolder({ 'config.json': config, 'model.safetensors.index.json': index, ...shards });
  expect(two.facts).toMatchObject({ parameters: 35, weightsBytes: 70 });
});

const weights = { 'model.safetensors': safetensors([2]) };

test('a config.json may hold what Python takes for JSON', async () => {
  const text = JSON.stringify({ ...llama, limits: ['?', 1] }).replace('"?"', '-Infinity');
  expect((await inFolder({ 'config.json': text, ...weights })).facts?.config).toMatchObject({
    hiddenSize: 64,
  });
});

test.each<[string, Record<string, string | Buffer>, string]>([
  ['config.json is cut off', { 'config.json': '{"a":', ...weights }, 'its config.json is not valid JSON'],
  ['config.json is a list', { 'config.json': '[]', ...weights }, 'its config.json holds no JSON object'],
  ['config.json is missing', weights, 'it holds no config.json, only model.safetensors, tokenizer.json'],
  [
    'a file is no safetensors',
    { 'config.json': '{}', 'model.safetensors': '<html>Not Found</html>' },
    'model.safetensors is no safetensors file',
  ],
  [
    'a header is longer than its file',
    { 'config.json': '{}', 'model.safetensors': safetensors([2], 2 ** 40) },
    'model.safetensors is no safetensors file: its header would be 1099511627776 bytes long',
  ],
  [
    'a download stopped half way',
    { 'config.json': '{}', 'model.safetensors': safetensors([100]).subarray(0, 200) },
    'model.safetensors is cut off: its header tells of 200 bytes of weights, and there are 133',
  ],
  [
    'a shard is missing',
    { 'config.json': '{}', 'model.safetensors.index.json': '{"weight_map":{"x":"m-1.safetensors"}}' },
    'model.safetensors.index.json names m-1.safetensors, which is not there',
  ],
  [
    'an index points out of the folder',
    { 'config.json': '{}', 'model.safetensors.index.json': '{"weight_map":{"x":"../m.safetensors"}}' },
    'names "../m.safetensors", which is no name of a safetensors file',
  ],
])('a folder whose %s is a problem', async (_, files, message) => {
  expect((await inFolder(files)).problem).toContain(message);
});

test('bytes of any kind in place of weights are refused or counted, and never crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const found = await inFolder({ 'config.json': '{}', 'model.safetensors': Buffer.from(bytes) });
      expect(found.problem ?? found.facts).toBeDefined();
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['LlamaForCausalLM', 'text-generation'],
  ['GPT2LMHeadModel', 'text-generation'],
  ['DistilBertForSequenceClassification', 'text-classification'],
  ['BertForTokenClassification', 'token-classification'],
  ['BertForMaskedLM', 'fill-mask'],
  ['RobertaForQuestionAnswering', 'question-answering'],
  ['BertModel', 'feature-extraction'],
  ['ChatGLMModel', 'text-generation'],
])('%s is for %s', (architecture, task) => {
  expect(taskOf({ architectures: [architecture] })).toEqual({ task });
});

test('a classifier of pairs of texts is for what the Hub says', async () => {
  repository(
    { pipeline_tag: 'zero-shot-classification' },
    { ...llama, architectures: ['BartForSequenceClassification'] },
  );
  expect((await lookUp({ hub: 'a' }, env)).facts?.task).toBe('zero-shot-classification');
});

test('pictures are for none of the serving stacks', async () => {
  repository({ pipeline_tag: 'image-classification' }, { architectures: ['ViTForImageClassification'] });
  expect((await lookUp({ hub: 'a' }, env)).problem).toContain('is for pictures or films');
});

test('how weights are quantised is read where ModelOpt writes it, on the Hub and in a folder', async () => {
  const quantization = { producer: { name: 'modelopt' }, quantization: { quant_algo: 'FP8' } };
  const read = { quantized: { method: 'modelopt', bits: 8, keepsAttention: false } };
  const siblings = ['config.json', 'hf_quant_config.json', 'model.safetensors', 'tokenizer.json'];
  const about = { sha: commit, siblings: siblings.map((rfilename) => ({ rfilename, size: 90_000 })) };
  answer = ({ url = '' }, response) =>
    json(response, url.startsWith('/api/') ? about : url.includes('quant') ? quantization : llama);
  const { facts } = await lookUp({ hub: 'a' }, env);
  expect(facts).toMatchObject({ config: read, weightsBytes: 90_000 });
  const files = {
    'config.json': JSON.stringify(llama),
    'hf_quant_config.json': JSON.stringify(quantization),
  };
  expect((await inFolder({ ...files, ...weights })).facts).toMatchObject({ config: read });
});

test.each([
  ['GPTQ, said by quantize_config.json alone', 'I32'],
  ['MLX, without a word of it', 'U32'],
  ['bitsandbytes, without a word of it', 'U8'],
])('several numbers in one, of which config.json says nothing, are refused: %s', async (_, dtype) => {
  const size = { U8: 1, I32: 4, U32: 4 }[dtype] ?? 0;
  const header = { 'a.qweight': { dtype, shape: [100], data_offsets: [0, 100 * size] } };
  const { problem } = await inFolder({
    'config.json': JSON.stringify(llama),
    'model.safetensors': withHeader(header, 100 * size),
  });
  expect(problem).toMatch(
    new RegExp(
      `^its weights are packed into ${dtype} numbers, .* write quantization_config into it, with the quant_method`,
    ),
  );
});

test('a config.json that says no model_type is refused: a folder has no name to tell it by', async () => {
  const { model_type: _, ...untold } = llama;
  const { problem } = await inFolder({ 'config.json': JSON.stringify(untold), ...weights });
  expect(problem).toContain(
    'names no model_type, by which transformers knows what kind of model it is: write it in',
  );
});

test.each(['relative_key', 'relative_key_query'])('positions of the kind %s are refused', async (kind) => {
  const json = { ...llama, position_embedding_type: kind };
  const { problem } = await inFolder({ 'config.json': JSON.stringify(json), ...weights });
  expect(problem).toContain(
    `sets position_embedding_type to ${kind}, which transformers has not had since version 5`,
  );
  const absolute = { ...json, position_embedding_type: 'absolute' };
  expect((await inFolder({ 'config.json': JSON.stringify(absolute), ...weights })).problem).toBeUndefined();
});

test('matrices of nothing, which ZeRO-3 leaves, are refused with the command that puts them together', async () => {
  const header = {
    'model.norm.bias': { dtype: 'BF16', shape: [0], data_offsets: [0, 0] },
    'model.embed_tokens.weight': { dtype: 'BF16', shape: [0], data_offsets: [0, 0] },
  };
  const { problem } = await inFolder({
    'config.json': JSON.stringify(llama),
    'model.safetensors': withHeader(header, 0),
  });
  expect(problem).toMatch(/^model.safetensors holds nothing of "model.embed_tokens.weight".*zero_to_fp32.py/);
});

test('packed weights of which config.json says nothing are not counted as numbers of 16 bits', async () => {
  repository({
    safetensors: { parameters: { BF16: 1_000_000, F8_E4M3: 9_000_000 }, total: 10_000_000 },
    siblings: ['config.json', 'tokenizer.json', 'model.safetensors'].map((rfilename) => ({
      rfilename,
      size: 11e6,
    })),
  });
  const { facts } = await lookUp({ hub: 'a' }, env);
  expect(facts).toMatchObject({ packed: 'F8_E4M3', weightsBytes: 11e6 });
  expect(facts).not.toHaveProperty('parameters');
  expect(facts?.warnings).toEqual([expect.stringContaining('F8_E4M3 numbers for a good part')]);
});

test('a generator that was trained further to make embeddings is for those', async () => {
  repository({ pipeline_tag: 'feature-extraction' });
  expect((await lookUp({ hub: 'a' }, env)).facts?.task).toBe('feature-extraction');
});

test.each(['LlavaForConditionalGeneration', 'T5ForConditionalGeneration'])(
  'what %s is for is not guessed',
  (architecture) => {
    expect(taskOf({ architectures: [architecture] })).toEqual({
      reason: expect.stringContaining(architecture),
    });
  },
);

test.each([
  ['gpt2', { kind: 'hub', id: 'gpt2' }],
  ['meta-llama/Llama-3.1-8B', { kind: 'hub', id: 'meta-llama/Llama-3.1-8B' }],
  ['org/name@refs/pr/1', { kind: 'hub', id: 'org/name', revision: 'refs/pr/1' }],
  ['s3://bucket/models/a/', { kind: 's3', uri: 's3://bucket/models/a/', archive: false }],
  ['s3://bucket/a.tar.gz', { kind: 's3', uri: 's3://bucket/a.tar.gz', archive: true }],
])('%s is the name of a model', (text, name) => {
  expect(parseModelName(text)).toEqual(name);
});

test.each([
  ['s3://bucket/models/a', 'a prefix must end with "/" (s3://bucket/models/a/), and an archive with .tar.gz'],
  ['s3://Bad_Bucket/', 'no bucket has such a name'],
  ['s3://bucket/a b/', 'the key has characters other than'],
  ['a/b/c', 'neither an id on the Hugging Face Hub'],
  ['../etc', 'neither an id'],
  ['-x/y', 'neither an id'],
  ['org/a--b', 'no "--" or ".."'],
  ['org/a..b', 'no "--" or ".."'],
  ['org/name.git', 'do not end in'],
  [`org/${'a'.repeat(93)}`, 'at most 96 characters'],
  ['org/name@', 'a commit, a branch or a tag'],
  ['org/name@-x', 'a commit, a branch or a tag'],
  ['org/name@a/../b', 'a commit, a branch or a tag'],
  ['org/name\n', 'neither an id'],
  ['', 'neither an id'],
])('%j is refused: %s', (text, message) => {
  expect(parseModelName(text)).toEqual({ problem: expect.stringContaining(message) });
});
