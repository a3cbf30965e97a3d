import { existsSync, fstatSync } from 'node:fs';
import { chmod, mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { copy } from '../../copy.ts';
import { isPart, neededOf } from '../../models/needed.ts';
import { modulesFile } from '../../models/sentences.ts';
import { WorkError } from '../../settings/problems.ts';
import type { Conditions } from './container.ts';

/** The name under which SageMaker knows a model of a multi-model endpoint: it means nothing. */
export const multiModelName = 'd41d8cd98f00b204e9800998ecf8427e';

/** Beside it, what is no model: a folder with nothing in it, and one with every file cut to half. */
export const brokenModels = { empty: 'empty', half: 'half' } as const;

/**
 * Lays a model directory out below a folder, as SageMaker does: readable to all and writable to nobody, but for those
 * whom the folder itself keeps out. With several models, the model lies in a folder of its own, and the usual one is empty.
 */
export async function layModel(
  given: string | undefined,
  folder: string,
  { model, modelWritable }: Conditions,
): Promise<{ readonly model: string; readonly models: string }> {
  const laid = { model: join(folder, 'model'), models: join(folder, 'models') };
  for (const path of Object.values(laid)) await mkdir(path, { recursive: true });
  if (given === undefined || model === 'missing') return laid;
  const write = modelWritable === true ? 0o222 : 0;
  const lay = async (target: string, isWhole: boolean) => {
    for (const file of await filesOf(given)) {
      const [from, to] = [join(given, file), join(target, file)];
      await mkdir(dirname(to), { recursive: true });
      if (isWhole) await copy(from, to);
      else await copyHalf(from, to);
      await chmod(to, 0o444 | write);
    }
  };
  if (model === 'several') {
    const ofModel = (name: string) => join(laid.models, name, 'model');
    await lay(ofModel(multiModelName), true);
    await lay(ofModel(brokenModels.half), false);
    await mkdir(ofModel(brokenModels.empty), { recursive: true });
  } else await lay(laid.model, model !== 'corrupt');
  for (const top of Object.values(laid)) {
    for (const entry of await readdir(top, { recursive: true, withFileTypes: true }))
      if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o555 | write);
    await chmod(top, 0o555 | write);
  }
  return laid;
}

/** Paths of the files in a folder; of one with weights, those that are uploaded with it. Throws WorkError for what no archive of SageMaker can hold. */
async function filesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  const holdsWeights = ['config.json', modulesFile].some((name) => existsSync(join(folder, name)));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || (holdsWeights && !isPart(relative(folder, path)))) continue;
    // A link is followed: what it points to is what is uploaded.
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile())
      throw new WorkError(`${path} is neither a file nor a link to one: a model's archive cannot hold it`);
    files.push(relative(folder, path));
  }
  return holdsWeights ? [...neededOf(files)] : files;
}

/** What an interrupted upload leaves. */
async function copyHalf(from: string, to: string): Promise<void> {
  const half = Math.min(Math.floor((await stat(from)).size / 2), 16 * 1024 * 1024);
  const file = await open(from);
  const { buffer } = await file.read(Buffer.alloc(half), 0, half, 0).finally(() => file.close());
  await writeFile(to, buffer);
}

/** A file's size and time of change, by its path in the folder. */
type Snapshot = ReadonlyMap<string, string>;

export async function snapshot(folder: string, ignored?: RegExp): Promise<Snapshot> {
  const seen = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (ignored?.test(name) || (await isOurOutput(path))) continue;
    const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
    // A folder's own size and time change with what is in it.
    seen.set(name, entry.isDirectory() ? '' : `${size} ${mtimeMs}`);
  }
  return seen;
}

/** Where our own output goes, if it goes to a file. */
async function isOurOutput(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return [1, 2].some((stream) => {
    const { ino, dev } = fstatSync(stream);
    return found?.ino === ino && found.dev === dev;
  });
}

/** Paths that are not as they were. */
export const changed = (before: Snapshot, after: Snapshot): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
