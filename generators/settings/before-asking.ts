import { check, type Draft, learn } from './resolve.ts';
import { readSample } from './sample.ts';

/**
 * Looks at all that was given before the rest is asked for. Throws UsageError with what is wrong of it: nobody answers
 * questions for a run that was lost from the beginning.
 */
export async function lookFirst(draft: Draft): Promise<Draft> {
  check(draft);
  const { framework, modelPath, modelName } = draft.values;
  const { facts, script, sample } = await readSample(await learn(draft));
  // What can be told without the model is no more than a part: it is looked at once it is named.
  const isNamed = framework !== undefined && (modelPath ?? modelName) !== undefined;
  return { ...draft, script, sample, ...(isNamed && { facts }) };
}
