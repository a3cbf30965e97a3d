import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { lookUp } from '../../generators/models/look-up.ts';
import { complete, draftSettings, learn } from '../../generators/settings/resolve.ts';
import { tempFolder } from '../harness.ts';

type Files = Readonly<Record<string, string | Buffer>>;

/** Bytes of a safetensors file with one tensor of two numbers. */
const tensors = Buffer.concat([
  Buffer.from([57, 0, 0, 0, 0, 0, 0, 0]),
  Buffer.from('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   '),
  Buffer.alloc(8),
]);
const config = JSON.stringify({ architectures: ['BertModel'], model_type: 'bert' });
const model = { 'config.json': config, 'model.safetensors': tensors, 'tokenizer.json': '{"model": {}}' };
const { 'model.safetensors': _, ...withoutWeights } = model;
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1234567\n`;
const adapter = {
  'adapter_config.json': JSON.stringify({ peft_type: 'LORA', base_model_name_or_path: 'org/base', r: 16 }),
  'adapter_model.safetensors': tensors,
};
const index = (...files: string[]) =>
  JSON.stringify({ weight_map: Object.fromEntries(files.map((file, n) => [`layer.${n}`, file])) });
const commit = '0123456789abcdef0123456789abcdef01234567';

function folderOf(files: Files, links: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'folder-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(target, join(folder, path));
  }
  return folder;
}

/** All of `files` below a folder. */
const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]));

/** FOLDER is the folder itself. */
async function problemOf(folder: string): Promise<string | undefined> {
  return (await lookUp({ folder }, {})).problem?.replaceAll(folder, 'FOLDER');
}

test('a folder that save_pretrained made is a model, whatever training and other programs left in it', async () => {
  const left = {
    ...{ 'training_args.bin': 'PK\x03\x04 cut off', 'onnx/model.onnx': pointer, 'tf_model.h5': '' },
    ...below('checkpoint-500', { 'optimizer.pt': '', 'config.json': '{' }),
  };
  expect(await problemOf(folderOf({ ...model, ...left }))).toBeUndefined();
});

test('an adapter beside a whole model is said not to be served', async () => {
  const { facts } = await lookUp({ folder: folderOf({ ...model, ...adapter }) }, {});
  expect(facts?.warnings).toContainEqual(expect.stringContaining('an adapter (adapter_config.json)'));
  expect(facts?.weightsBytes).toBe(8);
});

test.each<[string, Files, string]>([
  ['is empty', {}, 'the folder is empty'],
  [
    'holds only an adapter',
    { ...adapter, 'tokenizer.json': '{}' },
    'it holds no model, only a LoRA adapter of rank 16 for org/base: give that model, and the adapter by --adapter=NAME=PLACE, which ' +
      'vLLM and SGLang serve; or merge the two, by merge_and_unload() of PEFT, ' +
      'and give the folder that save_pretrained makes of it, with the tokenizer',
  ],
  [
    'holds an adapter of another kind',
    { 'adapter_config.json': '{"peft_type": "PROMPT_TUNING"}' },
    'it holds no model, only an adapter (PROMPT_TUNING) for a model that it does not name: merge the two',
  ],
  [
    'holds an adapter whose config is broken',
    { 'adapter_config.json': '{' },
    'it holds no model, only an adapter, and its adapter_config.json is none of PEFT',
  ],
  [
    'holds what a training leaves',
    { 'training_args.bin': 'x', 'trainer_state.json': '{}', 'optimizer.pt': 'x' },
    'it holds what a training leaves (optimizer.pt, trainer_state.json, training_args.bin), and no model: ' +
      'trainer.save_model(FOLDER) writes one',
  ],
  [
    'was cloned without Git LFS',
    { ...model, 'model.safetensors': pointer, 'tokenizer.json': pointer },
    'model.safetensors is a pointer of Git LFS, not the file itself (as are 1 others): `git lfs pull` in FOLDER fetches it',
  ],
  [
    'lacks a shard of safetensors',
    {
      ...withoutWeights,
      'model-00001-of-00003.safetensors': tensors,
      'model.safetensors.index.json': index(...[1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`)),
    },
    'model.safetensors.index.json names model-00002-of-00003.safetensors, which is not there ' +
      '(nor are 1 others of the 3): fetch what is missing',
  ],
  [
    'lacks a shard of pickles',
    {
      ...withoutWeights,
      'pytorch_model-00001-of-00002.bin': 'x',
      'pytorch_model.bin.index.json': index(...[1, 2].map((n) => `pytorch_model-0000${n}-of-00002.bin`)),
    },
    'pytorch_model.bin.index.json names pytorch_model-00002-of-00002.bin, which is not there',
  ],
  [
    'has an index and no weights',
    { ...withoutWeights, 'model.safetensors.index.json': index('model-00001-of-00001.safetensors') },
    'model.safetensors.index.json names model-00001-of-00001.safetensors, which is not there',
  ],
  [
    'holds a lone shard',
    { ...withoutWeights, 'model-00002-of-00003.safetensors': tensors },
    'it holds 1 of the 3 files that its weights are in (model-00002-of-00003.safetensors), ' +
      'and no model.safetensors.index.json: fetch what is missing',
  ],
  [
    'holds a lone shard of pickles',
    { ...withoutWeights, 'pytorch_model-00001-of-00002.bin': 'x' },
    'it holds 1 of the 2 files that its weights are in',
  ],
  [
    'has no tokenizer',
    { 'config.json': config, 'model.safetensors': tensors, 'special_tokens_map.json': '{}' },
    'it holds no tokenizer (tokenizer.json, or what it is made of, such as vocab.txt or tokenizer.model)',
  ],
  [
    'is in the form of its maker',
    { 'consolidated.safetensors': tensors, 'params.json': '{}', 'tekken.json': '{}' },
    'it holds the weights as Mistral and Meta publish them (consolidated.safetensors), which transformers does not read: ' +
      'give the model as transformers has it: config.json, and weights in *.safetensors',
  ],
  [
    "has only its maker's weights beside config.json",
    { ...withoutWeights, 'consolidated.00.pth': 'x', 'params.json': '{}' },
    'it holds the weights as Mistral and Meta publish them (consolidated.00.pth)',
  ],
  ['holds GGUF', { 'model.Q4.gguf': 'x', 'README.md': '#' }, 'it holds the weights in GGUF (model.Q4.gguf)'],
  [
    'is of TensorFlow',
    { ...withoutWeights, 'tf_model.h5': 'x' },
    'another library than PyTorch (tf_model.h5)',
  ],
  [
    'holds ONNX',
    { ...withoutWeights, 'onnx/model.onnx': 'x' },
    'it holds the model in ONNX (onnx/model.onnx)',
  ],
  [
    'is a checkpoint of DeepSpeed',
    { ...withoutWeights, 'zero_to_fp32.py': '', 'global_step10/mp_rank_00_model_states.pt': 'x' },
    '`python zero_to_fp32.py . . --safe_serialization` in the folder puts them together',
  ],
  [
    'is a checkpoint of FSDP',
    { ...withoutWeights, 'pytorch_model_fsdp_0/__0_0.distcp': 'x' },
    '`accelerate merge-weights pytorch_model_fsdp_0 .` in the folder puts them together',
  ],
  [
    'has an empty config.json',
    { ...model, 'config.json': '' },
    'config.json is empty: fetch or write it again',
  ],
  ['has empty weights', { ...model, 'model.safetensors': '' }, 'model.safetensors is empty'],
  [
    'has weights that end too soon',
    { ...model, 'model.safetensors': tensors.subarray(0, 70) },
    'model.safetensors is cut off: its header tells of 8 bytes of weights, and there are 5. Fetch or write it again',
  ],
  [
    'has pickles that end too soon',
    { ...withoutWeights, 'pytorch_model.bin': 'PK\x03\x04 the first half' },
    'pytorch_model.bin is cut off: its end is missing. Fetch or write it again',
  ],
])('a folder that %s gets one sentence that says what to do', async (_name, files, says) => {
  expect(await problemOf(folderOf(files))).toContain(says);
});

test.each<[string, string, Files, string]>([
  ['around it', '', below('run/best', model), 'the model lies below it: give FOLDER/run/best'],
  [
    'of a training whose last step is in a checkpoint',
    '',
    {
      'training_args.bin': 'x',
      ...below('checkpoint-9', model),
      ...below('checkpoint-10', { 'optimizer.pt': 'x' }),
    },
    'the model lies below it: give FOLDER/checkpoint-9',
  ],
  [
    'with several checkpoints',
    '',
    { ...below('checkpoint-1000', model), ...below('checkpoint-500', model) },
    'several models lie below it: give one of FOLDER/checkpoint-500, FOLDER/checkpoint-1000',
  ],
  [
    "of the Hub's cache",
    '',
    { ...below(`snapshots/${commit}`, model), ...below('snapshots/older', model), 'refs/main': commit },
    `the model lies below it: give FOLDER/snapshots/${commit}`,
  ],
  [
    'of sentence-transformers',
    '',
    { 'modules.json': '[]', ...below('0_Transformer', model), '1_Pooling/config.json': '{}' },
    'the model lies below it: give FOLDER/0_Transformer',
  ],
  [
    'that is one step too deep',
    '1_Pooling',
    { ...model, '1_Pooling/config.json': '{}' },
    'it is a part of the model in the folder around it: give FOLDER/..',
  ],
  [
    'of sentence-transformers without its weights',
    '',
    { 'config.json': model['config.json'], '1_Pooling/config.json': '{}' },
    'it holds no weights (*.safetensors, or pytorch_model*.bin), only config.json',
  ],
  [
    'around one that is not whole',
    '',
    below('final', { ...model, 'tokenizer.json': '' }),
    'of the model below it, final: tokenizer.json is empty',
  ],
])('a folder %s is answered with the path that works', async (_name, given, files, says) => {
  const folder = folderOf(files);
  const { problem } = await lookUp({ folder: join(folder, given) }, {});
  const shown = says.replaceAll('FOLDER/..', folder).replaceAll('FOLDER', folder);
  expect(problem?.slice(0, shown.length)).toBe(shown);
  const path = /give (?:one of )?(\/[^,\s]+)/.exec(problem ?? '')?.[1];
  if (path) expect((await lookUp({ folder: path }, {})).problem).toBeUndefined();
});

test('a snapshot of the Hub whose blob is gone says which command fetches it', async () => {
  const snapshot = `models--org--name/snapshots/${commit}`;
  const blobs = below('models--org--name/blobs', { a: config, b: '{"model": {}}' });
  const folder = folderOf(blobs, {
    [`${snapshot}/config.json`]: '../../blobs/a',
    [`${snapshot}/tokenizer.json`]: '../../blobs/b',
    [`${snapshot}/model.safetensors`]: '../../blobs/c',
  });
  const says = `model.safetensors is a link to ../../blobs/c, where nothing is: \`hf download org/name --revision ${commit}\` fetches what is missing`;
  expect(await problemOf(join(folder, snapshot))).toBe(says);
  expect(await problemOf(join(folder, 'models--org--name'))).toBe(
    `of the model below it, snapshots/${commit}: ${says}`,
  );
  writeFileSync(join(folder, 'models--org--name/blobs/c'), tensors);
  expect(await problemOf(join(folder, snapshot))).toBeUndefined();
});

test.each([
  ['weights.safetensors', 'give the folder that holds it, with config.json beside it'],
  ['model.tar.gz', 'it is an archive: unpack it, and give the folder'],
  [
    'model.gguf',
    'it holds the weights in GGUF, for llama.cpp: give the folder of the model that it was made of',
  ],
  ['nothing', /^no such file \(looked for .*\/nothing\)$/],
])('%s in place of a folder is answered with what to give', async (name, says) => {
  const folder = folderOf(name === 'nothing' ? {} : { [name]: 'x' });
  const { problem } = await lookUp({ folder: join(folder, name) }, {});
  expect(problem).toEqual(typeof says === 'string' ? says : expect.stringMatching(says));
});

test.each(['spm.model', 'sentencepiece.bpe.model'])(
  'a tokenizer of %s alone is refused where transformers has to read it, and goes with an engine',
  async (file) => {
    const { 'tokenizer.json': tokenizer, ...rest } = model;
    const under = async (server: string, files: Files) => {
      const flags = { framework: 'transformers', task: server === 'vllm' ? 'text-generation' : 'fill-mask' };
      const commandLine = {
        flags: { ...flags, 'model-path': folderOf(files), 'model-server': server },
      };
      return complete(await learn(await draftSettings({ commandLine, env: {}, cwd: tempFolder() })));
    };
    const files = { ...rest, [file]: 'x' };
    await expect(under('vllm', files)).resolves.toBeDefined();
    await expect(under('fastapi', { ...files, 'tokenizer.json': tokenizer })).resolves.toBeDefined();
    await expect(under('fastapi', files)).rejects.toThrow(
      `its tokenizer is in ${file} alone, which transformers does not read without a further library: with sentencepiece`,
    );
  },
);
