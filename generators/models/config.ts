import { type ModelCache, modelCacheOf, shareOf } from './cache.ts';
import { flattened, isComposite, isKnownType, typeOf } from './class-defaults.ts';
import { learnedPositions, names, plainMlp } from './config-keys.ts';
import {
  defined,
  type Experts,
  expertsOf,
  type Latent,
  type Linear,
  type Loose,
  latentOf,
  linearOf,
} from './config-parts.ts';
import { type Context, contextOf } from './context.ts';
import { isObject, type Json, number } from './json.ts';
import { ofMlx, type Quantized, quantizedIn } from './quantization.ts';
import { encodesAndDecodes } from './tasks.ts';

/** The numbers of a config.json that memory depends on. What it does not say, or says wrongly, is absent. */
export interface ModelConfig extends Context {
  /** Of its part for texts. */
  readonly type: string;
  /** Whether transformers has no class for that type. */
  readonly unknownType?: boolean;
  /** Whether it has parts for pictures or sound, whose parameters are not counted. */
  readonly hasOtherParts: boolean;
  /** Whether it reads with an encoder and writes with a decoder. */
  readonly encodesAndDecodes?: boolean;
  /** Whether an output matrix maps onto the vocabulary, and whether it is the input's. */
  readonly output: 'none' | 'tied' | 'own';
  readonly hiddenSize?: number;
  readonly layers?: number;
  readonly heads?: number;
  /** Of keys and values: fewer than the others with grouped queries. */
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly intermediateSize?: number;
  readonly vocabSize?: number;
  readonly embeddingSize?: number;
  /** Matrices after the attention: a gate makes it three. */
  readonly mlpMatrices: 2 | 3;
  /** Rows of the table of positions that were learned. */
  readonly learnedPositions: number;
  /** Type of its weights in files, such as bfloat16. */
  readonly dtype?: string;
  readonly quantized?: Quantized;
  readonly experts?: Experts;
  /** DeepSeek's attention, which keeps one compressed vector for each token and layer. */
  readonly latent?: Latent;
  readonly linear?: Linear;
  readonly cache: ModelCache;
}

/** More than any model has: a list of them would fill the memory. */
const mostLayers = 10_000;

/** Reads the JSON of a config.json; undefined when it is no object. Never throws: it comes from others. */
export function readConfig(json: unknown): ModelConfig | undefined {
  if (!isObject(json)) return undefined;
  const all = flattened(json);
  const get = (key: keyof typeof names) => number(all, names[key]);
  const type = typeOf(all);
  const plain = plainMlp.includes(type);
  const hiddenSize = get('hiddenSize');
  const layers = layersIn(all);
  const heads = get('heads');
  const kvHeads = kvHeadsOf(all, type) ?? get('kvHeads') ?? heads;
  const intermediateSize = get('intermediateSize') ?? (plain && hiddenSize ? 4 * hiddenSize : undefined);
  const quantized = quantizedIn(saysHow(json) ?? saysHow(all)) ?? ofMlx(json.quantization);
  const dtype = dtypeIn(json) ?? dtypeIn(all);
  return defined({
    type,
    unknownType: !isKnownType(type) || undefined,
    hasOtherParts: hasOtherParts(json),
    encodesAndDecodes: encodesAndDecodes(all) || undefined,
    output: outputOf(json, all),
    hiddenSize,
    layers,
    heads,
    kvHeads,
    headDim: get('headDim') ?? shareOf(all),
    intermediateSize,
    vocabSize: get('vocabSize'),
    embeddingSize: get('embeddingSize'),
    mlpMatrices: plain ? 2 : 3,
    learnedPositions: learnedPositions.includes(type) ? (get('positions') ?? 0) : 0,
    contextLength: undefined,
    usualLength: undefined,
    ...contextOf(all),
    dtype,
    quantized,
    experts: expertsOf(all, layers ?? 0),
    linear: linearOf(all, hiddenSize ?? 0, layers ?? 0),
    latent: latentOf(all),
    cache: layers
      ? modelCacheOf({ ...all, ...(kvHeads && { num_key_value_heads: kvHeads }) }, type, layers)
      : { unknown: 'its config.json does not tell how many layers there are' },
  } satisfies Loose<ModelConfig>);
}

/** compressed-tensors once had a key of its own, which the engines read. */
function saysHow(json: Json): unknown {
  return json.quantization_config ?? json.compression_config;
}

function hasOtherParts(json: Json): boolean {
  return (
    isComposite(typeOf(json)) ||
    ['vision_config', 'audio_config', 'vit_config'].some((key) => isObject(json[key]))
  );
}

/** Their number, or as many as are listed. */
function layersIn(all: Json): number | undefined {
  const lists = [all.layers_block_type, all.layer_types, all.block_configs, all.hybrid_override_pattern];
  const listed = lists.find((list) => Array.isArray(list) || typeof list === 'string') as
    | { readonly length: number }
    | undefined;
  const count = number(all, names.layers) ?? listed?.length;
  return count && count <= mostLayers ? count : undefined;
}

function outputOf(json: Json, all: Json) {
  const [name] = Array.isArray(json.architectures) ? json.architectures : [];
  if (!/(CausalLM|LMHeadModel|MaskedLM|ConditionalGeneration)$/.test(String(name))) return 'none';
  return (json.tie_word_embeddings ?? all.tie_word_embeddings) === false ? 'own' : 'tied';
}

/** Falcon and GPT BigCode have one head of keys and values, unless the former says that it is of the newer kind. */
function kvHeadsOf(all: Json, type: string): number | undefined {
  if (all.multi_query_attention === true) return number(all, names.kvHeads);
  if (all.new_decoder_architecture === true) return undefined;
  const single = all.multi_query ?? ['falcon', 'gpt_bigcode'].includes(type);
  return single === true ? 1 : undefined;
}

function dtypeIn(all: Json): string | undefined {
  const found = all.dtype ?? all.torch_dtype;
  return typeof found === 'string' && /^(float|bfloat|int|uint)\d\w*$/.test(found) ? found : undefined;
}
