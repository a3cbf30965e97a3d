import { isObject } from './json.ts';

/** What adapter_config.json, as PEFT writes it, tells of an adapter. */
export interface AdapterConfig {
  /** As PEFT calls its kinds: LORA, IA3, PROMPT_TUNING … */
  readonly type: string;
  /** The model that it was trained on: an id on the Hub, or a path on the machine of its training. */
  readonly base?: string;
  /** Of LoRA: the largest of its matrices. */
  readonly rank?: number;
  /** What of it the engines cannot serve, in words. */
  readonly unserved?: string;
}

/** Throws an Error that says what is wrong with it. */
export function readAdapterConfig(json: unknown): AdapterConfig {
  if (!isObject(json) || typeof json.peft_type !== 'string')
    throw new Error('its adapter_config.json is none of PEFT: it holds no "peft_type"');
  const { peft_type: type, base_model_name_or_path: base } = json;
  const rank = rankOf(json);
  const unserved = unservedIn(json);
  return {
    type,
    ...(typeof base === 'string' && base && { base }),
    ...(rank && { rank }),
    ...(unserved && { unserved }),
  };
}

function rankOf({ r, rank_pattern: pattern }: Readonly<Record<string, unknown>>): number | undefined {
  const isRank = (rank: unknown): rank is number => Number.isSafeInteger(rank) && (rank as number) > 0;
  const others = isObject(pattern) ? Object.values(pattern).filter(isRank) : [];
  return isRank(r) ? Math.max(r, ...others) : undefined;
}

function unservedIn(config: Readonly<Record<string, unknown>>): string | undefined {
  const { use_dora: dora, bias, modules_to_save: saved } = config;
  if (dora === true) return 'it is of DoRA';
  if (bias !== undefined && bias !== null && bias !== 'none')
    return `it trains biases ("bias": ${JSON.stringify(bias).slice(0, 40)})`;
  if (Array.isArray(saved) && saved.length)
    return `it replaces whole modules ("modules_to_save": ${shown(saved.map(String).join(', '))})`;
  return undefined;
}

/** Why a folder or repository with this adapter_config.json, and no model, cannot be served, and what to do. */
export function onlyAdapter(json: unknown): string {
  try {
    return isNoModel(readAdapterConfig(json));
  } catch (error) {
    return `it holds no model, only an adapter, and ${(error as Error).message}`;
  }
}

function isNoModel({ type, base, rank }: AdapterConfig): string {
  const kind = type === 'LORA' ? `a LoRA adapter${rank ? ` of rank ${rank}` : ''}` : `an adapter (${type})`;
  const lora =
    type === 'LORA'
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
