import { describe, expect, test } from 'vitest';
import { readConfig } from '../../generators/models/config.ts';
import { ownCodeOf } from '../../generators/models/own-code.ts';
import { quantizedIn } from '../../generators/models/quantization.ts';
import { taskOf } from '../../generators/models/tasks.ts';
import { servers } from '../../generators/registry.ts';
import { whyNotServed } from '../../generators/render/served.ts';
import type { Settings } from '../../generators/settings/schema.ts';

function refusals(modelServer: string, json: object, tokenizer?: object, wanted: Partial<Settings> = {}) {
  const server = servers.get(modelServer);
  const config = readConfig(json);
  const ownCode = ownCodeOf({ ...json }, tokenizer);
  if (!server || !config) throw new Error(modelServer);
  return whyNotServed({ modelServer, ...wanted } as Settings, server, {
    warnings: [],
    config,
    ...(ownCode && { ownCode }),
  });
}

const llama = { architectures: ['LlamaForCausalLM'], model_type: 'llama' };

test('models with an encoder and a decoder are refused by engines, whatever task is asked for', () => {
  const t5 = { architectures: ['T5ForConditionalGeneration'], model_type: 't5', is_encoder_decoder: true };
  expect(refusals('vllm', t5)).toEqual([
    'modelServer: "vllm": models with an encoder and a decoder, such as this one of the type t5, are not served by vLLM: it generates with decoders alone',
  ]);
  expect(refusals('vllm', llama)).toEqual([]);
});

test('they are refused by our server, too, where it would go on with texts by the decoder alone', () => {
  const bart = {
    architectures: ['BartForConditionalGeneration'],
    model_type: 'bart',
    is_encoder_decoder: true,
  };
  expect(refusals('fastapi', bart, undefined, { task: 'text-generation' })).toEqual([
    expect.stringMatching(/of the type bart, are not served by FastAPI: it generates with decoders alone$/),
  ]);
  expect(refusals('fastapi', bart, undefined, { task: 'text-classification' })).toEqual([]);
});

test('weights that are quantised in a way that an engine does not read are refused, with the one that does', () => {
  const bits = { ...llama, quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true } };
  expect(refusals('vllm', bits)).toEqual([
    'modelServer: "vllm": the model\'s files are quantised with bitsandbytes, which vLLM v0.31.0 does not read: SGLang does',
  ]);
  expect(refusals('sglang', bits)).toEqual([]);
  expect(refusals('vllm', { ...llama, quantization_config: { quant_method: 'awq', bits: 4 } })).toEqual([]);
});

test('weights that no serving stack reads are refused by each, also where it is not known what one reads', () => {
  const forMlx = { ...llama, quantization: { group_size: 64, bits: 4 } };
  for (const server of ['vllm', 'sglang', 'lmi', 'fastapi'])
    expect(refusals(server, forMlx)).toEqual([
      expect.stringMatching(
        /quantised with mlx, which .* does not read: give the model that it was made from$/,
      ),
    ]);
  const bits = { ...llama, quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true } };
  expect(refusals('lmi', bits)).toEqual([]);
});

test.each<[string, object, string]>([
  [
    'compressed-tensors of before, in a key of its own',
    { compression_config: { quant_method: 'compressed-tensors' } },
    'compressed-tensors',
  ],
  [
    'bitsandbytes of before, which is not named',
    { quantization_config: { load_in_8bit: true } },
    'bitsandbytes',
  ],
  [
    'a method with its maker',
    { quantization_config: { quant_method: 'intel/auto-round' } },
    'intel/auto-round',
  ],
])('how weights are quantised is read as it was written in earlier years: %s', (_, said, method) => {
  expect(readConfig({ ...llama, ...said })?.quantized?.method).toBe(method);
});

test('our server takes no quantised weights, and names the engines only for what they serve', () => {
  const awq = { ...llama, quantization_config: { quant_method: 'awq', bits: 4 } };
  expect(refusals('fastapi', awq, undefined, { task: 'text-generation' })).toEqual([
    'modelServer: "fastapi": the model\'s files are quantised with awq, which FastAPI does not read: SGLang, vLLM do',
  ]);
  expect(refusals('flask', awq, undefined, { task: 'text-classification' })).toEqual([
    expect.stringMatching(/awq, which Flask does not read: give the model that it was made from$/),
  ]);
});

describe('code that a model brings along', () => {
  const own = {
    architectures: ['NextYearForCausalLM'],
    model_type: 'next_year',
    auto_map: {
      AutoConfig: 'configuration_next.NextConfig',
      AutoModelForCausalLM: 'org/name--modeling_next.Next',
    },
  };

  test('is named, with the setting that allows it and what that means', () => {
    expect(refusals('vllm', own)).toEqual([
      "trustRemoteCode: the model brings along code to be run in the container (configuration_next.py, modeling_next.py), and nobody has allowed it: --trust-remote-code does. That code can do all that the endpoint's role can: read it first, and pin its commit (--model-name=org/name@commit)",
    ]);
    expect(refusals('vllm', own, undefined, { trustRemoteCode: true })).toEqual([]);
  });

  test('is not run by our server', () => {
    expect(refusals('fastapi', own)).toEqual([
      'modelServer: "fastapi": the model brings along code to be run in the container (configuration_next.py, modeling_next.py), which this server does not do: lmi, sglang, vllm can, where trustRemoteCode allows it',
    ]);
  });

  test('is left aside where transformers or the engine has a class for its type', () => {
    expect(refusals('vllm', { ...own, ...llama })).toEqual([]);
    expect(refusals('vllm', { ...own, model_type: 'moondream3' })).toEqual([]);
    expect(refusals('lmi', { ...own, model_type: 'moondream3' })).toHaveLength(1);
  });

  test('may be that of the tokenizer alone', () => {
    const auto_map = { AutoTokenizer: ['tokenization_kimi.TikTokenTokenizer', null] };
    expect(refusals('vllm', llama, { tokenizer_class: 'TikTokenTokenizer', auto_map })[0]).toContain(
      '(tokenization_kimi.py)',
    );
    expect(refusals('vllm', llama, { tokenizer_class: 'PreTrainedTokenizerFast', auto_map })).toEqual([]);
  });
});

test.each<[string, object, object]>([
  [
    'hf_quant_config.json in FP8',
    { producer: { name: 'modelopt' }, quantization: { quant_algo: 'FP8', exclude_modules: ['lm_head'] } },
    { method: 'modelopt', bits: 8, keepsAttention: false },
  ],
  [
    'hf_quant_config.json in NVFP4',
    { quantization: { quant_algo: 'NVFP4', group_size: 16, exclude_modules: ['model.layers.0.self_attn*'] } },
    { method: 'modelopt', bits: 4.5, keepsAttention: true },
  ],
  [
    'layers of several kinds',
    { quant_method: 'modelopt', quant_algo: 'MIXED_PRECISION' },
    { method: 'modelopt', keepsAttention: false },
  ],
  [
    'blocks of FP8',
    { quant_method: 'fp8', weight_block_size: [128, 128] },
    { method: 'fp8', bits: 8, block: 128, keepsAttention: false },
  ],
  [
    'compressed-tensors in groups',
    {
      quant_method: 'compressed-tensors',
      config_groups: { a: { weights: { num_bits: 4, group_size: 32, type: 'int' } } },
    },
    { method: 'compressed-tensors', bits: 4.625, group: 32, keepsAttention: false },
  ],
  [
    'compressed-tensors in MXFP4',
    {
      quant_method: 'compressed-tensors',
      config_groups: { a: { weights: { num_bits: 4, group_size: 32, type: 'float' } } },
    },
    { method: 'compressed-tensors', bits: 4.25, group: 32, keepsAttention: false },
  ],
])('%s: bits, blocks and groups are read', (_, json, read) => {
  expect(quantizedIn(json)).toEqual(read);
});

test.each<[string, object, string | undefined, object]>([
  [
    'a plain multimodal language model generates text',
    { architectures: ['Gemma3ForConditionalGeneration'], model_type: 'gemma3', text_config: {} },
    'image-text-to-text',
    { task: 'text-generation', note: expect.stringContaining('reads pictures or sound beside texts') },
  ],
  [
    'a translator generates nothing here',
    { architectures: ['T5ForConditionalGeneration'], model_type: 't5' },
    'translation',
    { reason: expect.stringContaining('an encoder and a decoder') },
  ],
  [
    'one whose parts are such',
    { architectures: ['Florence2ForConditionalGeneration'], text_config: { model_type: 'bart' } },
    'image-text-to-text',
    { reason: expect.stringContaining('an encoder and a decoder') },
  ],
  [
    'pictures are said to be that',
    { architectures: ['ViTForImageClassification'], model_type: 'vit' },
    'image-classification',
    { notServed: expect.stringContaining('ViTForImageClassification is for pictures or films') },
  ],
  [
    'by the Hub alone, too',
    { architectures: ['NextYearModel'] },
    'object-detection',
    { notServed: expect.stringContaining('pictures or films') },
  ],
  [
    'and sound',
    { architectures: ['WhisperForConditionalGeneration'], model_type: 'whisper' },
    undefined,
    { notServed: expect.stringContaining('sound') },
  ],
  [
    'and not what else the Hub calls it',
    { architectures: ['BertModel'], model_type: 'bert' },
    'sentence-similarity',
    { task: 'feature-extraction' },
  ],
])('%s', (_, config, tag, told) => {
  expect(taskOf(config, tag)).toEqual(told);
});
