import { facts } from '../serving-facts.ts';
import { isObject, type Json } from './json.ts';

/** What adapter_config.json, as PEFT writes it, tells of an adapter. */
export interface AdapterConfig {
  /** As PEFT calls its kinds: LORA, IA3, PROMPT_TUNING … */
  readonly type: string;
  /** The model that it was trained on: an id on the Hub, or a path on the machine of its training. */
  readonly base?: string;
  /** What its model is for, as PEFT calls it: CAUSAL_LM, FEATURE_EXTRACTION … */
  readonly task?: string;
  /** Of LoRA: the largest of its matrices. */
  readonly rank?: number;
  /** What of it the engines cannot serve, in words. */
  readonly unserved?: string;
  /** What of it is read by engines that know more than rank, alpha and a list of modules, in words. */
  readonly beyondPlain?: string;
}

/** Throws an Error that says what is wrong with it. */
export function readAdapterConfig(json: unknown): AdapterConfig {
  if (!isObject(json) || typeof json.peft_type !== 'string')
    throw new Error('its adapter_config.json is none of PEFT: it holds no "peft_type"');
  const { peft_type: type, task_type: task, base_model_name_or_path: base } = json;
  const rank = isRank(json.r) ? json.r : undefined;
  const unserved = unservedIn(json);
  const beyondPlain = beyondPlainIn(json);
  return {
    type,
    ...(typeof base === 'string' && base && { base }),
    ...(typeof task === 'string' && task && { task }),
    ...(rank && { rank }),
    ...(unserved && { unserved }),
    ...(beyondPlain && { beyondPlain }),
  };
}

function isRank(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** Of settings that PEFT acts on and the engines do not: those which are none, and what is nothing in others. */
const { harmless, plainStarts, patterns } = facts.lora;

function unservedIn(config: Readonly<Record<string, unknown>>): string | undefined {
  const { use_dora: dora, bias, modules_to_save: saved } = config;
  if (dora === true) return 'it is of DoRA';
  if (bias !== undefined && bias !== null && bias !== 'none')
    return `it trains biases ("bias": ${JSON.stringify(bias).slice(0, 40)})`;
  if (Array.isArray(saved) && saved.length)
    return `it replaces whole modules ("modules_to_save": ${shown(saved.map(String).join(', '))})`;
  const other = Object.keys(config).find(
    (key) => !(harmless as readonly string[]).includes(key) && !isPlain(key, config),
  );
  if (other !== undefined)
    return `its adapter_config.json sets ${text(other)} to ${text(JSON.stringify(config[other]))}`;
  const own = [config.target_modules].flat().find((name) => name === 'unembed_tokens');
  return own && `it changes ${own}, a module that models of transformers have not`;
}

/** Whether a setting says no more than the others. */
function isPlain(key: string, config: Readonly<Record<string, unknown>>): boolean {
  const value = config[key];
  if (key === 'bias') return true;
  if (key === 'init_lora_weights' && (plainStarts as readonly unknown[]).includes(value)) return true;
  const whole = key in patterns ? config[patterns[key as keyof typeof patterns]] : undefined;
  if (whole !== undefined && isObject(value)) return Object.values(value).every((one) => one === whole);
  return !value || (typeof value === 'object' && !Object.keys(value).length);
}

function beyondPlainIn({ use_rslora: stabilized, target_modules: modules }: Json): string | undefined {
  if (stabilized === true) return 'it is rank-stabilized ("use_rslora": true)';
  return typeof modules === 'string' && !['all-linear', 'all'].includes(modules)
    ? `its target_modules are a pattern (${text(modules)}), and no list of names`
    : undefined;
}

/** Why weights beside the matrices keep an adapter from being served; undefined where there are none. */
export function besideMatrices(names: readonly string[]): string | undefined {
  const others = names.filter((name) => !matrix.test(name) && !ofBase.test(name));
  return others.length
    ? `it has weights beside its matrices of LoRA (${others.slice(0, 3).map(shown).join(', ')}), which the engines do not serve`
    : undefined;
}

/** Names as the engines read them. */
const matrix = /\.lora_(?:[AB]\.weight|embedding_[AB])$/;
/** Copies of the model's own, which PEFT writes along and the engines pass over. */
const ofBase = /\.(?:embed_tokens|lm_head)\.base_layer\.weight$/;

/** What stands in a file, for a message. */
function text(value: string): string {
  return value.replace(/\p{Cc}/gu, '?').slice(0, 80);
}

/** Why a folder or repository with this adapter_config.json, and no model, cannot be served, and what to do. */
export function onlyAdapter(json: unknown): string {
  try {
    return isNoModel(readAdapterConfig(json));
  } catch (error) {
    return `it holds no model, only an adapter, and ${(error as Error).message}`;
  }
}

function isNoModel({ type, task = 'CAUSAL_LM', base, rank }: AdapterConfig): string {
  const kind = type === 'LORA' ? `a LoRA adapter${rank ? ` of rank ${rank}` : ''}` : `an adapter (${type})`;
  const lora =
    type === 'LORA' && task === 'CAUSAL_LM'
      ? `give that model, and the adapter by --adapter=NAME=PLACE, which vLLM and SGLang serve; or ${merge}`
      : merge;
  return `it holds no model, only ${kind} for ${base ? shown(base) : 'a model that it does not name'}: ${lora}`;
}

export const merge =
  'merge the two, by merge_and_unload() of PEFT, and give the folder that save_pretrained makes of it, with the tokenizer';

/** A name out of a file, for a message. */
export function shown(name: string): string {
  return name.replace(/[^\w./@~, -]/g, '?').slice(0, 200);
}
