import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { readSmallFile } from '../settings/small-file.ts';

/** More than any model has. */
const mostPaths = 10_000;

/** Paths below a folder, but of folders: links are not followed. */
export function pathsIn(folder: string): string[] {
  return walk(folder, 4).flatMap(({ path, files }) => files.map((name) => (path ? `${path}/${name}` : name)));
}

interface Level {
  /** Below the folder; empty for itself. */
  readonly path: string;
  readonly files: readonly string[];
}

/** The folder and those below it, so many levels deep; what starts with a dot is left out. */
function walk(folder: string, depth: number): Level[] {
  const levels: Level[] = [];
  const ahead = [''];
  let seen = 0;
  for (const path of ahead) {
    const entries = readdirSync(join(folder, path), { withFileTypes: true });
    seen += entries.length;
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'));
    levels.push({ path, files: files.map(({ name }) => name).sort() });
    if (path.split('/').length < depth && seen < mostPaths)
      ahead.push(...folders.map(({ name }) => (path ? `${path}/${name}` : name)).sort(byNumber));
  }
  return levels;
}

/** checkpoint-500 before checkpoint-1000. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/**
 * Where the model is that a folder does not hold: in a folder below it, or in the one around it, as a sentence that says
 * which path to give. `whyNot` tells of a folder why it holds no model.
 */
export function modelElsewhere(
  folder: string,
  whyNot: (folder: string) => string | undefined,
): string | undefined {
  const below = walk(folder, 4)
    .filter(
      ({ path, files }) =>
        path && ['config.json', 'adapter_config.json'].some((name) => files.includes(name)),
    )
    .map(({ path }) => join(folder, path));
  const whole = below.filter((path) => whyNot(path) === undefined);
  const [only] =
    whole.length > 1 ? whole.filter((path) => basename(path) === currentSnapshot(folder)) : whole;
  if (only) return `the model lies below it: give ${only}`;
  if (whole.length)
    return `several models lie below it: give one of ${whole.slice(0, 5).join(', ')}${whole.length > 5 ? ', …' : ''}`;
  // Beside the config.json of a model, those below it are of its parts, as of sentence-transformers' pooling.
  const [incomplete] = below.length === 1 && !existsSync(join(folder, 'config.json')) ? below : [];
  if (incomplete) return `of the model below it, ${relative(folder, incomplete)}: ${whyNot(incomplete)}`;
  const around = dirname(folder);
  return existsSync(join(around, 'config.json')) && whyNot(around) === undefined
    ? `it is a part of the model in the folder around it: give ${around}`
    : undefined;
}

/** The commit that the main branch was at when the Hub's cache was last filled. */
function currentSnapshot(folder: string): string | undefined {
  try {
    return readSmallFile(join(folder, 'refs/main'), 'refs/main')?.toString('utf8').trim();
  } catch {
    return undefined;
  }
}
