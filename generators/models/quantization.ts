import { isObject, type Json, number } from './json.ts';

/** What can be asked for: those that the engines take and a user would name. */
export const quantizations = ['awq', 'gptq', 'fp8', 'bitsandbytes'] as const;
export type Quantization = (typeof quantizations)[number];

/** Of these the engines make the small weights themselves, at each start. The others need a model made for it. */
export const madeAtStart: readonly string[] = ['fp8', 'bitsandbytes'] satisfies Quantization[];

/** How a model's weights lie in its files. */
export interface Quantized {
  readonly method: string;
  /** Bits that a weight takes, its share of scales and zero points included. Absent: not known. */
  readonly bits?: number;
  /** Whether the matrices of attention are left as they were. */
  readonly keepsAttention: boolean;
  /** The side of the blocks, or the length of the groups in a row, that have a scale in common. */
  readonly block?: number;
  readonly group?: number;
}

/**
 * Reads `quantization_config` of a config.json, or hf_quant_config.json, which ModelOpt writes beside it; undefined
 * when there is none.
 */
export function quantizedIn(json: unknown): Quantized | undefined {
  if (!isObject(json)) return undefined;
  const all: Json = isObject(json.quantization) ? { ...json.quantization, quant_method: 'modelopt' } : json;
  // bitsandbytes was the only one once, and not named.
  const unnamed = all.load_in_8bit === true || all.load_in_4bit === true ? 'bitsandbytes' : undefined;
  const method = [all.quant_method, all.quant_algo, unnamed].find(
    (name) => typeof name === 'string' && name !== '',
  );
  if (typeof method !== 'string' || !/^[\w/-]{1,40}$/.test(method)) return undefined;
  const name = method.toLowerCase().replace('compressed_tensors', 'compressed-tensors');
  const bits = bitsOf(name, all);
  const block = Array.isArray(all.weight_block_size)
    ? number({ block: all.weight_block_size[0] }, ['block'])
    : undefined;
  const group = block ? undefined : groupOf(name, all);
  return {
    method: name,
    keepsAttention: keepsAttention(all),
    ...(bits && { bits }),
    ...(block && { block }),
    ...(group && { group }),
  };
}

/** Reads `quantization` of a config.json, where MLX says it, and names no method. */
export function ofMlx(json: unknown): Quantized | undefined {
  if (!isObject(json) || json.quant_method !== undefined || json.quant_algo !== undefined) return undefined;
  return number(json, ['bits']) && number(json, ['group_size'])
    ? { method: 'mlx', keepsAttention: false }
    : undefined;
}

/** Bits of a weight that is quantised at start. */
export function bitsAtStart(quantization: Quantization): number {
  return quantization === 'bitsandbytes' ? nf4 : 8;
}

/** Four bits, and one float32 for each 64 weights. */
const nf4 = 4 + 32 / 64;

function bitsOf(method: string, json: Json): number | undefined {
  // Some layers so and some otherwise: only the files tell.
  if (/MIXED/i.test(String(json.quant_algo)) || typeof json.moe_quant_algo === 'string') return undefined;
  const known: Readonly<Record<string, () => number | undefined>> = {
    awq: () => grouped(json.bits ?? json.w_bit, json.group_size ?? json.q_group_size),
    gptq: () => grouped(json.bits, json.group_size),
    fp8: () => 8,
    fbgemm_fp8: () => 8,
    modelopt: () => ofModelOpt(String(json.quant_algo ?? '')),
    bitsandbytes: () => (json.load_in_8bit === true ? 8 : nf4),
    // Blocks of 32 and of 16 values share a scale of eight bits.
    mxfp4: () => 4 + 8 / 32,
    nvfp4: () => 4 + 8 / 16,
    'compressed-tensors': () => compressed(json),
  };
  return known[method]?.();
}

/** By ModelOpt's own names, such as FP8, NVFP4 and W4A16_AWQ. */
function ofModelOpt(algorithm: string): number | undefined {
  if (/^FP8/i.test(algorithm)) return 8;
  if (/FP4/i.test(algorithm)) return 4 + 8 / 16;
  return /^W4A/i.test(algorithm) ? grouped(4, 128) : undefined;
}

/** A scale of 16 bits and a zero point of as many bits as a weight for each group, which is 128 in most models. */
function grouped(bits: unknown, size: unknown): number | undefined {
  if (typeof bits !== 'number' || !(bits >= 1 && bits <= 16)) return undefined;
  const group = typeof size === 'number' && size >= 8 ? size : size === -1 ? Number.POSITIVE_INFINITY : 128;
  return bits + (16 + bits) / group;
}

/** What the groups of compressed-tensors say of weights. */
function weightsIn(json: Json): readonly Json[] {
  const groups = isObject(json.config_groups) ? Object.values(json.config_groups) : [];
  return groups.map((group) => (isObject(group) ? group.weights : undefined)).filter(isObject);
}

function compressed(json: Json): number | undefined {
  const each = weightsIn(json).map(({ num_bits: bits, group_size: size, type }) =>
    type === 'float' && typeof bits === 'number' && typeof size === 'number' && size > 0
      ? bits + 8 / size
      : grouped(bits, typeof size === 'number' && size > 0 ? size : -1),
  );
  return new Set(each).size === 1 ? each[0] : undefined;
}

function groupOf(method: string, json: Json): number | undefined {
  const of: Readonly<Record<string, unknown>> = {
    awq: json.group_size ?? json.q_group_size,
    gptq: json.group_size,
    'compressed-tensors': weightsIn(json)[0]?.group_size,
  };
  return number({ group: of[method] }, ['group']);
}

/** The names of modules that are left as they were, such as model.layers.*.self_attn. */
function keepsAttention(json: Json): boolean {
  const left =
    [json.modules_to_not_convert, json.ignore, json.ignored_layers, json.exclude_modules].find(
      Array.isArray,
    ) ?? [];
  return left.some((name) => typeof name === 'string' && /self_attn/.test(name) && !/vis/.test(name));
}
