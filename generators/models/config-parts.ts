import { names } from './config-keys.ts';
import { type Json, number } from './json.ts';
import { layersOf } from './layers.ts';

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
  readonly layers: number;
  /** Of each. */
  readonly parameters: number;
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

/** Gated delta nets, as in Qwen3-Next and Qwen3.5; other kinds are not known well enough to be counted. */
export function linearOf(all: Json, hiddenSize: number, layers: number): Linear | undefined {
  const [keyHeads, keyDim, valueHeads, valueDim] = [
    ...['linear_num_key_heads', 'linear_key_head_dim', 'linear_num_value_heads', 'linear_value_head_dim'],
  ].map((key) => number(all, [key]));
  if (!keyHeads || !keyDim || !valueHeads || !valueDim) return undefined;
  const found = layersOf(all, layers);
  const states = 'unknown' in found ? 0 : found.filter(({ kind }) => kind === 'state').length;
  // Queries and keys; values, their gate, and what leads back; two numbers for each head.
  const parameters = hiddenSize * (2 * keyHeads * keyDim + 3 * valueHeads * valueDim + 2 * valueHeads);
  return { layers: states, parameters };
}

/** With all keys, some undefined. */
export type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Without the keys that are undefined. */
export function defined<T>(object: Loose<T>): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
