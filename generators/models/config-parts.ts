import { names } from './config-keys.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface Experts {
  readonly count: number;
  readonly size: number;
  /** Size of those that every token passes, all together. */
  readonly sharedSize: number;
  /** How many layers have experts; the others are like those of other models. */
  readonly layers: number;
}

export interface Latent {
  readonly kvRank: number;
  readonly ropeDim: number;
  readonly nopeDim: number;
  readonly valueDim: number;
  readonly queryRank?: number;
}

/** Layers of linear attention, which keep a state of the same size for texts of all lengths. */
export interface Linear {
  /** Of each layer. */
  readonly parameters: number;
}

/** In how many layers attention looks back so many tokens only. */
export interface Window {
  readonly tokens: number;
  readonly layers: number;
}

/** What the first of the keys holds that is a number; undefined unless it is whole, positive and of a sane size. */
export function number(all: Json, keys: readonly string[]): number | undefined {
  const value = keys.map((key) => all[key]).find((found) => typeof found === 'number' && found > 0);
  // None of these reaches ten million in any model; beyond, products would leave what is exact.
  return Number.isInteger(value) && (value as number) <= 10_000_000 ? (value as number) : undefined;
}

export function expertsOf(all: Json, layers: number): Experts | undefined {
  const count = number(all, names.experts);
  const size = number(all, names.expertSize);
  if (!count || count < 2 || !size) return undefined;
  const dense =
    number(all, names.denseLayers) ?? (Array.isArray(all.mlp_only_layers) ? all.mlp_only_layers.length : 0);
  // Llama 4 has one, and does not say so.
  const assumed = /^llama4/.test(String(all.model_type)) ? 1 : 0;
  const shared = (number(all, names.sharedExperts) ?? assumed) * size;
  const step = number(all, names.sparseStep) ?? 1;
  return {
    count,
    size,
    sharedSize: number(all, names.sharedExpertSize) ?? shared,
    layers: Math.floor(Math.max(0, layers - dense) / step),
  };
}

export function latentOf(all: Json): Latent | undefined {
  const [kvRank, ropeDim, nopeDim, valueDim] = (['kvRank', 'ropeDim', 'nopeDim', 'valueDim'] as const).map(
    (key) => number(all, names[key]),
  );
  if (!kvRank || !ropeDim || !nopeDim || !valueDim) return undefined;
  return defined({ kvRank, ropeDim, nopeDim, valueDim, queryRank: number(all, names.queryRank) });
}

/** The kinds of the layers, where config.json lists them. */
function layerTypes(all: Json): readonly string[] {
  const types = all.layer_types ?? all.layers_block_type;
  return Array.isArray(types) && types.length <= 10_000
    ? types.filter((kind) => typeof kind === 'string')
    : [];
}

/** How many layers are not of attention in the narrow sense, but of Mamba, convolutions or linear attention. */
export function layersWithoutCache(all: Json, layers: number): number {
  const types = layerTypes(all);
  const every = number(all, ['full_attention_interval']);
  if (!types.length) return every ? layers - Math.floor(layers / every) : 0;
  return types.filter((kind) => !kind.endsWith('attention') || kind === 'linear_attention').length;
}

/** Gated delta nets, as in Qwen3-Next and Qwen3.5; other kinds are not known well enough to be counted. */
export function linearOf(all: Json, hiddenSize: number): Linear | undefined {
  const [keyHeads, keyDim, valueHeads, valueDim] = [
    ...['linear_num_key_heads', 'linear_key_head_dim', 'linear_num_value_heads', 'linear_value_head_dim'],
  ].map((key) => number(all, [key]));
  if (!keyHeads || !keyDim || !valueHeads || !valueDim) return undefined;
  // Queries and keys; values, their gate, and what leads back; two numbers for each head.
  return { parameters: hiddenSize * (2 * keyHeads * keyDim + 3 * valueHeads * valueDim + 2 * valueHeads) };
}

export function windowOf(all: Json, layers: number): Window | undefined {
  const tokens = number(all, names.slidingWindow);
  if (!tokens || all.use_sliding_window === false) return undefined;
  const types = layerTypes(all);
  const every = number(all, ['sliding_window_pattern', '_sliding_window_pattern']);
  const windowed = types.filter((kind) => kind === 'sliding_attention').length;
  if (types.length) return windowed ? { tokens, layers: windowed } : undefined;
  // Every so manieth layer looks back to the beginning; where nothing is said, none does.
  return { tokens, layers: every ? layers - Math.floor(layers / every) : layers };
}

/** With all keys, some undefined. */
export type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Without the keys that are undefined. */
export function defined<T>(object: Loose<T>): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
