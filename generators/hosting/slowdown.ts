/** In milliseconds. */
const sampled = 500;
/** What takes longer on a busy machine takes so many times as long at most; beyond that, a check would take minutes. */
const most = 10;

/**
 * How many times as long a program takes that never waits, on this machine at this moment, as with a processor of its own:
 * 1 where it has one. Works for half a second.
 */
export function slowdown(): number {
  const started = performance.now();
  const before = process.cpuUsage();
  while (performance.now() - started < sampled);
  const { user, system } = process.cpuUsage(before);
  const had = (user + system) / 1000 / (performance.now() - started);
  return Math.min(most, Math.max(1, 1 / had));
}
