import { describeInstance, type Instance, offered } from '../instances/instances.ts';
import { adapterBytes } from './adapter-room.ts';
import { type Cache, cacheBytes, cacheOf, longestWithin, noCache } from './cache.ts';
import type { ModelFacts, Wanted } from './facts.ts';
import { type Meeting, whyNotOn } from './gpu-rules.ts';
import { bytesOf, servedWeights } from './served-weights.ts';

const GiB = 2 ** 30;

/** What the engines take of a GPU's memory: 0.9 in most versions (vLLM 0.33 takes 0.92, SGLang about 0.88). */
const share = 0.9;

/**
 * In GiB on each GPU, for what is neither weights nor cache: CUDA's context and libraries (0.5), the buffers through
 * which GPUs speak to each other, recorded CUDA graphs, and the activations of a step of 8192 tokens. A plain
 * allowance: engines measure theirs at start, and find 1 to 2 GiB on most models.
 */
const allowance = 2;

/** How a model fits into the GPUs of an instance. */
export interface Fit {
  /** A sum for humans, of what each GPU holds. */
  readonly lines: readonly string[];
  /** Whether weights and one request of the wanted length fit together; of what is known, where not all is. */
  readonly fits: boolean;
  /** What is not known, in words; then the sum is of the weights alone, or there is none. */
  readonly notChecked?: string;
  /** The length of requests that the sum is made for, in tokens. */
  readonly tokens: number;
  /** The longest request that fits beside the weights, in tokens; 0 when the weights alone are too much. */
  readonly longestFitting: number;
}

/** What engines assume of a model whose config.json names no limit. */
const assumedLength = 2048;

/**
 * Adds up what each GPU has to hold. Undefined for instances without NVIDIA GPUs or of unknown types, where there is
 * nothing to add up for.
 */
export function fit(facts: ModelFacts, { accelerator }: Instance, wanted: Wanted): Fit | undefined {
  if (accelerator?.kind !== 'nvidia-gpu') return undefined;
  const gpus = Math.min(wanted.tensorParallel ?? accelerator.count, accelerator.count);
  const weights = servedWeights(facts, wanted);
  const cache = cacheFor(facts, wanted, gpus);
  const { contextLength: limit, usualLength } = facts.config ?? {};
  const tokens = wanted.maxModelLen ?? usualLength ?? limit ?? assumedLength;
  if ('unknown' in weights)
    return { lines: [], fits: true, notChecked: weights.unknown, tokens, longestFitting: 0 };
  const weightsBytes = weights.bytes / gpus;
  const adapters = (facts.config && facts.adapters && adapterBytes(facts.config, facts.adapters)) ?? 0;
  const usable = accelerator.memoryGiB * share * GiB;
  const left = usable - weightsBytes - adapters - allowance * GiB;
  const kept = 'unknown' in cache ? noCache : cache;
  const longest = longestWithin(kept, left, limit ?? Math.max(tokens, 1_000_000));
  const needed = weightsBytes + adapters + cacheBytes(kept, tokens) + allowance * GiB;
  const rows: (readonly [string, string, number])[] = [
    ['weights', gpus > 1 ? `(${weights.sum}) / ${gpus} GPUs` : weights.sum, weightsBytes],
    ...(facts.adapters && adapters
      ? [['adapters', `${facts.adapters.count} of LoRA, rank ${facts.adapters.rank}`, adapters] as const]
      : []),
    ...cacheRows(kept, tokens),
    ['engine', 'CUDA context, graphs, activations', allowance * GiB],
    ['needed', gpus > 1 ? 'on each GPU' : '', needed],
    ['usable', `${share * 100} % of ${accelerator.memoryGiB} GiB (${accelerator.name})`, usable],
  ];
  return {
    lines: aligned(rows.map(([name, sum, bytes]) => [name, sum, `${(bytes / GiB).toFixed(2)} GiB`])),
    fits: needed <= usable,
    ...('unknown' in cache && { notChecked: cache.unknown }),
    tokens,
    // A round number, but not below the limit that the model has itself.
    longestFitting: longest === limit || longest < 1024 ? longest : longest - (longest % 1024),
  };
}

/** What makes up models that generate nothing has no cache. */
function cacheFor(facts: ModelFacts, wanted: Wanted, gpus: number): Cache | { readonly unknown: string } {
  if (facts.task !== undefined && facts.task !== 'text-generation') return noCache;
  const kept = facts.config?.cache ?? { unknown: 'its config.json is not known' };
  return 'unknown' in kept ? kept : cacheOf(kept, gpus, bytesOf(wanted));
}

function cacheRows(cache: Cache, tokens: number): (readonly [string, string, number])[] {
  const { perToken, perTokenInWindow, window, perRequest } = cache;
  const kept = Math.min(tokens, window);
  return [
    ...(perToken && tokens
      ? [['cache', `${tokens} tokens × ${kib(perToken)}`, perToken * tokens] as const]
      : []),
    ...(perTokenInWindow && tokens
      ? [['cache', `${kept} tokens in a window × ${kib(perTokenInWindow)}`, perTokenInWindow * kept] as const]
      : []),
    ...(perRequest ? [['state', 'of layers without attention', perRequest] as const] : []),
  ];
}

function kib(bytes: number): string {
  return `${Number((bytes / 1024).toFixed(2))} KiB`;
}

function aligned(rows: readonly (readonly [string, string, string])[]): string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(([name, sum, size]) =>
    [name.padEnd(widths[0] ?? 0), sum.padEnd(widths[1] ?? 0), size.padStart(widths[2] ?? 0)].join('  '),
  );
}

/**
 * Up to three types on which the model fits, those with the least GPU memory in all first, one of each family. `stack`
 * may not run on all of them.
 */
export function smallestFitting(
  facts: ModelFacts,
  wanted: Wanted,
  stack: Pick<Meeting, 'cuda' | 'able'>,
): string[] {
  const best = new Map<string, string>();
  for (const instance of gpuInstances()) {
    const family = instance.type.split('.')[1] ?? '';
    if (best.has(family)) continue;
    const found = fit(facts, instance, wanted);
    if (!found?.fits || !found.lines.length) continue;
    if (!whyNotOn({ ...stack, instance, config: facts.config, wanted, methods: undefined }).length)
      best.set(family, instance.type);
  }
  return [...best.values()].slice(0, 3);
}

/** Of the catalog, by the GPU memory in all, then by the number of GPUs, then by the memory of the host. */
const gpuInstances = () =>
  offered
    .map((type) => describeInstance(type).instance)
    // The engines' images are for x86 at least.
    .filter(({ accelerator, arch }) => accelerator?.kind === 'nvidia-gpu' && arch === 'x86_64')
    .sort((a, b) => {
      const [first, second] = [order(a), order(b)];
      return first.map((part, place) => part - (second[place] ?? 0)).find((difference) => difference) ?? 0;
    });

function order({ accelerator, memoryGiB = 0 }: Instance): readonly number[] {
  const { count = 0, memoryGiB: each = 0 } = accelerator ?? {};
  return [count * each, count, memoryGiB];
}
