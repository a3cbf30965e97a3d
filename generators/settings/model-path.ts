import { existsSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { adviceOn, kindOf } from '../models/file-kinds.ts';
import { frameworks } from '../registry.ts';
import { formatByEnding, formatOf, modelsAmong } from './formats.ts';
import { modelFiles } from './model-files.ts';
import { fullPath } from './paths.ts';
import type { Values } from './schema.ts';

/** File names are rendered into Python and Markdown, and go into an archive. */
export const plainName = /^[\p{L}\p{M}\p{N} ._+=@()-]+$/u;

/** What is wrong with a model path in the light of the other settings; undefined when nothing is. */
export function wrongModelPath(values: Values, modelPath: string, cwd: string): string | undefined {
  const path = fullPath(cwd, modelPath);
  if (!existsSync(path)) return `no such file (looked for ${path})`;
  const is = frameworks.get(values.framework ?? '')?.modelIs;
  let files: Map<string, string>;
  try {
    files = modelFiles(path, is);
  } catch (error) {
    return `cannot be taken as a model: ${(error as Error).message}`;
  }
  const strange = [...files.keys()].find((file) => !file.split('/').every((part) => plainName.test(part)));
  if (strange !== undefined)
    return `the file name ${JSON.stringify(strange)} has characters other than letters, digits, spaces and ._+=@()-`;
  const { framework, modelFormat } = values;
  if (!framework) return undefined;
  // What its own files tell, it is looked at for before.
  if (is === 'folder') return undefined;
  // What a script loads, only that knows.
  if (values.inferenceScript !== undefined) return files.size ? undefined : 'the folder is empty';
  return statSync(path).isFile()
    ? wrongModelFile(path, framework, modelFormat)
    : wrongFolderOfModels(files, framework, modelFormat);
}

/** `modelFormat` is undefined as long as nobody has said it. */
function wrongModelFile(path: string, framework: string, modelFormat?: string): string | undefined {
  const name = basename(path);
  const kind = kindOf(path);
  const format = formatOf(framework, path);
  if (kind && !format) return `${name} is ${adviceOn(path, kind, framework)}`;
  if (format && modelFormat && format !== modelFormat)
    return `${name} is a ${format} file, but modelFormat is ${modelFormat}`;
  const others = [...frameworks.keys()].filter((other) => formatOf(other, path));
  return format || !others.length
    ? undefined
    : `${name} is a model of ${others.join(', ')}, not of ${framework}`;
}

/** A folder with one model, and what belongs to it. */
function wrongFolderOfModels(
  files: ReadonlyMap<string, string>,
  framework: string,
  modelFormat?: string,
): string | undefined {
  if (!files.size) return 'the folder is empty';
  const models = modelsAmong(framework, files);
  const names = [...models.keys()].join(', ');
  if (models.size > 1) return `the folder holds several models (${names}): give the one to load`;
  if (!models.size) return noModelAmong(files, framework);
  const [format] = models.values();
  return !modelFormat || format === modelFormat
    ? undefined
    : `${names} is a ${format} file, but modelFormat is ${modelFormat}`;
}

function noModelAmong(files: ReadonlyMap<string, string>, framework: string): string {
  for (const [file, source] of files) {
    const kind = kindOf(source);
    if (kind && extname(file) && formatByEnding(framework, file))
      return `${file} is ${adviceOn(source, kind, framework)}`;
  }
  return `the folder holds no model of ${framework}, only ${[...files.keys()].slice(0, 5).join(', ')}`;
}
