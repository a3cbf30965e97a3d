import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseAdapter, placeOfAdapter } from '../models/adapters.ts';
import { descriptions } from './descriptions.ts';
import { fullPath, isBelow } from './paths.ts';
import { type Problem, shown } from './problems.ts';
import type { Key, Values } from './schema.ts';
import type { GivenValues } from './sources.ts';

/** Settings that are paths, or hold some. */
const pathsIn: Partial<Record<Key, (values: Values, cwd: string) => readonly string[]>> = {
  modelPath: ({ modelPath }) => (modelPath === undefined ? [] : [modelPath]),
  sampleData: ({ sampleData }) => (sampleData === undefined ? [] : [sampleData]),
  inferenceScript: ({ inferenceScript }) => (inferenceScript === undefined ? [] : [inferenceScript]),
  adapters: ({ adapters = [] }, cwd) =>
    adapters.flatMap((text) => {
      const { place } = parseAdapter(text) ?? {};
      return place !== undefined && 'folder' in (placeOfAdapter(place, (path) => fullPath(cwd, path)) ?? {})
        ? [place]
        : [];
    }),
  projectDir: ({ projectDir }) => (projectDir === undefined ? [] : [projectDir]),
};

/**
 * What files give that lies outside the folder, links followed: who runs us in a folder that came from elsewhere has not
 * said that its files may name others of this machine, to be copied or to be written.
 */
export function outside(values: Values, given: GivenValues, cwd: string): Problem[] {
  return Object.entries(pathsIn).flatMap(([name, paths]) => {
    const key = name as Key;
    const { origin, isFile, value } = given[key] ?? {};
    if (!isFile || paths(values, cwd).every((path) => isWithin(cwd, path) || isOwnLink(key, values, cwd)))
      return [];
    const { flag, variable } = descriptions[key];
    return [
      `${key}: ${shown(value)} (${origin}): lies outside ${cwd}, and what files give may not: give it as --${flag} or ${variable}`,
    ];
  });
}

/** `model/` of a project may be a link that we made: nothing is copied through it. */
function isOwnLink(key: Key, { modelPath, projectDir }: Values, cwd: string): boolean {
  return (
    key === 'modelPath' &&
    fullPath(cwd, modelPath ?? '') === resolve(cwd, 'model') &&
    projectDir !== undefined &&
    fullPath(cwd, projectDir) === resolve(cwd)
  );
}

function isWithin(cwd: string, path: string): boolean {
  return isBelow(realpathSync(cwd), nearestReal(fullPath(cwd, path)));
}

/** Where a path leads, as far as something is there. */
function nearestReal(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(nearestReal(dirname(path)), basename(path));
  }
}
