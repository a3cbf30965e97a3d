import type { ModelConfig } from './config.ts';
import { notCounted } from './config-keys.ts';

/** Parameters of a model, apart by what quantisation does to them. */
export interface Parameters {
  /** Tables of tokens and positions, and the output matrix: never quantised. */
  readonly embeddings: number;
  readonly attention: number;
  /** All others, those of experts among them. */
  readonly mlp: number;
}

/**
 * Counts the parameters of a transformer by its config.json, or says why that cannot be done. Biases and norms are left
 * out: they are a thousandth.
 */
export function countParameters(config: ModelConfig): Parameters | { readonly unknown: string } {
  const { type, unknownType, hiddenSize, layers, vocabSize, intermediateSize, experts } = config;
  const shown = JSON.stringify(type.slice(0, 60));
  if (notCounted.includes(type) || unknownType)
    return { unknown: `the parameters of models of the type ${shown} are not counted here` };
  if (config.hasOtherParts)
    return { unknown: 'the parameters of its parts for pictures or sound are not counted here' };
  const attention = attentionOf(config);
  if (!hiddenSize || !layers || !vocabSize || !attention)
    return { unknown: 'its config.json does not tell all the sizes that its parameters follow from' };
  const width = config.embeddingSize ?? hiddenSize;
  const matrices = config.output === 'own' ? 2 : 1;
  const embeddings = (matrices * vocabSize + config.learnedPositions) * width;
  const sparse = experts?.layers ?? 0;
  if (sparse < layers && !intermediateSize)
    return { unknown: 'its config.json does not tell the size of what comes after the attention' };
  const dense = (layers - sparse) * config.mlpMatrices * hiddenSize * (intermediateSize ?? 0);
  const router = experts?.count ?? 0;
  const perLayer = experts
    ? hiddenSize * (config.mlpMatrices * (experts.count * experts.size + experts.sharedSize) + router)
    : 0;
  // ALBERT has one layer, which it passes again and again.
  const copies = config.type === 'albert' ? 1 / layers : 1;
  const linear = Math.min(config.linear?.layers ?? 0, layers);
  const mixing = (layers - linear) * attention + linear * (config.linear?.parameters ?? 0);
  return { embeddings, attention: mixing * copies, mlp: (dense + sparse * perLayer) * copies };
}

export function total({ embeddings, attention, mlp }: Parameters): number {
  return embeddings + attention + mlp;
}

/** Of one layer. */
function attentionOf({
  hiddenSize,
  heads,
  kvHeads,
  headDim,
  latent,
  linear,
}: ModelConfig): number | undefined {
  if (!hiddenSize || !heads || !kvHeads || !headDim) return undefined;
  // Beside linear attention, the other has a gate as large as the queries.
  if (!latent) return hiddenSize * headDim * ((linear ? 3 : 2) * heads + 2 * kvHeads);
  const { kvRank, ropeDim, nopeDim, valueDim, queryRank } = latent;
  const query = heads * (nopeDim + ropeDim);
  return (
    (queryRank ? queryRank * (hiddenSize + query) : hiddenSize * query) +
    hiddenSize * (kvRank + ropeDim) +
    kvRank * heads * (nopeDim + valueDim) +
    heads * valueDim * hiddenSize
  );
}
