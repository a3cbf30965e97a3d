import type { Containers, Running, ToRun } from '../hosting.ts';

/** Containers by a function that starts one; `start` is told whether all of it has been closed meanwhile. */
export function containersBy(
  start: (what: ToRun, isClosed: () => boolean) => Promise<Running>,
  close: () => Promise<void> = async () => undefined,
): Containers {
  const all = new Set<Promise<Running>>();
  let closed = false;
  return {
    async start(what) {
      const one = start(what, () => closed);
      all.add(one);
      one.then(
        ({ ended }) => ended.finally(() => all.delete(one)),
        () => all.delete(one),
      );
      return one;
    },
    async close() {
      closed = true;
      await Promise.allSettled([...all].map(async (one) => (await one).stop(0)));
      await close();
    },
  };
}
