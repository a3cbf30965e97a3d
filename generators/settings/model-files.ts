import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Where } from '../models/look-up.ts';
import { parseModelName } from '../models/names.ts';
import { isPart, neededOf } from '../models/needed.ts';
import { refuseLinkOut } from './links.ts';
import { fullPath } from './paths.ts';

/** More than any model has: who names their home folder hears of it before all of it is copied. */
const mostFiles = 10_000;

/**
 * The files that a model path stands for: absolute paths by their paths below `model/`, with forward slashes. That is
 * the file itself, or all files in the folder but dot files, which are the leavings of editors and operating systems,
 * and what lies behind links to folders. Where the model `is` the folder, only those that serving it takes. Throws an
 * Error that says why the path cannot be taken as a model.
 */
export function modelFiles(path: string, is: 'file' | 'folder' = 'file'): Map<string, string> {
  const found = statSync(path);
  if (!found.isFile() && !found.isDirectory()) throw new Error('neither a file nor a folder');
  const files = found.isFile() ? new Map([[basename(path), path]]) : filesIn(path, is);
  for (const file of files.values()) accessSync(file, constants.R_OK);
  return files;
}

function filesIn(path: string, is: 'file' | 'folder'): Map<string, string> {
  const files: string[] = [];
  const folders = [''];
  for (const folder of folders) {
    for (const entry of readdirSync(join(path, folder), { withFileTypes: true })) {
      const file = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.name.startsWith('.')) continue;
      if (is === 'folder' && !isPart(entry.isDirectory() ? `${file}/` : file)) continue;
      if (entry.isSymbolicLink()) refuseLinkOut(path, file);
      if (entry.isDirectory()) folders.push(file);
      else if (statSync(join(path, file), { throwIfNoEntry: false })?.isFile()) files.push(file);
      if (files.length + folders.length > mostFiles) throw new Error(`it holds more than ${mostFiles} files`);
    }
  }
  const taken = is === 'folder' ? neededOf(files) : files;
  return new Map([...taken].sort().map((file) => [file, join(path, file)]));
}

/** Where a model can be looked at: its folder, or the Hub; undefined where neither is named. */
export function placeOf(cwd: string, modelPath?: string, modelName?: string): Where | undefined {
  if (modelPath !== undefined) return { folder: fullPath(cwd, modelPath) };
  const name = modelName === undefined ? undefined : parseModelName(modelName);
  return name && 'id' in name
    ? { hub: name.id, ...(name.revision && { revision: name.revision }) }
    : undefined;
}
