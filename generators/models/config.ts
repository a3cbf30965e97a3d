import { learnedPositions, names, plainMlp } from './config-keys.ts';
import {
  defined,
  type Experts,
  expertsOf,
  type Json,
  type Latent,
  type Linear,
  type Loose,
  latentOf,
  layersWithoutCache,
  linearOf,
  number,
  type Window,
  windowOf,
} from './config-parts.ts';
import { isObject } from './json.ts';
import { type Quantized, quantizedIn } from './quantization.ts';

/** The numbers of a config.json that memory depends on. What it does not say, or says wrongly, is absent. */
export interface ModelConfig {
  readonly type: string;
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
  /** Its limit, in tokens. */
  readonly contextLength?: number;
  /** Type of its weights in files, such as bfloat16. */
  readonly dtype?: string;
  readonly quantized?: Quantized;
  readonly experts?: Experts;
  /** DeepSeek's attention, which keeps one compressed vector for each token and layer. */
  readonly latent?: Latent;
  /** In how many layers attention looks back a window of tokens only, and how many keep nothing of each token. */
  readonly window?: Window;
  readonly layersWithoutCache: number;
  readonly linear?: Linear;
}

/** Reads the JSON of a config.json; undefined when it is no object. Never throws: it comes from others. */
export function readConfig(json: unknown): ModelConfig | undefined {
  if (!isObject(json)) return undefined;
  const all = flattened(json);
  const get = (key: keyof typeof names) => number(all, names[key]);
  const type = typeof all.model_type === 'string' ? all.model_type : '';
  const plain = plainMlp.includes(type);
  const hiddenSize = get('hiddenSize');
  const layers = get('layers');
  const heads = get('heads');
  const intermediateSize = get('intermediateSize') ?? (plain && hiddenSize ? 4 * hiddenSize : undefined);
  const contextLength = contextOf(all, get('positions'));
  const quantized = quantizedIn(json.quantization_config ?? all.quantization_config);
  const dtype = dtypeIn(json) ?? dtypeIn(all);
  return defined({
    type,
    output: outputOf(json, all),
    hiddenSize,
    layers,
    heads,
    kvHeads: kvHeadsOf(all, type) ?? get('kvHeads') ?? heads,
    headDim: get('headDim') ?? (hiddenSize && heads ? Math.floor(hiddenSize / heads) || 1 : undefined),
    intermediateSize,
    vocabSize: get('vocabSize'),
    embeddingSize: get('embeddingSize'),
    mlpMatrices: plain ? 2 : 3,
    learnedPositions: learnedPositions.includes(type) ? (get('positions') ?? 0) : 0,
    contextLength,
    dtype,
    quantized,
    experts: expertsOf(all, layers ?? 0),
    linear: linearOf(all, hiddenSize ?? 0),
    latent: latentOf(all),
    window: windowOf(all, layers ?? 0),
    layersWithoutCache: layersWithoutCache(all, layers ?? 0),
  } satisfies Loose<ModelConfig>);
}

/** Models that read more than texts have an object for the part that does; MPT and DBRX have some for parts of a layer. */
function flattened(json: Json): Json {
  const objects = (...keys: string[]) => keys.map((key) => json[key]).filter(isObject);
  const ofLayers = objects('attn_config', 'ffn_config');
  return Object.assign({}, ...ofLayers, json, ...objects('text_config', 'llm_config', 'language_config'));
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

/** With YaRN the limit is a multiple of the one in training; vLLM's _get_and_verify_max_len has the same. */
function contextOf(all: Json, positions: number | undefined): number | undefined {
  const scaling = [all.rope_scaling, all.rope_parameters].find(isObject) ?? {};
  if ((scaling.rope_type ?? scaling.type) !== 'yarn') return positions;
  const original = number(scaling, ['original_max_position_embeddings']) ?? positions;
  const { factor } = scaling;
  const scaled =
    original && typeof factor === 'number' && factor >= 1 ? Math.floor(original * factor) : positions;
  return scaled && scaled <= 100_000_000 ? scaled : positions;
}

function dtypeIn(all: Json): string | undefined {
  const found = all.dtype ?? all.torch_dtype;
  return typeof found === 'string' && /^(float|bfloat|int|uint)\d+\w*$/.test(found) ? found : undefined;
}
