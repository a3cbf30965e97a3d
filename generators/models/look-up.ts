import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onlyAdapter } from './adapter.ts';
import { type ModelConfig, readConfig } from './config.ts';
import type { ModelFacts } from './facts.ts';
import { whyNoModel } from './folder.ts';
import { ask } from './hub.ts';
import { isObject, type Json, parsePython } from './json.ts';
import { packedIn, severalInOne } from './number-types.ts';
import { ownCodeOf } from './own-code.ts';
import { countParameters, total } from './parameters.ts';
import { type Repository, readRepository } from './repository.ts';
import { billions } from './served-weights.ts';
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
    const facts = factsOf(json, {
      ...weights,
      task,
      safetensors: weights?.parameters !== undefined,
      quantization: jsonIn(folder, quantizationFile),
      tokenizer: jsonIn(folder, tokenizerFile),
    });
    if ('problem' in facts) return facts;
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
  const beside = async (file: string) => {
    if (!repository.paths.includes(file)) return undefined;
    const answer = await ask(`/${id}/resolve/${repository.commit}/${file}`, name, env);
    return 'json' in answer ? answer.json : undefined;
  };
  const facts = factsOf(config.json, {
    ...repository,
    bytes: repository.weightsBytes,
    quantization: await beside(quantizationFile),
    tokenizer: await beside(tokenizerFile),
  });
  return 'problem' in facts ? facts : { facts: { ...facts, commit: repository.commit } };
}

/** ModelOpt writes there how it has quantised, and nothing into config.json. */
const quantizationFile = 'hf_quant_config.json';
const tokenizerFile = 'tokenizer_config.json';

/** Undefined where there is none, or none that is of use. */
function jsonIn(folder: string, file: string): unknown {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  try {
    return parsePython(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`its ${file} cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
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

/** The architecture says it, but for models that were trained further for something else. */
function decided(told: Task | undefined, hubTask: string | undefined): Task | undefined {
  const embeds = ['feature-extraction', 'sentence-similarity'].includes(hubTask ?? '');
  if (embeds && (told ?? 'text-generation') === 'text-generation') return 'feature-extraction';
  const zeroShot = 'zero-shot-classification';
  if (hubTask === zeroShot && (told ?? 'text-classification') === 'text-classification') return zeroShot;
  return told ?? taskNames.find((name) => name === hubTask);
}

/** What files and folders tell beside config.json. */
interface Around {
  readonly bytes?: number | undefined;
  readonly parameters?: number | undefined;
  readonly types?: Readonly<Record<string, number>> | undefined;
  readonly task?: string | undefined;
  readonly safetensors: boolean;
  /** What hf_quant_config.json and tokenizer_config.json hold. */
  readonly quantization?: unknown;
  readonly tokenizer?: unknown;
}

function factsOf(json: Json, around: Around): ModelFacts | { readonly problem: string } {
  const { bytes, parameters, types, task: hubTask, safetensors } = around;
  const config = readConfig(withQuantization(json, around.quantization));
  const told = taskOf(json, hubTask);
  if ('notServed' in told) return { problem: told.notServed };
  const task = decided('task' in told ? told.task : undefined, hubTask);
  const packed = types && !config?.quantized ? packedIn(types) : undefined;
  if (packed && severalInOne.test(packed)) return { problem: packedUnsaid(packed) };
  const ownCode = ownCodeOf(json, around.tokenizer);
  const warnings = [
    ...('reason' in told && !task ? [`what the model is for cannot be told: ${told.reason}`] : []),
    ...('note' in told && told.note ? [told.note] : []),
    ...(packed
      ? [
          `its weights are ${packed} numbers for a good part, and its config.json says nothing of how they are quantised: whether the serving stack reads them is not known`,
        ]
      : []),
    ...fewer(config, !config?.quantized && !packed ? parameters : undefined),
    ...(bytes && !safetensors
      ? ['its weights are pickles, which can run code when they are loaded: prefer a model in safetensors']
      : []),
  ];
  return {
    warnings,
    ...(task && { task }),
    ...(config && { config }),
    ...(ownCode && { ownCode }),
    // Packed numbers count as one: of quantised models only the bytes tell.
    ...(parameters && !config?.quantized && !packed && { parameters }),
    ...(packed && { packed }),
    ...(bytes && { weightsBytes: bytes }),
  };
}

/** Of plain weights: fewer than its config.json makes. */
function fewer(config: ModelConfig | undefined, parameters: number | undefined): string[] {
  const counted = config && !config.unknownType ? countParameters(config) : undefined;
  if (!counted || 'unknown' in counted || !parameters || parameters > 0.8 * total(counted)) return [];
  const [there, made] = [parameters, total(counted)].map(billions);
  return [
    `its files hold ${there} parameters, and its config.json makes ${made}: whether some are missing is not known`,
  ];
}

function packedUnsaid(type: string): string {
  return `its weights are packed into ${type} numbers, and its config.json does not say how, so that they would be taken for plain ones: write quantization_config into it, with the quant_method ("gptq", "awq", …) and what the tool that made them has written beside it, such as quantize_config.json`;
}

function withQuantization(json: Json, beside: unknown): Json {
  const said = [json, json.text_config].some((part) => isObject(part) && isObject(part.quantization_config));
  return said || !isObject(beside) ? json : { ...json, quantization_config: beside };
}
