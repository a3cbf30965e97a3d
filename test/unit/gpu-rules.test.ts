import { expect, test } from 'vitest';
import { describeInstance, offered } from '../../generators/instances/instances.ts';
import { readConfig } from '../../generators/models/config.ts';
import { inferenceAmiVersion } from '../../generators/models/drivers.ts';
import type { Wanted } from '../../generators/models/facts.ts';
import { warningsOn, whyNotOn } from '../../generators/models/gpu-rules.ts';

const cuda13 = { version: '13.0', minimumDriver: 580 };
const cuda12 = { version: '12.4', minimumDriver: 550 };
const llama = {
  num_attention_heads: 32,
  num_key_value_heads: 8,
  max_position_embeddings: 8192,
  torch_dtype: 'bfloat16',
};

function meeting(
  type: string,
  wanted: Wanted = {},
  cuda: typeof cuda13 | undefined = cuda13,
  config: object = llama,
) {
  return { instance: describeInstance(type).instance, config: readConfig(config), cuda, wanted };
}
const objections = (...args: Parameters<typeof meeting>) => whyNotOn(meeting(...args));

test.each([
  ['ml.inf2.xlarge', 'Inferentia2, on which CUDA does not run: it takes an image with AWS Neuron'],
  ['ml.inf1.xlarge', 'Inferentia, on which CUDA does not run'],
  ['ml.trn1.32xlarge', 'a model compiled for it by optimum-neuron'],
  ['ml.trn2.48xlarge', 'Neither is generated here: take a type with an NVIDIA GPU, such as ml.g6.xlarge'],
  ['ml.dl1.24xlarge', "Intel's SynapseAI"],
  ['ml.m5.large', 'has no GPU, which the image needs'],
  [
    'ml.p3.2xlarge',
    'V100 GPUs of compute capability 7.0, and the image is of CUDA 13.0, which needs 7.5 or more',
  ],
  ['ml.p2.xlarge', 'K80 GPUs of compute capability 3.7'],
])('%s is refused: %s', (type, message) => {
  expect(objections(type)).toEqual([{ setting: 'instanceType', message: expect.stringContaining(message) }]);
});

test('a V100 takes CUDA 12, and a K80 does not', () => {
  expect(objections('ml.p3.2xlarge', {}, cuda12)).toEqual([]);
  expect(objections('ml.p2.xlarge', {}, cuda12)).toHaveLength(1);
});

test('Blackwell takes no CUDA older than itself', () => {
  expect(objections('ml.p6-b200.48xlarge', {}, cuda12)).toHaveLength(1);
  expect(objections('ml.p6-b200.48xlarge')).toEqual([]);
});

test('an image whose driver SageMaker does not have is refused', () => {
  const [refused] = objections('ml.g6.xlarge', {}, { version: '13.2', minimumDriver: 595 });
  expect(refused?.message).toContain('needs an NVIDIA driver 595 or newer');
});

test('GPUs that cannot share out the attention heads are refused, with those numbers that can', () => {
  const heads28 = { num_attention_heads: 28, num_key_value_heads: 4 };
  expect(objections('ml.g6.48xlarge', {}, cuda13, heads28)).toEqual([
    {
      setting: 'tensorParallel',
      message:
        "the model's 28 attention heads cannot be shared out evenly to 8 GPUs, which ml.g6.48xlarge has: 1, 2 or 4 can",
    },
  ]);
  expect(objections('ml.g6.48xlarge', { tensorParallel: 4 }, cuda13, heads28)).toEqual([]);
  expect(objections('ml.g6.xlarge', { tensorParallel: 2 })).toEqual([
    { setting: 'tensorParallel', message: 'ml.g6.xlarge has one GPU' },
  ]);
});

test.each<[Wanted, string, string]>([
  [{ dtype: 'bfloat16' }, 'dtype', 'the T4 of ml.g4dn.xlarge cannot calculate with bfloat16'],
  [{ maxModelLen: 9000 }, 'maxModelLen', 'the model reads at most 8192 tokens'],
  [{ quantization: 'awq' }, 'quantization', 'awq cannot be done at start'],
])('%o is refused for %s', (wanted, setting, message) => {
  expect(objections('ml.g4dn.xlarge', wanted)).toEqual([
    { setting, message: expect.stringContaining(message) },
  ]);
});

test('a stack is not asked for a quantisation that its parser refuses, nor for a second one', () => {
  const wanted = { quantization: 'bitsandbytes' };
  expect(whyNotOn({ ...meeting('ml.g6.xlarge', wanted), methods: ['fp8', 'bitsandbytes'] })).toEqual([]);
  expect(whyNotOn({ ...meeting('ml.g6.xlarge', wanted), methods: ['awq', 'fp8'] })).toEqual([
    {
      setting: 'quantization',
      message: 'this version of the serving stack does not take it, only awq, fp8',
    },
  ]);
  const awq = { quantization_config: { quant_method: 'awq', bits: 4 } };
  expect(objections('ml.g6.xlarge', { quantization: 'awq' }, cuda13, awq)).toEqual([]);
  expect(objections('ml.g6.xlarge', { quantization: 'fp8' }, cuda13, awq)[0]?.message).toContain(
    'quantised already, with awq',
  );
});

test('what works otherwise than one may expect is said', () => {
  expect(warningsOn(meeting('ml.g4dn.xlarge'))).toEqual([expect.stringContaining('served as float16')]);
  expect(warningsOn(meeting('ml.g4dn.xlarge', { dtype: 'float16' }))).toEqual([]);
  expect(warningsOn(meeting('ml.g5.xlarge', { quantization: 'fp8' }))).toEqual([
    expect.stringContaining('the A10G of ml.g5.xlarge does not calculate with fp8'),
  ]);
  expect(warningsOn(meeting('ml.g6.xlarge', { quantization: 'fp8' }))).toEqual([]);
});

test('every type with an NVIDIA GPU gets the machine of its CUDA, and no other type gets one', () => {
  for (const type of offered) {
    const { instance } = describeInstance(type);
    const gpu = instance.accelerator?.kind === 'nvidia-gpu';
    expect(inferenceAmiVersion(instance, cuda13)).toBe(
      gpu ? 'al2023-ami-sagemaker-inference-gpu-4-1' : undefined,
    );
    expect(inferenceAmiVersion(instance, cuda12)).toBe(
      gpu ? 'al2-ami-sagemaker-inference-gpu-3-1' : undefined,
    );
    expect(inferenceAmiVersion(instance, undefined)).toBeUndefined();
  }
});

test('a type that is not known is neither refused nor promised', () => {
  expect(objections('ml.g9.xlarge')).toEqual([]);
  expect(warningsOn(meeting('ml.g9.xlarge'))).toEqual([]);
});
