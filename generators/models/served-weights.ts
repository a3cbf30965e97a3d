import type { ModelFacts, Wanted } from './facts.ts';
import { countParameters, type Parameters, total } from './parameters.ts';
import { bitsAtStart, type Quantization } from './quantization.ts';

/** The weights as they lie in the memory of all GPUs together, and how that comes about in words. */
export interface ServedWeights {
  readonly bytes: number;
  readonly sum: string;
}

/** Bytes of a number that is not quantised. */
export function bytesOf({ dtype }: Wanted): number {
  // The engines serve in 16 bits what lies in 32, unless they are told not to.
  return dtype === 'float32' ? 4 : 2;
}

/** Or why neither files nor config.json tell. */
export function servedWeights(
  facts: ModelFacts,
  wanted: Wanted,
): ServedWeights | { readonly unknown: string } {
  const { config, parameters, weightsBytes, packed } = facts;
  const counted = config && countParameters(config);
  const known = counted && !('unknown' in counted) ? counted : undefined;
  const unknown = counted && 'unknown' in counted ? counted.unknown : 'its config.json is not known';
  const quantized = config?.quantized;
  if (packed) return weightsBytes ? { bytes: weightsBytes, sum: `${packed}, as in its files` } : { unknown };
  if (quantized) {
    if (weightsBytes) return { bytes: weightsBytes, sum: `${quantized.method}, as in its files` };
    if (!quantized.bits)
      return {
        unknown: `it is not known how many bits a weight has that is quantised with ${quantized.method}`,
      };
    return known ? mixed(known, quantized.bits, quantized.keepsAttention, quantized.method) : { unknown };
  }
  const atStart = wanted.quantization as Quantization | undefined;
  if (atStart) return known ? mixed(known, bitsAtStart(atStart), false, atStart) : { unknown };
  const all = parameters ?? (known && total(known));
  const bytes = bytesOf(wanted);
  // Of pickles only the size is known.
  if (!all) return weightsBytes ? { bytes: weightsBytes, sum: 'as in its files' } : { unknown };
  return { bytes: all * bytes, sum: `${billions(all)} parameters × ${bytes} bytes` };
}

/** Embeddings and the output matrix stay in 16 bits. */
function mixed(
  { embeddings, attention, mlp }: Parameters,
  bits: number,
  keepsAttention: boolean,
  method: string,
): ServedWeights {
  const kept = embeddings + (keepsAttention ? attention : 0);
  const small = mlp + (keepsAttention ? 0 : attention);
  const sum = `${billions(small)} parameters × ${Number(bits.toFixed(2))} bits (${method}) + ${billions(kept)} × 2 bytes`;
  return { bytes: (small * bits) / 8 + kept * 2, sum };
}

export function billions(count: number): string {
  return count < 1e9 ? `${(count / 1e6).toFixed(0)} M` : `${(count / 1e9).toFixed(2)} B`;
}
