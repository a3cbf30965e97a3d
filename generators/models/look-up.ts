import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onlyAdapter } from './adapter.ts';
import { readConfig } from './config.ts';
import type { ModelFacts } from './facts.ts';
import { whyNoModel } from './folder.ts';
import { ask } from './hub.ts';
import { isObject, parsePython } from './json.ts';
import { type Repository, readRepository } from './repository.ts';
import { type Task, taskNames, taskOf } from './tasks.ts';
import { weightsIn } from './weights.ts';
import { lackIn, withoutTokenizer } from './whole.ts';

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
    json = parsePython(readFileSync(join(folder, 'config.json'), 'utf8'));
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
    const weights = weightsIn(folder);
    // sentence-transformers writes it.
    const task = existsSync(join(folder, 'modules.json')) ? 'feature-extraction' : undefined;
    const facts = factsOf(json, { ...weights, task, safetensors: weights?.parameters !== undefined });
    return { facts: { ...facts, warnings: [...facts.warnings, ...besideIt(folder)] } };
  } catch (error) {
    return { problem: (error as Error).message };
  }
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
  const problem = await lackOf(id, repository, env);
  if (problem) return { problem };
  const config = await ask(`/${id}/resolve/${repository.commit}/config.json`, name, env);
  if ('refused' in config) return { problem: config.refused };
  if ('unreachable' in config) return unchecked(config.unreachable, repository.commit);
  if (!isObject(config.json)) return { problem: 'its config.json holds no JSON object' };
  return {
    facts: {
      ...factsOf(config.json, { ...repository, bytes: repository.weightsBytes }),
      commit: repository.commit,
    },
  };
}

/** What a repository on the Hub lacks to be a model. */
async function lackOf(
  id: string,
  { commit, paths }: Repository,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  // A mirror that lists no files is not taken for one without.
  if (!paths.length) return undefined;
  const lack = lackIn(paths);
  const adapter = 'adapter_config.json';
  if (!lack || !paths.includes(adapter)) return lack ?? withoutTokenizer(paths);
  const answer = await ask(`/${id}/resolve/${commit}/${adapter}`, id, env);
  return 'refused' in answer ? answer.refused : onlyAdapter('json' in answer ? answer.json : undefined);
}

/** The architecture says it, but for generators that were trained further to make embeddings. */
function decided(told: Task | undefined, hubTask: string | undefined): Task | undefined {
  const embeds = ['feature-extraction', 'sentence-similarity'].includes(hubTask ?? '');
  if (embeds && (told ?? 'text-generation') === 'text-generation') return 'feature-extraction';
  return told ?? taskNames.find((name) => name === hubTask);
}

/** What files and folders tell beside config.json. */
interface Around {
  readonly bytes?: number | undefined;
  readonly parameters?: number | undefined;
  readonly task?: string | undefined;
  readonly safetensors: boolean;
}

function factsOf(json: unknown, { bytes, parameters, task: hubTask, safetensors }: Around): ModelFacts {
  const config = readConfig(json);
  const told = taskOf(json);
  const task = decided('task' in told ? told.task : undefined, hubTask);
  const warnings = [
    ...('reason' in told && !task ? [`what the model is for cannot be told: ${told.reason}`] : []),
    ...(bytes && !safetensors
      ? ['its weights are pickles, which can run code when they are loaded: prefer a model in safetensors']
      : []),
  ];
  return {
    warnings,
    ...(task && { task }),
    ...(config && { config }),
    // Packed numbers count as one: of quantised models only the bytes tell.
    ...(parameters && !config?.quantized && { parameters }),
    ...(bytes && { weightsBytes: bytes }),
  };
}
