import { closeSync, openSync, readlinkSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readSmallFile } from '../settings/small-file.ts';
import { onlyAdapter } from './adapter.ts';
import { modelElsewhere, pathsIn } from './elsewhere.ts';
import { neededOf } from './needed.ts';
import { folderInModules, modulesFile, unservedModules } from './sentences.ts';
import { weightsIn } from './weights.ts';
import { lackIn, withoutTokenizer } from './whole.ts';

/** Why what lies at a path is no model that can be served, in one sentence with what to do; undefined where it is. */
export function whyNoModel(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return `no such file (looked for ${path})`;
  if (!found.isDirectory()) return noFolder(path);
  const around = dirname(path);
  if (transformerIn(around) === basename(path) && whyNot(around) === undefined)
    return `it is a part of the model in the folder around it: give ${around}`;
  const problem = whyNot(path);
  return problem && ((transformerIn(path) ? undefined : modelElsewhere(path, whyNot)) ?? problem);
}

/** Where modules.json says that config.json and the weights are, below a folder; empty where it says nothing. */
export function transformerIn(folder: string): string {
  return folderInModules(parsedOrNot(folder, modulesFile));
}

function noFolder(path: string): string {
  if (/\.(tar|tar\.gz|tgz|zip)$/.test(path)) return 'it is an archive: unpack it, and give the folder';
  return lackIn([path.split('/').at(-1) as string])?.startsWith('it holds the weights in GGUF')
    ? 'it holds the weights in GGUF, for llama.cpp: give the folder of the model that it was made of'
    : 'give the folder that holds it, with config.json beside it';
}

/** Of this folder, whatever lies around it. */
function whyNot(folder: string): string | undefined {
  const paths = pathsIn(folder);
  if (!paths.length) return 'the folder is empty';
  const listed = damage(
    folder,
    paths.filter((path) => path === modulesFile),
  );
  if (listed) return listed;
  const modules = parsedOrNot(folder, modulesFile);
  const unserved = unservedModules(modules);
  if (unserved) return unserved;
  const transformer = folderInModules(modules);
  if (transformer) {
    const found = statSync(join(folder, transformer), { throwIfNoEntry: false });
    if (!found?.isDirectory()) return `its ${modulesFile} names ${transformer}, which is not there`;
    const problem = whyNot(join(folder, transformer));
    return damage(folder, neededOf(paths)) ?? (problem && `in ${transformer}: ${problem}`);
  }
  return (
    adapterAlone(folder, paths) ??
    lackIn(paths) ??
    damage(folder, neededOf(paths)) ??
    wrongWeights(folder) ??
    withoutTokenizer(paths)
  );
}

function wrongWeights(folder: string): string | undefined {
  try {
    weightsIn(folder);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function adapterAlone(folder: string, paths: readonly string[]): string | undefined {
  const file = 'adapter_config.json';
  if (!paths.includes(file) || lackIn(paths) === undefined) return undefined;
  return damage(folder, [file]) ?? onlyAdapter(parsedOrNot(folder, file));
}

/** Undefined where there is no such file, or none that holds JSON. */
function parsedOrNot(folder: string, file: string): unknown {
  try {
    return JSON.parse(String(readSmallFile(join(folder, file), file)));
  } catch {
    return undefined;
  }
}

/** Files that mean nothing when they are empty. */
const neverEmpty = /\.(json|safetensors|bin|model|spm)$|(^|\/)(vocab|merges)\.txt$/;

/** What of these files is not what its name says. */
function damage(folder: string, paths: readonly string[]): string | undefined {
  const pointers: string[] = [];
  for (const path of paths) {
    const file = join(folder, path);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return brokenLink(folder, path);
    // Reading from a pipe would wait for whoever writes to it.
    if (!found.isFile() && !found.isDirectory()) return `${path} is neither a file nor a folder`;
    if (found.size === 0 && neverEmpty.test(path)) return `${path} is empty: fetch or write it again`;
    if (found.size < 1024 && textAt(file, 0, 64).startsWith('version https://git-lfs')) pointers.push(path);
    if (/\.bin$/.test(path) && isCutOff(file, found.size))
      return `${path} is cut off: its end is missing. Fetch or write it again`;
  }
  if (!pointers.length) return undefined;
  const others = pointers.length > 1 ? ` (as are ${pointers.length - 1} others)` : '';
  return `${pointers[0]} is a pointer of Git LFS, not the file itself${others}: \`git lfs pull\` in ${folder} fetches it`;
}

function brokenLink(folder: string, path: string): string {
  const text = `${path} is a link to ${readlinkSync(join(folder, path))}, where nothing is`;
  const [, name, commit] = /models--(.+)\/snapshots\/([0-9a-f]{40})/.exec(realpathSync(folder)) ?? [];
  return name && commit
    ? `${text}: \`hf download ${name.replace('--', '/')} --revision ${commit}\` fetches what is missing`
    : `${text}: put it there`;
}

/** Of PyTorch's archives, whose table of contents is the end; older files have none. */
function isCutOff(file: string, size: number): boolean {
  if (textAt(file, 0, 4) !== 'PK\x03\x04') return false;
  const end = Math.min(size, 65_557);
  return !textAt(file, size - end, end).includes('PK\x05\x06');
}

function textAt(file: string, position: number, length: number): string {
  const opened = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.toString('latin1', 0, readSync(opened, bytes, 0, length, position));
  } finally {
    closeSync(opened);
  }
}
