import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Time as the service has it. What SageMaker waits for by itself may pass faster, so that minutes are seconds; limits on
 * the work of containers do not, since their work takes as long as it takes.
 */
export interface Clock {
  /** Seconds since 1970, for what users read: the real ones. */
  date(): number;
  /** The service's own seconds since it started. */
  seconds(): number;
  /** Seconds since it started, as limits on the work of containers count them. */
  worked(): number;
  /** Waits so many of the service's own seconds; rejects with the signal's reason when it is aborted. */
  wait(seconds: number, signal?: AbortSignal): Promise<void>;
  /** How many real seconds so many of its own take. */
  real(seconds: number): number;
  /** How many real seconds a limit of so many is. */
  limit(seconds: number): number;
}

/** A clock on which `scale` seconds pass in each real one, and `limitScale` for limits. */
export function clock(scale = 1, limitScale = 1): Clock {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  return {
    date: () => Date.now() / 1000,
    seconds: () => elapsed() * scale,
    worked: () => elapsed() * limitScale,
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
    limit: (seconds) => seconds / limitScale,
  };
}
