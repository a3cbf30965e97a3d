import { type ModelConfig, readConfig } from './config.ts';
import type { ModelFacts } from './facts.ts';
import { isObject, type Json } from './json.ts';
import { packedIn, severalInOne } from './number-types.ts';
import { ownCodeOf } from './own-code.ts';
import { countParameters, total } from './parameters.ts';
import { modulesFile, type SentenceModel, withDecoder, wrongScoresOf } from './sentences.ts';
import { billions } from './served-weights.ts';
import { type Task, taskNames, taskOf } from './tasks.ts';

/** SetFit's classifier of vectors. */
export const headFile = 'model_head.pkl';

/** Tags of the Hub for models that make vectors of texts. */
const embeds = ['feature-extraction', 'sentence-similarity'];

/** The architecture says it, but for models that were trained further for something else. */
function decided(told: Task | undefined, { task: hubTask, sentences }: Around): Task | undefined {
  if (sentences?.task === 'feature-extraction') return sentences.task;
  const zeroShot = 'zero-shot-classification';
  const task = sentences?.task ?? told;
  if (hubTask === zeroShot && (task ?? 'text-classification') === 'text-classification') return zeroShot;
  if (embeds.includes(hubTask ?? '') && [undefined, 'text-generation', 'fill-mask'].includes(task))
    return 'feature-extraction';
  return task ?? taskNames.find((name) => name === hubTask);
}

/** What the user should know of a task that the Hub tells. */
function ofTask(
  task: Task | undefined,
  { task: hubTask, withoutModules, lostModules, withHead }: Around,
): string[] {
  const embeds = task === 'feature-extraction';
  return [
    ...(hubTask === 'text-ranking' && task === 'text-generation'
      ? [
          'the Hub has it as a reranker (text-ranking) that scores by the next token: what is generated here has it go on with texts, and gives no scores',
        ]
      : []),
    ...((lostModules || (withoutModules && hubTask === 'sentence-similarity')) && embeds
      ? [
          `it holds no ${modulesFile}, which would say how one vector is made of those of a text's tokens: without \`pooling\` in a request, there is one for each token`,
        ]
      : []),
    ...(withHead && embeds
      ? [
          `beside the model lies a classifier of SetFit (${headFile}), which is not served: the answers are vectors of texts`,
        ]
      : []),
  ];
}

/** What files and folders tell beside config.json. */
interface Around {
  readonly bytes?: number | undefined;
  readonly parameters?: number | undefined;
  readonly types?: Readonly<Record<string, number>> | undefined;
  /** The Hub's tag. */
  readonly task?: string | undefined;
  readonly sentences?: SentenceModel | undefined;
  /** Whether it is known that there is no modules.json. */
  readonly withoutModules?: boolean;
  /** Whether it lies beside other files of sentence-transformers that go with one. */
  readonly lostModules?: boolean;
  /** Whether there is one of SetFit's classifiers. */
  readonly withHead?: boolean;
  readonly safetensors: boolean;
  /** What hf_quant_config.json and tokenizer_config.json hold. */
  readonly quantization?: unknown;
  readonly tokenizer?: unknown;
}

/** What follows for a model of this config.json; or why it cannot be used. */
export function factsOf(json: Json, around: Around): ModelFacts | { readonly problem: string } {
  const { bytes, parameters, types, task: hubTask, safetensors, sentences } = around;
  const config = readConfig(withQuantization(json, around.quantization));
  const told = taskOf(json, hubTask);
  if ('notServed' in told) return { problem: told.notServed };
  if (typeof json.model_type !== 'string' || !json.model_type) return { problem: withoutType };
  const relative = relativeIn(json);
  if (relative) return { problem: relative };
  const decoder = sentences && withDecoder(json);
  if (decoder) return { problem: decoder };
  const task = decided('task' in told ? told.task : undefined, around);
  const scores = task === 'text-classification' ? wrongScoresOf(json) : undefined;
  if (scores) return { problem: scores };
  const packed = types && !config?.quantized ? packedIn(types) : undefined;
  if (packed && severalInOne.test(packed)) return { problem: packedUnsaid(packed) };
  const ownCode = ownCodeOf(json, around.tokenizer);
  const warnings = [
    ...('reason' in told && !task ? [`what the model is for cannot be told: ${told.reason}`] : []),
    ...('note' in told && told.note && task === told.task ? [told.note] : []),
    ...ofTask(task, around),
    ...(packed
      ? [
          `its weights are ${packed} numbers for a good part, and its config.json says nothing of how they are quantised: whether the serving stack reads them is not known`,
        ]
      : []),
    ...fewer(config, !config?.quantized && !packed ? parameters : undefined),
    ...(bytes && !safetensors
      ? ['its weights are pickles, which can run code when they are loaded: prefer a model in safetensors']
      : []),
  ];
  return {
    warnings,
    ...(task && { task }),
    ...(config && { config }),
    ...(ownCode && { ownCode }),
    // Packed numbers count as one: of quantised models only the bytes tell.
    ...(parameters && !config?.quantized && !packed && { parameters }),
    ...(packed && { packed }),
    ...(bytes && { weightsBytes: bytes }),
  };
}

/** transformers told it by the model's name once. */
const withoutType =
  'its config.json names no model_type, by which transformers knows what kind of model it is: write it in, such as "model_type": "bert", and give the folder';

/** Positions that BERT and its relatives had of old. */
function relativeIn({ position_embedding_type: kind }: Json): string | undefined {
  return typeof kind === 'string' && /^relative_key(_query)?$/.test(kind)
    ? `its config.json sets position_embedding_type to ${kind}, which transformers has not had since version 5: it would answer as if it had been trained without. Train it further with "absolute", or serve it elsewhere with transformers 4`
    : undefined;
}

/** Of plain weights: fewer than its config.json makes. */
function fewer(config: ModelConfig | undefined, parameters: number | undefined): string[] {
  const counted = config && !config.unknownType ? countParameters(config) : undefined;
  if (!counted || 'unknown' in counted || !parameters || parameters > 0.8 * total(counted)) return [];
  const [there, made] = [parameters, total(counted)].map(billions);
  return [
    `its files hold ${there} parameters, and its config.json makes ${made}: whether some are missing is not known`,
  ];
}

function packedUnsaid(type: string): string {
  return `its weights are packed into ${type} numbers, and its config.json does not say how, so that they would be taken for plain ones: write quantization_config into it, with the quant_method ("gptq", "awq", …) and what the tool that made them has written beside it, such as quantize_config.json`;
}

function withQuantization(json: Json, beside: unknown): Json {
  const said = [json, json.text_config].some((part) => isObject(part) && isObject(part.quantization_config));
  return said || !isObject(beside) ? json : { ...json, quantization_config: beside };
}
