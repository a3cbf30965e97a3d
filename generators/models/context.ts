import { isObject, type Json, number } from './json.ts';

/** How long texts may be, in tokens. */
export interface Context {
  /** Its limit; absent where config.json names none. */
  readonly contextLength?: number;
  /** What an engine takes when it is not told, where that is less. */
  readonly usualLength?: number;
}

/** Where config.json names a limit: the smallest counts, as in vLLM's derive_max_model_len_and_key. */
const keys = [
  'max_position_embeddings',
  'n_positions',
  'max_seq_len',
  'seq_length',
  'max_sequence_length',
  'max_seq_length',
  'seq_len',
] as const;

/** Types of scaling after which the limit is already the longer one: vLLM's _get_and_verify_max_len. */
const scaledAlready = [
  'default',
  'su',
  'longrope',
  'llama3',
  'yarn',
  'deepseek_yarn',
  'deepseek_llama_scaling',
];

/** More than any limit is: beyond, products would leave what is exact. */
const most = 1_000_000_000;

export function contextOf(all: Json): Context {
  const limits = keys.map((key) => number(all, [key], most)).filter((limit) => limit !== undefined);
  const named = number(all, ['model_max_length'], most) ?? (limits.length ? Math.min(...limits) : undefined);
  if (!named) return {};
  const scalings = scalingsOf(all);
  const longRope = scalings.some(({ type }) => type === 'longrope' || type === 'su');
  const usual = longRope ? number(all, ['original_max_position_embeddings'], most) : undefined;
  const factor = String(all.model_type).includes('gemma3') ? 1 : factorOf(scalings);
  const limit = Math.floor(named * factor);
  return {
    contextLength: limit <= most ? limit : named,
    ...(usual && usual < limit && { usualLength: usual }),
  };
}

interface Scaling {
  readonly type: string;
  readonly factor: number;
  readonly original: boolean;
}

/** Of rope_scaling or rope_parameters, which may be one for each kind of layer. */
function scalingsOf(all: Json): readonly Scaling[] {
  const found = [all.rope_scaling, all.rope_parameters].find(isObject) ?? {};
  const nested = Object.values(found).filter(isObject);
  return (nested.length && !('rope_type' in found || 'type' in found) ? nested : [found]).map((one) => ({
    type: String(one.rope_type ?? one.type ?? 'default'),
    factor: typeof one.factor === 'number' && one.factor > 0 ? one.factor : 1,
    original: typeof one.original_max_position_embeddings === 'number',
  }));
}

/** SGLang leaves the limit as it is where the original one is named too: the shorter of both works in each engine. */
function factorOf(scalings: readonly Scaling[]): number {
  const factors = scalings
    .filter(({ type, original }) => !scaledAlready.includes(type) && type !== 'mrope' && !original)
    .map(({ factor }) => factor);
  return factors.at(-1) ?? 1;
}
