import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { whyNotWritable } from './paths.ts';
import { UsageError } from './problems.ts';
import { check, type Draft, fallback, learn } from './resolve.ts';
import { readSample } from './sample.ts';

/**
 * Looks at all that was given before the rest is asked for. Throws UsageError with what is wrong of it: nobody answers
 * questions for a run that was lost from the beginning.
 */
export async function lookFirst(draft: Draft): Promise<Draft> {
  check(draft);
  refuseNoPlace(draft);
  const { framework, modelPath, modelName } = draft.values;
  const { facts, script, sample } = await readSample(await learn(draft));
  // What can be told without the model is no more than a part: it is looked at once it is named.
  const isNamed = framework !== undefined && (modelPath ?? modelName) !== undefined;
  return { ...draft, script, sample, ...(isNamed && { facts }) };
}

/** Where no folder is given, the project's name is that of one here. */
function refuseNoPlace({ values, ambient, cwd }: Draft): void {
  const { projectDir, projectName } = values;
  if (projectDir !== undefined) return;
  const { value: named } = fallback('projectDir', values, { ambient, cwd });
  const why = whyNotWritable(named === undefined ? cwd : join(cwd, String(named)));
  // Any folder that is there may be meant, as long as nobody has named one.
  const isOpen =
    projectName === undefined && readdirSync(cwd).some((name) => !whyNotWritable(join(cwd, name)));
  if (why && !isOpen)
    throw new UsageError([
      `projectDir: "${named ?? './<projectName>'}" (default): cannot be written to: ${why}`,
    ]);
}
