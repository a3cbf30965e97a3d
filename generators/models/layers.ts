import { isObject, type Json, number } from './json.ts';
import { each, isList, readers, shown, windowKeys } from './layer-readers.ts';

/**
 * What a layer keeps of a request: something of each token, of those in a window, a state of one size, something of
 * each token beside a state, or nothing.
 */
export type Kind = 'full' | 'window' | 'state' | 'full and state' | 'window and state' | 'none';

export interface Layer {
  readonly kind: Kind;
  /** So many tokens share an entry; absent: one. */
  readonly ratio?: number;
  /** Whether an index of its tokens is kept beside them. */
  readonly indexed?: boolean;
  /** What is said of this layer only, in the keys of config.json. */
  readonly own?: Json;
}

/** The layers of a model, or why that cannot be told. */
export type Layers = readonly Layer[] | { readonly unknown: string };

const known = new Set(readers.map(([key]) => key));

/** Keys that look like those of the readers, and say nothing of what a layer keeps. */
const others =
  /^(mtp_|mlp_|moe_|vision_|deepstack|no_rope|rope_|layer_rope|qk_|activation_sparsity|ple_|hash_|kv_source)|^(index_topk_pattern|indexer_types|attn_layer_offset|expert_layer_\w+|layer_scale\w*|attention_types|attention_layers|ffn_layer_type|hybrid_layer_ids|num_attention_heads_per_layer)$/;

const looksLike =
  /(^|_)(layers?|blocks?|mixers?|attn|attention|hybrid)_(\w+_)?(types?|kinds?|patterns?|configs?|idxs?|indices|ids|list|layout|period|interval|ratios?)$|_layer_pattern$|^compress_|_pattern$/;

/** Model types whose layers are unlike others of the same keys. */
const unlike: readonly unknown[] = [
  ...[
    'hy_v4',
    'hrm_text',
    'dory',
    'zamba',
    'zamba2',
    'mllama',
    'mllama_text_model',
    'rwkv',
    'xlstm',
    'xlnet',
  ],
  ...[
    'recurrent_gemma',
    'longcat_flash',
    'jetmoe',
    'moshi',
    'gemma4_unified_assistant',
    'gemma4_assistant',
    'blt',
  ],
];

/** What each of `count` layers keeps, by whatever key says it. */
export function layersOf(all: Json, count: number): Layers {
  if (unlike.includes(all.model_type))
    return { unknown: `what layers of the type ${shown(all.model_type)} keep is not known here` };
  for (const [key, read] of readers) {
    if (all[key] === undefined || all[key] === null) continue;
    const found = read(all[key], all, count);
    if (!found) return { unknown: `its config.json has a ${key} of a form that is not known here` };
    return 'unknown' in found ? found : withShared(found, all);
  }
  const strange = Object.keys(all).find(
    (key) => looksLike.test(key) && !others.test(key) && !known.has(key) && saysSomething(all[key]),
  );
  if (strange !== undefined)
    return {
      unknown: `its config.json says by ${shown(strange)} what its layers are, which is not known here`,
    };
  return withShared(byWindow(all, count), all);
}

function saysSomething(value: unknown): boolean {
  return (
    (isList(value) && value.length > 0) || isObject(value) || (typeof value === 'string' && value !== '')
  );
}

/** The last layers of some models use what an earlier one keeps. */
function withShared(layers: readonly Layer[], all: Json): readonly Layer[] {
  const shared = number(all, ['num_kv_shared_layers']) ?? 0;
  const perLayer = isObject(all.per_layer_config) ? all.per_layer_config : {};
  const indexers = isList(all.indexer_types) ? all.indexer_types : [];
  return layers.map((layer, place) => {
    if (place >= layers.length - shared) return { kind: 'none' };
    const own = [perLayer[String(place)], perLayer[String(place).padStart(2, '0')]].find(isObject);
    return {
      ...layer,
      ...(own && { own }),
      ...(indexers.length && { indexed: indexers[place] !== 'shared' }),
    };
  });
}

/** Model types without any attention. */
const statesOnly: readonly unknown[] = ['mamba', 'mamba2', 'falcon_mamba'];

/** Where nothing is said of layers: all look back a window, where there is one. */
function byWindow(all: Json, count: number): readonly Layer[] {
  if (statesOnly.includes(all.model_type)) return each(count, () => 'state');
  const windowed = number(all, windowKeys) && all.use_sliding_window !== false;
  // Qwen's first layers look back to the beginning.
  const from = all.use_sliding_window === true ? (number(all, ['max_window_layers']) ?? 0) : 0;
  const indexed = [all.index_head_dim, all.kv_lora_rank].every((size) => typeof size === 'number');
  return Array.from({ length: count }, (_, place) =>
    windowed && place >= from ? { kind: 'window' } : { kind: 'full', indexed },
  );
}
