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
  /** The service's own seconds, of which real ones pass while a container is at work of its own. */
  paced(): number;
  /** Has it known that a container is at work until then. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Waits so many of the service's own seconds; rejects with the signal's reason when it is aborted. */
  wait(seconds: number, signal?: AbortSignal): Promise<void>;
  /** How many real seconds so many of its own take. */
  real(seconds: number): number;
  /** How many real seconds a limit of so many is. */
  limit(seconds: number): number;
}

/** A clock on which `scale` seconds pass in each real one, and for limits `limitScale`: 1 where containers are real. */
export function clock(scale = 1, limitScale = 1): Clock {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  /** How many containers are at work, since when one is, and how long one was before. */
  const work = { count: 0, since: 0, before: 0 };
  const atWork = () => work.before + (work.count ? elapsed() - work.since : 0);
  return {
    date: () => Date.now() / 1000,
    seconds: () => elapsed() * scale,
    worked: () => elapsed() * limitScale,
    paced: () => (elapsed() - atWork()) * scale + atWork() * limitScale,
    async during(doing) {
      if (!work.count++) work.since = elapsed();
      try {
        return await doing;
      } finally {
        if (work.count === 1) work.before = atWork();
        work.count--;
      }
    },
    wait: (seconds, signal) => pause(seconds / scale, signal),
    real: (seconds) => seconds / scale,
    limit: (seconds) => seconds / limitScale,
  };
}

/** Waits so many real seconds; rejects with the signal's reason when it is aborted. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await sleep(seconds * 1000, undefined, { ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
