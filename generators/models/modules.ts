import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from './hub.ts';
import { isObject } from './json.ts';
import type { Where } from './look-up.ts';
import { headerOf } from './weights.ts';

const index = 'model.safetensors.index.json';
const single = 'model.safetensors';

/**
 * The names of a model's modules at any depth, such as `layers`, `self_attn` and `q_proj`, by those of its tensors.
 * Undefined where they are not to be had without its weights: those of one file on the Hub, and pickles.
 */
export async function modulesOf(
  where: Where,
  commit: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<ReadonlySet<string> | undefined> {
  const names = 'hub' in where ? await onHub(where.hub, commit, env) : inFolder(where.folder);
  return names && new Set(names.flatMap((name) => name.split('.')));
}

function inFolder(folder: string): readonly string[] | undefined {
  if (existsSync(join(folder, single))) return Object.keys(Object(headerOf(folder, single).json));
  const file = join(folder, index);
  return existsSync(file) ? namesIn(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

async function onHub(
  id: string,
  commit: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<readonly string[] | undefined> {
  if (!commit) return undefined;
  const answer = await ask(`/${id}/resolve/${commit}/${index}`, id, env);
  return 'json' in answer ? namesIn(answer.json) : undefined;
}

function namesIn(json: unknown): readonly string[] | undefined {
  return isObject(json) && isObject(json.weight_map) ? Object.keys(json.weight_map) : undefined;
}
