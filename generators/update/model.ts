import { existsSync } from 'node:fs';
import type { KnownModel } from '../models/facts.ts';
import { isKnown } from '../render/known-model.ts';
import type { ProjectRecord } from '../render/record.ts';
import { fullPath } from '../settings/paths.ts';
import { shown, UsageError } from '../settings/problems.ts';
import { type Draft, learn } from '../settings/resolve.ts';

/**
 * With what the project records of its model: a clone need not hold it, nor reach the Hub. It is looked at again where
 * it is named anew, on the command line or by other answers. Throws UsageError where that one cannot be used.
 */
export async function learnAgain(
  draft: Draft,
  record: ProjectRecord | undefined,
  isNamed: boolean,
): Promise<Draft> {
  const known = record?.model;
  if (!isNamed && known && isKnown(draft.values, known))
    return { ...draft, known, facts: { ...known.facts, warnings: [] } };
  return isNamed || record ? learn({ ...draft, needsNoModel: false }) : learnIfThere(draft);
}

/** Version 0.1.0 recorded nothing of the model: what cannot be learned of it is said. */
async function learnIfThere(draft: Draft): Promise<Draft> {
  const { modelPath, modelFormat } = draft.values;
  if (modelPath === undefined || existsSync(fullPath(draft.cwd, modelPath))) {
    try {
      return await learn({ ...draft, needsNoModel: false });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return unknown(error.message);
    }
  }
  return unknown(`modelPath: ${shown(modelPath)}: no such file`);

  function unknown(problem: string): Draft {
    const known: KnownModel = {
      answers: {},
      modelFile: /^model\/(.+)/.exec(modelPath ?? '')?.[1] ?? `model.${modelFormat}`,
      facts: {},
    };
    const warning = `${problem}. What follows from the model itself is left out; once it can be looked at, give --model-path or --model-name`;
    return { ...draft, known, facts: { warnings: [warning] } };
  }
}
