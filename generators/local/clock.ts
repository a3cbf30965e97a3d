import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the service has it: everything that SageMaker waits for goes by this, so that minutes can be seconds. */
export interface Clock {
  /** Seconds since 1970, for what users read: the real ones. */
  date(): number;
  /** The service's own seconds since it started. */
  seconds(): number;
  /** Waits so many of the service's own seconds; rejects with the signal's reason when it is aborted. */
  wait(seconds: number, signal?: AbortSignal): Promise<void>;
  /** How many real seconds so many of its own take. */
  real(seconds: number): number;
}

/** A clock on which `scale` seconds pass in each real one. */
export function clock(scale = 1): Clock {
  const started = performance.now();
  return {
    date: () => Date.now() / 1000,
    seconds: () => ((performance.now() - started) / 1000) * scale,
    async wait(seconds, signal) {
      signal?.throwIfAborted();
      try {
        await sleep((seconds * 1000) / scale, undefined, { ...(signal && { signal }) });
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
    real: (seconds) => seconds / scale,
  };
}
