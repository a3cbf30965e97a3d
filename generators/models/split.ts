import type { Abilities } from '../kinds.ts';
import type { ModelConfig } from './config.ts';

/** What an engine can do that matters where GPUs share a model's matrices. */
interface Splitting {
  /** Down to so many numbers it makes blocks of experts in FP8 smaller; absent: it takes whole ones only. */
  readonly finestBlock?: number | undefined;
  /** Whether each GPU is to hold whole experts, some of them. */
  readonly wholeExperts?: boolean | undefined;
}

/** Why a model's matrices cannot be shared out to so many GPUs; undefined where nothing is known against it. */
function whyNotOver(
  gpus: number,
  config: ModelConfig,
  { finestBlock, wholeExperts }: Splitting,
): string | undefined {
  if (gpus < 2) return undefined;
  const { heads, kvHeads, headDim, latent, experts, intermediateSize, quantized } = config;
  if (heads && heads % gpus)
    return `the model's ${heads} attention heads cannot be shared out evenly to ${gpus} GPUs`;
  if (!latent && kvHeads && kvHeads % gpus && gpus % kvHeads)
    return `the model's ${kvHeads} heads of keys and values cannot be shared out evenly to ${gpus} GPUs`;
  const { block, group, method } = quantized ?? {};
  const unit = block ?? group;
  if (!unit) return undefined;
  const dense =
    experts && config.layers !== undefined && experts.layers >= config.layers ? undefined : intermediateSize;
  const attention = !quantized?.keepsAttention && !latent && heads && headDim ? heads * headDim : undefined;
  for (const [what, size, whole] of [
    ['the matrices after the attention', dense, unit],
    ['the matrices of the attention', attention, unit],
    ['its experts', wholeExperts ? undefined : experts?.size, unitOfExperts(experts?.size ?? 0, gpus, unit)],
  ] as const)
    if (size && whole && (size / gpus) % whole)
      return `${what} are ${size} wide, and ${size} / ${gpus} GPUs cuts through the ${block ? 'blocks' : 'groups'} of ${unit} that ${method} scales together`;
  return undefined;

  function unitOfExperts(size: number, among: number, whole: number): number | undefined {
    // Of other ways than these, engines have kernels for groups of any size.
    if (!block && method !== 'compressed-tensors') return undefined;
    return block && finestBlock && commonDivisor(whole, size / among) >= finestBlock ? undefined : whole;
  }
}

/** How so many GPUs can share a model: matrix by matrix, or with whole experts on each; or why they cannot. */
export function splitOver(
  gpus: number,
  config: ModelConfig,
  able: Abilities | undefined,
): { readonly wholeExperts: boolean } | { readonly why: string } {
  const { finestBlock } = able ?? {};
  const why = whyNotOver(gpus, config, { finestBlock });
  if (why === undefined) return { wholeExperts: false };
  const whole =
    config.experts && able?.wholeExperts && !whyNotOver(gpus, config, { finestBlock, wholeExperts: true });
  return whole ? { wholeExperts: true } : { why };
}

/** The numbers of GPUs, up to so many, that can share a model. */
export function possibleSplits(most: number, config: ModelConfig, able: Abilities | undefined): number[] {
  return Array.from({ length: most }, (_, place) => place + 1).filter(
    (gpus) => !('why' in splitOver(gpus, config, able)),
  );
}

function commonDivisor(a: number, b: number): number {
  if (!Number.isInteger(b)) return 0;
  return b === 0 ? a : commonDivisor(b, a % b);
}
