import { check, type Draft } from '../settings/resolve.ts';
import { isInterrupted, type Say, undo } from './alone.ts';

/**
 * Takes back what an interrupted run has left in a folder, but only for a run to which all that is right was given; that
 * may be another thing afterwards, where it stands in the folder. Throws UsageError.
 */
export async function putInOrder(folder: string, say: Say, given: () => Promise<Draft>): Promise<void> {
  if (!isInterrupted(folder)) return;
  check(await given());
  undo(folder, say);
}
