import { isObject } from './json.ts';

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
}

/** Reads `quantization_config` of a config.json; undefined when there is none. */
export function quantizedIn(json: unknown): Quantized | undefined {
  if (!isObject(json)) return undefined;
  const method = [json.quant_method, json.quant_algo].find((name) => typeof name === 'string') as
    | string
    | undefined;
  if (!method || !/^[\w-]{1,40}$/.test(method)) return undefined;
  const bits = bitsOf(method.toLowerCase().replace('-', '_'), json);
  return { method: method.toLowerCase(), ...(bits && { bits }), keepsAttention: keepsAttention(json) };
}

/** Bits of a weight that is quantised at start. */
export function bitsAtStart(quantization: Quantization): number {
  return quantization === 'bitsandbytes' ? nf4 : 8;
}

/** Four bits, and one float32 for each 64 weights. */
const nf4 = 4 + 32 / 64;

function bitsOf(method: string, json: Readonly<Record<string, unknown>>): number | undefined {
  const known: Readonly<Record<string, () => number | undefined>> = {
    awq: () => grouped(json.bits ?? json.w_bit, json.group_size ?? json.q_group_size),
    gptq: () => grouped(json.bits, json.group_size),
    fp8: () => 8,
    fbgemm_fp8: () => 8,
    modelopt: () => (/FP4/i.test(String(json.quant_algo)) ? 4 + 8 / 16 : 8),
    bitsandbytes: () => (json.load_in_8bit === true ? 8 : nf4),
    // Blocks of 32 and of 16 values share a scale of eight bits.
    mxfp4: () => 4 + 8 / 32,
    nvfp4: () => 4 + 8 / 16,
    compressed_tensors: () => compressed(json),
  };
  return known[method]?.();
}

/** A scale of 16 bits and a zero point of as many bits as a weight for each group, which is 128 in most models. */
function grouped(bits: unknown, size: unknown): number | undefined {
  if (typeof bits !== 'number' || !(bits >= 1 && bits <= 16)) return undefined;
  const group = typeof size === 'number' && size >= 8 ? size : size === -1 ? Number.POSITIVE_INFINITY : 128;
  return bits + (16 + bits) / group;
}

function compressed(json: Readonly<Record<string, unknown>>): number | undefined {
  const groups = isObject(json.config_groups) ? Object.values(json.config_groups) : [];
  const weights = groups.map((group) => (isObject(group) ? group.weights : undefined)).find(isObject);
  if (!weights) return undefined;
  return typeof weights.group_size === 'number' && weights.group_size > 0
    ? grouped(weights.num_bits, weights.group_size)
    : grouped(weights.num_bits, -1);
}

/** The names of modules that are left as they were, such as model.layers.*.self_attn. */
function keepsAttention(json: Readonly<Record<string, unknown>>): boolean {
  const left = [json.modules_to_not_convert, json.ignore, json.ignored_layers].find(Array.isArray) ?? [];
  return left.some((name) => typeof name === 'string' && /self_attn/.test(name) && !/vis/.test(name));
}
