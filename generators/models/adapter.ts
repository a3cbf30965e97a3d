import { isObject } from './json.ts';

/** What adapter_config.json, as PEFT writes it, tells of an adapter. */
export interface AdapterConfig {
  /** As PEFT calls its kinds: LORA, IA3, PROMPT_TUNING … */
  readonly type: string;
  /** The model that it was trained on: an id on the Hub, or a path on the machine of its training. */
  readonly base?: string;
  /** Of LoRA. */
  readonly rank?: number;
}

/** Throws an Error that says what is wrong with it. */
export function readAdapterConfig(json: unknown): AdapterConfig {
  if (!isObject(json) || typeof json.peft_type !== 'string')
    throw new Error('its adapter_config.json is none of PEFT: it holds no "peft_type"');
  const { peft_type: type, base_model_name_or_path: base, r: rank } = json;
  return {
    type,
    ...(typeof base === 'string' && base && { base }),
    ...(Number.isSafeInteger(rank) && (rank as number) > 0 && { rank: rank as number }),
  };
}

/** Why a folder or repository with this adapter_config.json, and no model, cannot be served, and what to do. */
export function onlyAdapter(json: unknown): string {
  try {
    return mergeIt(readAdapterConfig(json));
  } catch (error) {
    return `it holds no model, only an adapter, and ${(error as Error).message}`;
  }
}

function mergeIt({ type, base, rank }: AdapterConfig): string {
  const kind = type === 'LORA' ? `a LoRA adapter${rank ? ` of rank ${rank}` : ''}` : `an adapter (${type})`;
  return (
    `it holds no model, only ${kind} for ${base ? shown(base) : 'a model that it does not name'}: merge the two, ` +
    'by merge_and_unload() of PEFT, and give the folder that save_pretrained makes of it, with the tokenizer'
  );
}

function shown(name: string): string {
  return name.replace(/[^\w./@~ -]/g, '?').slice(0, 200);
}
