import { setTimeout as sleep } from 'node:timers/promises';

/** In milliseconds: how long is looked, and how long is waited before the next look. */
const [look, pause] = [300, 2000];
const looks = 3;
/** No more than so many times as long is worth waiting for. */
const most = 10;

/**
 * How many times as long a program takes on this machine as with a processor of its own, where it never waits: 1 where it
 * has one. Of several looks the least, since a server may still be at what it was asked before.
 */
export async function slowdown(): Promise<number> {
  let least = most;
  for (let n = 0; n < looks && least > 1.1; n++) {
    if (n) await sleep(pause);
    least = Math.min(least, slowdownNow());
  }
  return least;
}

/** The same of one look. */
export const slowdownNow = () => Math.max(1, 1 / share());

/** Which part of a processor this program gets while it does nothing but work. */
function share(): number {
  const started = performance.now();
  const before = process.cpuUsage();
  while (performance.now() - started < look);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - started);
}
