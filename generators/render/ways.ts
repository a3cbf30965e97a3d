import { lstatSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';

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
  return finderIn(folder)(path);
}

/** Undefined: nothing is there. */
type Way = 'free' | 'behind a link' | undefined;

/** `find`, for many paths at one time: each folder is looked at once. */
export function finderIn(folder: string): (path: string) => Stats | 'behind a link' | undefined {
  const look = (path: string) => lstatSync(join(folder, path), { throwIfNoEntry: false });
  const ways = new Map<string, Way>([['.', 'free']]);
  const wayTo = (below: string): Way => {
    if (ways.has(below)) return ways.get(below);
    let way = wayTo(dirname(below));
    const step = way === 'free' ? look(below) : undefined;
    if (way === 'free') way = step && (step.isDirectory() ? 'free' : 'behind a link');
    ways.set(below, way);
    return way;
  };
  return (path) => {
    const way = wayTo(dirname(path));
    return way === 'free' ? look(path) : way;
  };
}
