import type { ModelFacts, Wanted } from './facts.ts';
import { countParameters, total } from './parameters.ts';
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

/** Undefined where neither files nor config.json tell. */
export function servedWeights(facts: ModelFacts, wanted: Wanted): ServedWeights | undefined {
  const { config, parameters, weightsBytes } = facts;
  const counted = config && countParameters(config);
  const quantized = config?.quantized;
  if (quantized) {
    if (weightsBytes) return { bytes: weightsBytes, sum: `${quantized.method}, as in its files` };
    return counted && quantized.bits
      ? mixed(counted, quantized.bits, quantized.keepsAttention, quantized.method)
      : undefined;
  }
  const atStart = wanted.quantization as Quantization | undefined;
  if (atStart) return counted && mixed(counted, bitsAtStart(atStart), false, atStart);
  const all = parameters ?? (counted && total(counted));
  const bytes = bytesOf(wanted);
  // Of pickles only the size is known.
  if (!all) return weightsBytes ? { bytes: weightsBytes, sum: 'as in its files' } : undefined;
  return { bytes: all * bytes, sum: `${billions(all)} parameters × ${bytes} bytes` };
}

/** Embeddings and the output matrix stay in 16 bits. */
function mixed(
  { embeddings, attention, mlp }: NonNullable<ReturnType<typeof countParameters>>,
  bits: number,
  keepsAttention: boolean,
  method: string,
): ServedWeights {
  const kept = embeddings + (keepsAttention ? attention : 0);
  const small = mlp + (keepsAttention ? 0 : attention);
  const sum = `${billions(small)} parameters × ${Number(bits.toFixed(2))} bits (${method}) + ${billions(kept)} × 2 bytes`;
  return { bytes: (small * bits) / 8 + kept * 2, sum };
}

function billions(count: number): string {
  return count < 1e9 ? `${(count / 1e6).toFixed(0)} M` : `${(count / 1e9).toFixed(2)} B`;
}
