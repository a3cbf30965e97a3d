import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../settings/small-file.ts';
import { onlyAdapter } from './adapter.ts';
import type { ModelFacts } from './facts.ts';
import { factsOf, headFile } from './facts-of.ts';
import { transformerIn, whyNoModel } from './folder.ts';
import { ask } from './hub.ts';
import { isObject, parsePython } from './json.ts';
import { type Repository, readRepository } from './repository.ts';
import {
  below,
  besideModules,
  filesOfModules,
  folderInModules,
  modulesFile,
  pathsBelow,
  readSentenceModel,
  unservedModules,
} from './sentences.ts';
import { weightsIn } from './weights.ts';
import { lackIn, tokenizerOfOthers, withoutTokenizer } from './whole.ts';

/** Where a model can be looked at. */
export type Where = { readonly hub: string; readonly revision?: string } | { readonly folder: string };

/** What was found, or why the model cannot be used as it is named. */
export interface Found {
  readonly facts?: ModelFacts;
  readonly problem?: string;
}

/**
 * Looks at a model without loading it: config.json, and the sizes of its weights. A Hub that cannot be reached is no
 * problem, but a warning. Variables as huggingface_hub has them: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE.
 */
export async function lookUp(where: Where, env: NodeJS.ProcessEnv = process.env): Promise<Found> {
  return 'hub' in where ? onHub(where.hub, where.revision, env) : inFolder(where.folder);
}

function inFolder(folder: string): Found {
  let json: unknown;
  try {
    const problem = whyNoModel(folder);
    if (problem) return { problem };
    json = parsePython(
      String(readSmallFile(join(folder, transformerIn(folder), 'config.json'), 'its config.json')),
    );
  } catch (error) {
    return {
      problem:
        error instanceof SyntaxError
          ? 'its config.json is not valid JSON'
          : `cannot be read: ${(error as Error).message}`,
    };
  }
  if (!isObject(json)) return { problem: 'its config.json holds no JSON object' };
  try {
    const inside = join(folder, transformerIn(folder));
    const weights = weightsIn(inside);
    const sentences = existsSync(join(folder, modulesFile))
      ? readSentenceModel((path) => jsonIn(folder, path))
      : undefined;
    if (sentences && 'problem' in sentences) return sentences;
    const facts = factsOf(json, {
      ...weights,
      sentences,
      lostModules: lostModules((path) => existsSync(join(folder, path))),
      withHead: existsSync(join(folder, headFile)),
      safetensors: weights?.parameters !== undefined,
      quantization: jsonIn(inside, quantizationFile),
      tokenizer: jsonIn(inside, tokenizerFile),
    });
    if ('problem' in facts) return facts;
    const warnings = [...facts.warnings, ...besideIt(folder)];
    return { facts: { ...facts, ...tokenizerIn(readdirSync(inside)), warnings } };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function lostModules(isThere: (path: string) => boolean): boolean {
  return !isThere(modulesFile) && besideModules.some(isThere);
}

function tokenizerIn(paths: readonly string[]): Pick<ModelFacts, 'tokenizerFile'> {
  const tokenizerFile = tokenizerOfOthers(paths);
  return tokenizerFile === undefined ? {} : { tokenizerFile };
}

function besideIt(folder: string): string[] {
  return existsSync(join(folder, 'adapter_config.json'))
    ? ['beside the model lies an adapter (adapter_config.json): it is no part of it, and not served']
    : [];
}

async function onHub(id: string, revision: string | undefined, env: NodeJS.ProcessEnv): Promise<Found> {
  const at = revision ?? 'main';
  const name = revision ? `${id}@${revision}` : id;
  // Only a whole commit stays what it is when nobody can be asked.
  const given = /^[0-9a-f]{40}$/.test(at) ? at : undefined;
  const unchecked = (reason: string, commit = given): Found => ({
    facts: {
      warnings: [
        `${name} could not be looked up: ${reason}. Whether it exists, what it is for and whether it fits the instance was not checked${commit ? '' : `, and its revision is not pinned: it is whatever ${at} is on the day (give ${id}@<commit>)`}`,
      ],
      ...(commit && { commit }),
    },
  });
  const about = await ask(`/api/models/${id}/revision/${encodeURIComponent(at)}?blobs=true`, name, env);
  if ('refused' in about) return { problem: about.refused };
  if ('unreachable' in about) return unchecked(about.unreachable);
  const repository = readRepository(about.json);
  if (!repository) return unchecked('the answer has no commit in it');
  const fetched = async (file: string) => {
    if (!repository.paths.includes(file)) return undefined;
    const answer = await ask(`/${id}/resolve/${repository.commit}/${file}`, name, env);
    return 'json' in answer ? answer.json : undefined;
  };
  const modules = await fetched(modulesFile);
  const unserved = unservedModules(modules);
  if (unserved) return { problem: unserved };
  const folder = folderInModules(modules);
  const problem = await lackOf(id, repository, folder, env);
  if (problem) return { problem };
  const sentences = await sentencesOf(modules, repository.paths, fetched);
  if (sentences && 'problem' in sentences) return sentences;
  const config = await ask(`/${id}/resolve/${repository.commit}/${below(folder, 'config.json')}`, name, env);
  if ('refused' in config) return { problem: config.refused };
  if ('unreachable' in config) return unchecked(config.unreachable, repository.commit);
  if (!isObject(config.json)) return { problem: 'its config.json holds no JSON object' };
  const weights = folder ? readRepository(about.json, folder) : undefined;
  const { weightsBytes: bytes, ...around } = weights ?? repository;
  const facts = factsOf(config.json, {
    ...around,
    bytes,
    sentences,
    lostModules: lostModules((path) => repository.paths.includes(path)),
    withHead: repository.paths.includes(headFile),
    withoutModules: repository.paths.length > 0 && !repository.paths.includes(modulesFile),
    quantization: await fetched(below(folder, quantizationFile)),
    tokenizer: await fetched(below(folder, tokenizerFile)),
  });
  if ('problem' in facts) return facts;
  const files = pathsBelow(folder, repository.paths);
  return { facts: { ...facts, ...tokenizerIn(files), commit: repository.commit } };
}

/** Undefined without a modules.json. */
async function sentencesOf(
  modules: unknown,
  paths: readonly string[],
  fetched: (file: string) => Promise<unknown>,
) {
  if (modules === undefined) return undefined;
  const files = new Map<string, unknown>([[modulesFile, modules]]);
  const look = async (file: string) =>
    files.set(file, (await fetched(file)) ?? (paths.includes(file) ? null : undefined));
  await Promise.all([...new Set(filesOfModules(modules))].map(look));
  return readSentenceModel((path) => files.get(path));
}

/** ModelOpt writes there how it has quantised, and nothing into config.json. */
const quantizationFile = 'hf_quant_config.json';
const tokenizerFile = 'tokenizer_config.json';

/** Undefined where there is none, or none that is of use. */
function jsonIn(folder: string, file: string): unknown {
  const bytes = readSmallFile(join(folder, file), `its ${file}`);
  try {
    return bytes && parsePython(bytes.toString('utf8'));
  } catch (error) {
    throw new Error(`its ${file} cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** What a repository on the Hub lacks to be a model. */
async function lackOf(
  id: string,
  { commit, paths: all }: Repository,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  // A mirror that lists no files is not taken for one without.
  if (!all.length) return undefined;
  const paths = pathsBelow(folder, all);
  const lack = lackIn(paths);
  const adapter = 'adapter_config.json';
  if (!lack || !paths.includes(adapter)) return lack ?? withoutTokenizer(paths);
  const answer = await ask(`/${id}/resolve/${commit}/${adapter}`, id, env);
  return 'refused' in answer ? answer.refused : onlyAdapter('json' in answer ? answer.json : undefined);
}
