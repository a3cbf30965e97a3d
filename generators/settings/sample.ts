import { existsSync } from 'node:fs';
import { unreadable } from '../sample-data/forms.ts';
import { fullPath } from './paths.ts';
import { shown, UsageError } from './problems.ts';
import type { Draft } from './resolve.ts';

/** Reads the sample data. Throws UsageError where it cannot be read; where it may not be given at all, the rules say so. */
export async function readSample(draft: Draft): Promise<Draft> {
  const { sampleData, sampleTarget } = draft.values;
  if (draft.sample || sampleData === undefined || draft.problems.length || unreadable(sampleData))
    return draft;
  const path = fullPath(draft.cwd, sampleData);
  if (!existsSync(path)) return draft;
  // Only now: few runs have such data, and its parser takes time to load.
  const { readSampleData } = await import('../sample-data/sample-data.ts');
  const { DataError } = await import('../sample-data/rows.ts');
  try {
    return { ...draft, sample: await readSampleData(path, sampleTarget) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof DataError) && code === undefined) throw error;
    const { origin = 'your answer' } = draft.given.sampleData ?? {};
    throw new UsageError([`sampleData: ${shown(sampleData)} (${origin}): ${message}`]);
  }
}
