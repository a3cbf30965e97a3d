import { isObject, type Json, number } from './json.ts';
import type { Kind, Layer, Layers } from './layers.ts';

/** What families of models call a kind of layer. */
const words = new Map<string, Layer>(
  (
    [
      ['full', 'full_attention attention global_attention global full dense_attention * 1'],
      // Engines keep all chunks: vLLM, unless VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE is set.
      ['full', 'chunked_attention'],
      ['window', 'sliding_attention sliding_window sliding local_attention local swa L'],
      ['state', 'linear_attention mamba mamba2 conv short_conv recurrent kda lightning_attention M 0'],
      ['full and state', 'hybrid'],
      ['window and state', 'hybrid_sliding'],
      ['none', 'moe mlp ffn - E'],
    ] as const
  ).flatMap(([kind, list]) => list.split(' ').map((word) => [word, { kind }] as const)),
);
for (const word of ['indexed_attention', 'deepseek_sparse_attention', 'minimax_m3_sparse'])
  words.set(word, { kind: 'full', indexed: true });
words.set('G', { kind: 'full' });

/** Reads what a key holds; undefined where it is of another form, and the next key is asked. */
type Reader = (value: unknown, all: Json, count: number) => Layers | undefined;

/** Where families say what each layer is: the first that says it counts. */
export const readers: ReadonlyArray<readonly [string, Reader]> = [
  ['block_configs', (value, all) => (isList(value) ? value.map((block) => ofBlock(block, all)) : undefined)],
  ['compress_ratios', (value, _, count) => (isList(value) ? ofRatios(value, count) : undefined)],
  ['layers_block_type', byWords],
  ['layer_types', byWords],
  ['hybrid_override_pattern', byLetters],
  ['attn_type_list', byWords],
  ['mixer_types', byWords],
  [
    'hybrid_layer_pattern',
    (value) => (isList(value) ? each(value.length, (i) => (value[i] === 1 ? 'window' : 'full')) : undefined),
  ],
  [
    'linear_attn_config',
    (value, _, count) => (isObject(value) ? byIndices(value.full_attn_layers, count, 1) : undefined),
  ],
  ['full_attn_idxs', (value, _, count) => byIndices(value, count)],
  ['full_attention_idxs', (value, _, count) => byIndices(value, count)],
  ['attn_layer_indices', (value, _, count) => byIndices(value, count)],
  ['attn_layer_period', byPeriodAndOffset],
  ['full_attention_interval', (value, _, count) => byPeriod(value, count, 'state')],
  ['layer_group_size', (value, _, count) => byPeriod(value, count, 'state')],
  ['block_types', repeated],
  ['sparse_attention_config', bySparseLayers],
  ['sliding_window_pattern', byWindowPattern],
  ['_sliding_window_pattern', byWindowPattern],
  ['global_attn_every_n_layers', byWindowPattern],
  ['num_key_value_heads_per_layer', byHeads],
  // Of transformers' class.
  ['layer_pattern', ofClass],
];

/** Keys that tell how many tokens a window has. */
export const windowKeys: readonly string[] = [
  ...['sliding_window', 'sliding_window_size', 'attention_window_size', 'local_attention'],
];

function byWords(value: unknown): Layers | undefined {
  if (!isList(value)) return undefined;
  const strange = value.find((word) => !words.has(String(word)));
  if (strange !== undefined) return { unknown: `layers of the kind ${shown(strange)} are not known here` };
  return value.map((word) => words.get(String(word)) ?? { kind: 'none' });
}

function byLetters(value: unknown): Layers | undefined {
  return typeof value === 'string' ? byWords([...value]) : byWords(value);
}

function repeated(value: unknown, _: Json, count: number): Layers | undefined {
  const found = byWords(value);
  if (!found || 'unknown' in found || !found.length) return found;
  return Array.from({ length: count }, (_, place) => found[place % found.length] as Layer);
}

function ofClass(value: unknown, all: Json, count: number): Layers | undefined {
  return value === 'own'
    ? { unknown: 'its config.json leaves it to the class of its type what each layer is' }
    : repeated(value, all, count);
}

function byPeriodAndOffset(value: unknown, all: Json, count: number): Layers | undefined {
  const offset = all.attn_layer_offset ?? 0;
  if (!isCount(value) || typeof offset !== 'number') return undefined;
  return each(count, (place) => (place % value === offset ? 'full' : 'state'));
}

function byPeriod(value: unknown, count: number, other: Kind): Layers | undefined {
  return isCount(value) ? each(count, (place) => ((place + 1) % value === 0 ? 'full' : other)) : undefined;
}

/** A number, every so manieth layer being full; or letters, such as LLLG, which are repeated. */
function byWindowPattern(value: unknown, all: Json, count: number): Layers | undefined {
  if (!number(all, windowKeys)) return each(count, () => 'full');
  if (typeof value === 'string') return repeated([...value], all, count);
  return isList(value) ? repeated(value, all, count) : byPeriod(value, count, 'window');
}

function byIndices(value: unknown, count: number, first = 0): Layers | undefined {
  return isList(value)
    ? each(count, (place) => (value.includes(place + first) ? 'full' : 'state'))
    : undefined;
}

/** DeciLM's: all look back to the beginning, each with so many heads. */
function byHeads(value: unknown, _: Json, count: number): Layers | undefined {
  if (!isList(value) || value.length !== count || !value.every(isCount)) return undefined;
  return value.map((heads) => ({ kind: 'full', own: { num_key_value_heads: heads } }));
}

function bySparseLayers(value: unknown, _: Json, count: number): Layers | undefined {
  if (!isObject(value)) return undefined;
  const { sparse_attention_freq: sparse, sparse_index_dim: size } = value;
  if (!isList(sparse)) return undefined;
  return Array.from({ length: count }, (_, place) =>
    sparse[place] === 1 ? { kind: 'full', indexed: true, own: { index_head_dim: size } } : { kind: 'full' },
  );
}

/** DeepSeek V4's: all look back a window; beside it so many tokens become one, and where those are few, an index. */
function ofRatios(ratios: readonly unknown[], count: number): Layers {
  const layers = ratios
    .slice(0, count)
    .map((ratio): Layer | undefined =>
      ratio === 0
        ? { kind: 'window' }
        : isCount(ratio)
          ? { kind: 'full', ratio, indexed: ratio <= 16 }
          : undefined,
    );
  return layers.every((layer) => layer !== undefined) && layers.length === count
    ? (layers as Layer[])
    : { unknown: 'its config.json has a compress_ratios of a form that is not known here' };
}

/** Of Nemotron's models that were pruned by a search. */
function ofBlock(block: unknown, all: Json): Layer {
  const attention = isObject(block) && isObject(block.attention) ? block.attention : {};
  const { n_heads_in_group: inGroup, no_op: none, replace_with_linear: linear } = attention;
  if (none === true || linear === true || !isCount(inGroup)) return { kind: 'none' };
  const heads = number(all, ['num_attention_heads']) ?? 0;
  return { kind: 'full', own: { num_key_value_heads: Math.ceil(heads / inGroup) } };
}

export function each(count: number, kindOf: (place: number) => Kind): readonly Layer[] {
  return Array.from({ length: count }, (_, place) => ({ kind: kindOf(place) }));
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= 10_000;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

export function shown(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 60));
}
