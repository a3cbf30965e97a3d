import { join } from 'node:path';
import { WorkError } from './settings/problems.ts';
import { readSmallFile } from './settings/small-file.ts';

/** The version of the server in a project; undefined where it has none. Throws WorkError for what is no file. */
export function serverVersion(folder: string): string | undefined {
  const path = 'code/ml_serving/VERSION';
  try {
    return readSmallFile(join(folder, path), path, 100)?.toString('utf8').trim();
  } catch (error) {
    throw new WorkError((error as Error).message);
  }
}
