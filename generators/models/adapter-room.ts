import type { ModelConfig } from './config.ts';

/** The LoRA adapters of a model, and the largest of their ranks. */
export interface Adapters {
  readonly count: number;
  readonly rank: number;
}

/** Engines keep room for no more than so many at a time on the GPU, the model without one included. */
const mostAtOnce = 8;

/** Ranks for which vLLM sets room aside. */
const ranks = [8, 16, 32, 64, 128, 256, 320, 512];

/**
 * Bytes that an engine sets aside on each GPU for adapters: two matrices at every matrix of the model, whichever an
 * adapter changes, in numbers of two bytes. Undefined where the model's sizes are not known.
 */
export function adapterBytes(
  { hiddenSize, layers, heads, kvHeads, headDim, intermediateSize, mlpMatrices, experts }: ModelConfig,
  { count, rank }: Adapters,
): number | undefined {
  if (!hiddenSize || !layers || !heads || !headDim) return undefined;
  const attention = 2 * (hiddenSize + heads * headDim) + 2 * (hiddenSize + (kvHeads ?? heads) * headDim);
  const mlp = mlpMatrices * (hiddenSize + (intermediateSize ?? 0));
  const routed = experts ? experts.count * mlpMatrices * (hiddenSize + experts.size) : 0;
  const inExperts = experts ? experts.layers * routed : 0;
  const dense = (layers - (experts?.layers ?? 0)) * mlp;
  const slots = Math.min(count + 1, mostAtOnce);
  const room = ranks.find((one) => one >= rank) ?? rank;
  return slots * room * (layers * attention + dense + inExperts) * 2;
}
