import type { Instance } from '../instances/instances.ts';
import type { Abilities, Cuda } from '../kinds.ts';
import type { ModelConfig } from './config.ts';
import { machineFor } from './drivers.ts';
import type { Wanted } from './facts.ts';
import { madeAtStart } from './quantization.ts';
import { possibleSplits, splitOver } from './split.ts';

/** A model, an image and an instance that are to go together. */
export interface Meeting {
  readonly instance: Instance;
  readonly config?: ModelConfig | undefined;
  /** Of the serving stack's image; absent where that runs without a GPU. */
  readonly cuda?: Cuda | undefined;
  readonly wanted: Wanted;
  /** The ways to quantise weights that the serving stack takes; absent: not known. */
  readonly methods?: readonly string[] | undefined;
  /** What the serving stack can do. */
  readonly able?: Abilities | undefined;
}

interface Objection {
  /** The setting to change. */
  readonly setting: 'instanceType' | 'tensorParallel' | 'quantization' | 'dtype' | 'maxModelLen';
  readonly message: string;
}

/** Why it cannot work; empty where nothing is known against it. */
export function whyNotOn(meeting: Meeting): Objection[] {
  const machine = wrongMachine(meeting);
  if (machine) return [{ setting: 'instanceType', message: machine }];
  const others: (readonly [Objection['setting'], string | undefined])[] = [
    ['tensorParallel', wrongSpread(meeting)],
    ['dtype', wrongType(meeting)],
    ['quantization', wrongQuantization(meeting)],
    ['maxModelLen', tooLong(meeting)],
  ];
  return others.flatMap(([setting, message]) => (message === undefined ? [] : [{ setting, message }]));
}

/** CUDA capability as a number, such as 8.9; undefined for other accelerators. */
export function capability({ accelerator }: Instance): number | undefined {
  return accelerator?.computeCapability === undefined ? undefined : Number(accelerator.computeCapability);
}

function wrongMachine({ instance, cuda }: Meeting): string | undefined {
  const { type, accelerator, hasAccelerator } = instance;
  switch (accelerator?.kind) {
    case 'inferentia':
    case 'trainium':
      return `${type} has ${accelerator.name}, on which CUDA does not run: it takes an image with AWS Neuron (such as LMI's) and a model compiled for it by optimum-neuron for one batch size and length. Neither is generated here: take a type with an NVIDIA GPU, such as ml.g6.xlarge`;
    case 'habana-gaudi':
      return `${type} has ${accelerator.name}, on which CUDA does not run: it takes an image with Intel's SynapseAI and optimum-habana, which is not generated here: take a type with an NVIDIA GPU, such as ml.g6.xlarge`;
    case 'nvidia-gpu':
      return cuda && wrongGpu(instance, cuda);
    case undefined:
      // Of a type that is not in the catalog nothing is known but its name.
      return cuda && !hasAccelerator
        ? `${type} has no GPU, which the image needs: take a type such as ml.g6.xlarge`
        : undefined;
  }
}

/** By NVIDIA's table of architectures: CUDA 12 ended Kepler, 13 ended Maxwell to Volta, 12.8 began Blackwell. */
function wrongGpu(instance: Instance, cuda: Cuda): string | undefined {
  const { type, accelerator } = instance;
  const able = capability(instance) ?? 0;
  const [major = 0, minor = 0] = cuda.version.split('.').map(Number);
  const least = major >= 13 ? 7.5 : major >= 12 ? 5 : 3.5;
  const gpu = `${type} has ${accelerator?.name} GPUs of compute capability ${accelerator?.computeCapability}`;
  if (able < least)
    return `${gpu}, and the image is of CUDA ${cuda.version}, which needs ${least.toFixed(1)} or more: take a newer type, such as ml.g6.xlarge`;
  if (able >= 10 && major * 100 + minor < 1208)
    return `${gpu}, which CUDA ${cuda.version} of the image does not know`;
  return machineFor(cuda)
    ? undefined
    : `the image needs an NVIDIA driver ${cuda.minimumDriver} or newer, which SageMaker does not have for ${type}`;
}

function wrongSpread({ instance, config, wanted, able }: Meeting): string | undefined {
  const count = instance.accelerator?.count;
  if (!count) return undefined;
  const gpus = wanted.tensorParallel ?? count;
  if (gpus > count) return `${instance.type} has ${count === 1 ? 'one GPU' : `${count} GPUs`}`;
  const split = config && splitOver(gpus, config, able);
  if (!split || !('why' in split)) return undefined;
  const possible = possibleSplits(count, config, able)
    .join(', ')
    .replace(/, (\d+)$/, ' or $1');
  return `${split.why}${wanted.tensorParallel ? '' : `, which ${instance.type} has`}: ${possible} can`;
}

function wrongType({ instance, config, wanted, able }: Meeting): string | undefined {
  const { types = [], reason } = able?.notInFloat16 ?? {};
  if (wanted.dtype === 'float16' && config && types.includes(config.type))
    return `the serving stack does not serve models of the type ${config.type} in float16 (${reason}): bfloat16 or float32`;
  const capable = capability(instance);
  return wanted.dtype === 'bfloat16' && capable !== undefined && capable < 8
    ? `the ${instance.accelerator?.name} of ${instance.type} cannot calculate with bfloat16, which takes compute capability 8.0: float16`
    : undefined;
}

function wrongQuantization({ config, wanted: { quantization }, methods }: Meeting): string | undefined {
  if (!quantization) return undefined;
  if (methods && !methods.includes(quantization))
    return `this version of the serving stack does not take it, only ${methods.join(', ')}`;
  if (!config) return undefined;
  const method = config.quantized?.method;
  if (method && method !== quantization)
    return `the model's files are quantised already, with ${method}: leave the setting out`;
  return method || madeAtStart.includes(quantization)
    ? undefined
    : `the model's files are not quantised, and ${quantization} cannot be done at start: give a model that was made so, or fp8`;
}

function tooLong({ config, wanted: { maxModelLen } }: Meeting): string | undefined {
  const limit = config?.contextLength;
  return limit && maxModelLen && maxModelLen > limit
    ? `the model reads at most ${limit} tokens, by its config.json`
    : undefined;
}

/** What works, but not as one may expect. */
export function warningsOn({ instance, config, wanted }: Meeting): string[] {
  const able = capability(instance);
  if (able === undefined) return [];
  const gpu = `the ${instance.accelerator?.name} of ${instance.type}`;
  const warnings: string[] = [];
  if (able < 8 && config?.dtype === 'bfloat16' && (wanted.dtype ?? 'auto') === 'auto')
    warnings.push(
      `the weights are bfloat16, which ${gpu} does not have: they are served as float16, whose range is smaller (answers of NaN or "!!!!" come from that)`,
    );
  if (
    able < 8.9 &&
    [wanted.quantization, config?.quantized?.method].some((method) => method?.includes('fp8'))
  )
    warnings.push(
      `${gpu} does not calculate with fp8 (compute capability 8.9 does): the weights take half the memory, and requests are no faster for it`,
    );
  const heads = config?.kvHeads;
  const gpus = wanted.tensorParallel ?? instance.accelerator?.count ?? 1;
  if (heads && gpus > heads && !config?.latent)
    warnings.push(
      `the model has ${heads} heads of keys and values: ${gpus} GPUs hold some of them more than once`,
    );
  return warnings;
}
