import { names } from './config-keys.ts';
import { type Json, number } from './json.ts';
import { windowKeys } from './layer-readers.ts';
import { stateBytes } from './layer-states.ts';
import { type Layer, layersOf } from './layers.ts';

/**
 * Tokens of a request beyond the window that are in the cache while it is read in: one step's worth, as in vLLM's
 * SlidingWindowSpec.max_memory_usage_bytes with its default of 8192.
 */
const inFlight = 8192;

/** So many layers that keep the same of a request. */
export interface LayerCache {
  readonly layers: number;
  /** Heads that the GPUs share out. Absent: each GPU has all that is kept. */
  readonly heads?: number;
  /** Numbers for each token, in each head: a fraction where several tokens share an entry. */
  readonly numbers: number;
  /** The last tokens of which they are kept; absent: all. */
  readonly window?: number;
  /** Bytes for each request, whatever its length; the GPUs share them out. */
  readonly state?: number;
}

/** What a model keeps of a request, or why that cannot be told. */
export type ModelCache = readonly LayerCache[] | { readonly unknown: string };

/** What the layers keep of the tokens of a request, in bytes on each of the GPUs that it is spread over. */
export interface Cache {
  /** Of each token, in layers that look back to the beginning. */
  readonly perToken: number;
  /** Of each token, in layers that look back a window only. */
  readonly perTokenInWindow: number;
  /** How many tokens of a request those hold at most. */
  readonly window: number;
  /** Whatever its length. */
  readonly perRequest: number;
}

export const noCache: Cache = { perToken: 0, perTokenInWindow: 0, window: 0, perRequest: 0 };

/** `bytes` are those of one number, 2 unless float32 is asked for. */
export function cacheOf(kept: readonly LayerCache[], gpus: number, bytes: number): Cache {
  let [perToken, perTokenInWindow, window, perRequest] = [0, 0, 0, 0];
  for (const { layers, heads, numbers, window: tokens, state = 0 } of kept) {
    // Where there are more GPUs than heads, several hold the same head.
    const ofToken = layers * numbers * bytes * (heads ? Math.ceil(heads / gpus) : 1);
    if (tokens === undefined) perToken += ofToken;
    else {
      perTokenInWindow += ofToken;
      window = Math.max(window, tokens + inFlight);
    }
    perRequest += (layers * state) / gpus;
  }
  return { perToken, perTokenInWindow, window, perRequest };
}

/** Bytes for one request of so many tokens. */
export function cacheBytes(
  { perToken, perTokenInWindow, window, perRequest }: Cache,
  tokens: number,
): number {
  return perRequest + perToken * tokens + perTokenInWindow * Math.min(tokens, window);
}

/** The longest request for which the bytes suffice, at most `most` tokens. */
export function longestWithin(cache: Cache, bytes: number, most: number): number {
  const { perToken, perTokenInWindow, window, perRequest } = cache;
  const left = bytes - perRequest;
  if (left <= 0) return 0;
  if (cacheBytes(cache, most) <= bytes) return most;
  const short = Math.floor(left / (perToken + perTokenInWindow));
  if (short < window || !perTokenInWindow) return Math.min(short, most);
  return Math.min(most, Math.floor((left - perTokenInWindow * window) / perToken));
}

/**
 * Model types of which an engine keeps the compressed vector that attention with a low rank is made from: vLLM's
 * is_deepseek_mla. Of others it keeps what is made of it, heads and all.
 */
const keepsLatent: readonly string[] = [
  ...['axk1', 'deepseek_v2', 'deepseek_v3', 'deepseek_v32', 'deepseek_v4', 'dots3_note', 'dots3_note_text'],
  ...['glm5_next', 'glm5_next_text', 'glm_moe_dsa', 'glm4_moe_lite', 'kimi_k2', 'kimi_linear'],
  ...['longcat_flash', 'pangu_ultra_moe', 'bailing_hybrid', 'hy_v4'],
];

/** What each layer of a config.json keeps; its keys are those of the part for texts. */
export function modelCacheOf(all: Json, type: string, count: number): ModelCache {
  const layers = layersOf(all, count);
  if ('unknown' in layers) return layers;
  const kept = new Map<string, LayerCache>();
  for (const layer of layers) {
    const groups = groupsOf(layer, { ...all, ...layer.own }, type);
    if ('unknown' in groups) return groups;
    for (const group of groups) {
      const { layers: _, ...same } = group;
      const key = JSON.stringify(same);
      kept.set(key, { ...group, layers: (kept.get(key)?.layers ?? 0) + 1 });
    }
  }
  return [...kept.values()];
}

/** Of one layer. */
function groupsOf({ kind, ratio, indexed }: Layer, all: Json, type: string): ModelCache {
  if (kind === 'none') return [];
  const state = kind.includes('state') ? stateBytes(all) : 0;
  if (state === undefined)
    return { unknown: 'what its layers without attention keep cannot be told from its config.json' };
  const ofState = state ? [{ layers: 1, numbers: 0, state }] : [];
  if (kind === 'state') return ofState;
  const windowed = kind.startsWith('window');
  const window = number(all, windowKeys);
  if (windowed && !window)
    return { unknown: 'its config.json names layers that look back a window, and no size of it' };
  const token = ofToken(all, type, windowed);
  if (!token) return { unknown: 'its config.json does not tell how many heads there are, and of what size' };
  const index = indexed ? (number(all, ['index_head_dim']) ?? 0) : 0;
  // Beside what is compressed, DeepSeek V4 keeps a window as it is.
  const beside = ratio && window ? [{ layers: 1, ...token, window }] : [];
  const main = { ...token, numbers: token.numbers / (ratio ?? 1) };
  return [
    ...ofState,
    ...beside,
    { layers: 1, ...main, ...(windowed && window && { window }) },
    ...(index ? [{ layers: 1, numbers: index / (ratio ?? 1) }] : []),
  ];
}

/** Keys and values of a token, in one layer. */
function ofToken(
  all: Json,
  type: string,
  windowed: boolean,
): Pick<LayerCache, 'heads' | 'numbers'> | undefined {
  const get = (key: keyof typeof names) => number(all, names[key]);
  const [rank, rope, nope] = [get('kvRank'), get('ropeDim'), get('nopeDim')];
  // The same vector is key and value, on each of the GPUs.
  if (type === 'deepseek_v4') return numbersOf(get('headDim'));
  if (rank && rope && keepsLatent.includes(type)) return { numbers: rank + rope };
  const heads = get('heads');
  if (rank && rope && nope && heads) return { heads, numbers: 2 * (rope + nope) };
  const own = windowed
    ? [number(all, ['swa_num_key_value_heads']), number(all, ['swa_head_dim'])]
    : globalOf(all);
  const kvHeads = own[0] ?? get('kvHeads') ?? heads;
  const keyDim = own[1] ?? get('headDim') ?? shareOf(all);
  if (!kvHeads || !keyDim) return undefined;
  const valueDim = (windowed && number(all, ['swa_v_head_dim'])) || number(all, ['v_head_dim']) || keyDim;
  return { heads: kvHeads, numbers: keyDim + valueDim };
}

function numbersOf(size: number | undefined) {
  return size ? { numbers: size } : undefined;
}

/** Gemma 4's layers that look back to the beginning have heads of their own. */
function globalOf(all: Json): readonly (number | undefined)[] {
  if (!Array.isArray(all.layer_types) && !Array.isArray(all.layer_pattern)) return [];
  const heads = all.attention_k_eq_v === false ? undefined : number(all, ['num_global_key_value_heads']);
  return [heads, number(all, ['global_head_dim'])];
}

export function shareOf(all: Json): number | undefined {
  const [size, heads] = [number(all, names.hiddenSize), number(all, names.heads)];
  return size && heads ? Math.floor(size / heads) || 1 : undefined;
}
