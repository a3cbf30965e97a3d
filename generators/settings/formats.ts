import { statSync } from 'node:fs';
import type { ModelFormat } from '../kinds.ts';
import { kindOf } from '../models/file-kinds.ts';
import { frameworks } from '../registry.ts';
import { modelFiles } from './model-files.ts';
import { fullPath } from './paths.ts';

/**
 * The format of a model file: by its contents where these tell, and where several have such contents by its ending.
 * Undefined where neither says that it is one of the framework's.
 */
export function formatOf(framework: string | undefined, file: string): string | undefined {
  const possible = formatsByContents(framework, file);
  return byEnding(possible, file) ?? (kindOf(file) ? possible[0]?.[0] : undefined);
}

/** The format that a file's ending alone stands for. */
export function formatByEnding(framework: string | undefined, file: string): string | undefined {
  return byEnding(formatsOf(framework), file);
}

/** The framework's models in a folder, by what lies below it: the format of each by its path. */
export function modelsAmong(
  framework: string | undefined,
  files: ReadonlyMap<string, string>,
): Map<string, string> {
  // Tables and notes lie beside models, some of them in files of the same kinds: here, the ending has to fit as well.
  const formats = [...files].map(
    ([file, source]) => [file, byEnding(formatsByContents(framework, source), source)] as const,
  );
  return new Map(formats.filter((one): one is readonly [string, string] => one[1] !== undefined));
}

/** The format of a model file, or of the only model in a folder; undefined where there is none, or no one. */
export function formatAt(cwd: string, framework?: string, modelPath?: string): string | undefined {
  if (modelPath === undefined) return undefined;
  const path = fullPath(cwd, modelPath);
  if (!isFolder(path)) return formatOf(framework, path);
  try {
    const found = modelsAmong(framework, modelFiles(path));
    return found.size === 1 ? [...found.values()][0] : undefined;
  } catch {
    // What is wrong with it, the rules say.
    return undefined;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Nothing is there, or the way to it is none.
    return false;
  }
}

type Formats = readonly (readonly [string, ModelFormat])[];

const formatsOf = (framework = ''): Formats => Object.entries(frameworks.get(framework)?.formats ?? {});

function formatsByContents(framework: string | undefined, file: string): Formats {
  const formats = formatsOf(framework);
  // Of those that are not looked at, nothing is to be read.
  const kind = formats.some(([, { contents }]) => contents) ? kindOf(file)?.name : undefined;
  return formats.filter(([, { contents }]) => !kind || !contents || contents.includes(kind));
}

function byEnding(formats: Formats, file: string): string | undefined {
  const ending = /\.([^./\\]*)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const [found] =
    formats.find(([name]) => name === ending) ??
    formats.find(([, { endings }]) => endings?.includes(ending)) ??
    [];
  return found;
}
