/**
 * Ends one thing after the other, also those after one that cannot be ended, as containers whose engine is gone; rejects
 * with the first reason at the end.
 */
export async function endAll(ends: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends)
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  if (failures.length) throw failures[0];
}
