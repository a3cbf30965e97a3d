import type { ModelConfig } from './config.ts';

/**
 * Tokens of a request beyond the window that are in the cache while it is read in: one step's worth, as in vLLM's
 * SlidingWindowSpec.max_memory_usage_bytes with its default of 8192.
 */
const inFlight = 8192;

/** What attention keeps of the tokens of a request, in bytes on each of the GPUs that it is spread over. */
export interface Cache {
  /** Of each token, in layers that look back to the beginning. */
  readonly perToken: number;
  /** Of each token, in layers that look back a window only. */
  readonly perTokenInWindow: number;
  /** How many tokens of a request those hold at most. */
  readonly window: number;
}

/** Undefined where config.json says too little. `bytes` are those of one number, 2 unless float32 is asked for. */
export function cacheOf(config: ModelConfig, gpus: number, bytes: number): Cache | undefined {
  const { layers, kvHeads, headDim, latent, window, layersWithoutCache } = config;
  if (!layers || !kvHeads || !headDim) return undefined;
  // Where there are more GPUs than heads, several hold the same head. DeepSeek's vector is on each of them.
  const perLayer = latent
    ? (latent.kvRank + latent.ropeDim) * bytes
    : 2 * Math.ceil(kvHeads / gpus) * headDim * bytes;
  const windowed = Math.min(window?.layers ?? 0, layers);
  const whole = Math.max(0, layers - windowed - layersWithoutCache);
  return {
    perToken: whole * perLayer,
    perTokenInWindow: windowed * perLayer,
    window: window ? window.tokens + inFlight : 0,
  };
}

/** Bytes for one request of so many tokens. */
export function cacheBytes({ perToken, perTokenInWindow, window }: Cache, tokens: number): number {
  return perToken * tokens + perTokenInWindow * Math.min(tokens, window);
}

/** The longest request for which the bytes suffice, at most `most` tokens. */
export function longestWithin(cache: Cache, bytes: number, most: number): number {
  if (bytes <= 0) return 0;
  if (cacheBytes(cache, most) <= bytes) return most;
  const short = Math.floor(bytes / (cache.perToken + cache.perTokenInWindow));
  if (short < cache.window || !cache.perTokenInWindow) return Math.min(short, most);
  return Math.min(most, Math.floor((bytes - cache.perTokenInWindow * cache.window) / cache.perToken));
}
