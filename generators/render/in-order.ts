import { check, type Draft } from '../settings/resolve.ts';
import { isInterrupted, undo } from './journal.ts';

/**
 * What was given for a folder that an earlier run may have left in between. Only once all of that is right, what the run
 * had changed is taken back, and `given` asked again: the answers in the folder may be other ones then. Throws
 * UsageError.
 */
export function draftInOrder(folder: string, say: (line: string) => void, given: () => Draft): Draft {
  const draft = given();
  if (!isInterrupted(folder)) return draft;
  check(draft);
  for (const line of undo(folder)) say(line);
  return given();
}
