import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Where a run stages what it writes: in the project's folder, since files are moved from there in one step. */
export const stagingFolder = '.ml-container-creator';

/**
 * Whether a path that stands in a file of a project is one that we may write, whoever wrote that file: it leads neither
 * out of the project, nor into git's own folder or ours.
 */
export function isInside(path: string): boolean {
  const isPlain = (part: string) =>
    !['', '.', '..', '.git', stagingFolder].includes(part.toLowerCase()) && !/[\\\p{Cc}]/u.test(part);
  return path.split('/').every(isPlain);
}

/**
 * What lies at a path below a folder, itself a link where it is one; undefined for nothing. `behind a link` where a link,
 * or whatever is no folder, stands where a folder of the path should be: nothing is read or written there.
 */
export function find(folder: string, path: string): Stats | 'behind a link' | undefined {
  const parts = path.split('/');
  for (const [index] of parts.slice(1).entries()) {
    const step = lstatSync(join(folder, ...parts.slice(0, index + 1)), { throwIfNoEntry: false });
    if (!step) return undefined;
    if (!step.isDirectory()) return 'behind a link';
  }
  return lstatSync(join(folder, path), { throwIfNoEntry: false });
}
