import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { refuseLinkOut } from '../settings/links.ts';
import { readSmallFile } from '../settings/small-file.ts';
import { type AdapterConfig, besideMatrices, merge, readAdapterConfig, shown } from './adapter.ts';
import type { ModelFacts } from './facts.ts';
import { ask } from './hub.ts';
import { isObject, parsePython } from './json.ts';
import { parseModelName } from './names.ts';
import { headerOf } from './weights.ts';

/** A LoRA adapter as it is given: NAME=PLACE. */
interface Named {
  readonly name: string;
  readonly place: string;
}

/** Where it is. */
export type AdapterPlace =
  | { readonly folder: string }
  | { readonly hub: string; readonly revision?: string }
  | { readonly s3: string };

/** What was found of one, or why it cannot be used. */
type FoundAdapter =
  | {
      readonly rank?: number;
      readonly commit?: string;
      readonly beyondPlain?: string;
      readonly warnings: readonly string[];
    }
  | { readonly problem: string };

/** What requests call the model without an adapter. */
const reserved = 'model';

/** The most that vLLM takes. */
const highestRank = 512;

export const adapterFiles = [
  'adapter_config.json',
  'adapter_model.safetensors',
  'adapter_model.bin',
] as const;

/** Undefined where it is no NAME=PLACE. */
export function parseAdapter(text: string): Named | undefined {
  const [, name = '', place = ''] = /^(\w[\w.-]{0,62})=([^\p{Cc}]+)$/u.exec(text) ?? [];
  return name && name !== reserved ? { name, place } : undefined;
}

export const noPlace = 'neither a folder, nor an id on the Hugging Face Hub, nor s3://bucket/prefix/';

/** A path wins where something lies there; undefined for what is no place. */
export function placeOfAdapter(place: string, fullPath: (path: string) => string): AdapterPlace | undefined {
  const folder = fullPath(place);
  if (/^[./~]/.test(place) || existsSync(folder)) return { folder };
  const name = parseModelName(place);
  if ('id' in name) return { hub: name.id, ...(name.revision && { revision: name.revision }) };
  return 'uri' in name && !name.archive ? { s3: name.uri } : undefined;
}

/** Of s3://…, or a Hub out of reach: what most have. */
const usualRank = 16;

/** Looks at adapters without loading them, and whether they go with the model. */
export async function lookUpAdapters(
  texts: readonly string[],
  {
    pathOf,
    model,
    modelName,
    env = process.env,
  }: {
    readonly pathOf: (path: string) => string;
    readonly model?: ModelFacts;
    readonly modelName?: string;
    readonly env?: NodeJS.ProcessEnv;
  },
): Promise<
  | (Required<Pick<ModelFacts, 'adapters' | 'adapterCommits' | 'warnings'>> & Pick<ModelFacts, 'notPlain'>)
  | { readonly problems: readonly { readonly text: string; readonly problem: string }[] }
> {
  const id = modelName?.replace(/@.*/s, '');
  const all = await Promise.all(
    texts.map(async (text) => {
      const { name, place: given } = parseAdapter(text) ?? { name: '', place: '' };
      const place = placeOfAdapter(given, pathOf);
      const found: FoundAdapter = place ? await lookUpAdapter(place, model, id, env) : { problem: noPlace };
      return { text, name, found };
    }),
  );
  const problems = all.flatMap(({ text, found }) => ('problem' in found ? [{ text, ...found }] : []));
  if (problems.length) return { problems };
  const good = all.flatMap(({ name, found }) => ('problem' in found ? [] : [{ name, ...found }]));
  const notPlain = all.flatMap(({ text, found }) =>
    'beyondPlain' in found && found.beyondPlain ? [`${shown(text)}: ${found.beyondPlain}`] : [],
  );
  return {
    ...(notPlain.length && { notPlain }),
    adapters: { count: good.length, rank: Math.max(...good.map(({ rank = usualRank }) => rank)) },
    adapterCommits: Object.fromEntries(good.flatMap(({ name, commit }) => (commit ? [[name, commit]] : []))),
    warnings: good.flatMap(({ warnings }) => warnings),
  };
}

async function lookUpAdapter(
  place: AdapterPlace,
  model: ModelFacts | undefined,
  modelId: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<FoundAdapter> {
  if ('s3' in place) return { warnings: [`what lies in ${place.s3} was not looked at`] };
  return 'folder' in place ? inFolder(place.folder, model, modelId) : onHub(place, modelId, env);
}

function inFolder(folder: string, model: ModelFacts | undefined, modelId: string | undefined): FoundAdapter {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return { problem: `there is no such folder (looked for ${resolve(folder)})` };
  try {
    for (const name of adapterFiles.filter((one) => existsSync(join(folder, one)))) {
      refuseLinkOut(folder, name);
      if (!statSync(join(folder, name)).isFile()) return { problem: `its ${name} is no file` };
    }
    const config = readSmallFile(join(folder, adapterFiles[0]), `its ${adapterFiles[0]}`);
    if (!config)
      return {
        problem: `${folder} holds no adapter_config.json: give the folder that save_pretrained of PEFT wrote`,
      };
    const found = withConfig(parsePython(config.toString('utf8')), modelId);
    if ('problem' in found) return found;
    if (existsSync(join(folder, adapterFiles[1]))) refuseOtherShapes(folder, model);
    else if (!existsSync(join(folder, adapterFiles[2])))
      return { problem: `${folder} holds no weights: adapter_model.safetensors, or adapter_model.bin` };
    return found;
  } catch (error) {
    return {
      problem:
        error instanceof SyntaxError ? 'its adapter_config.json is not valid JSON' : (error as Error).message,
    };
  }
}

async function onHub(
  { hub, revision = 'main' }: { readonly hub: string; readonly revision?: string },
  modelId: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<FoundAdapter> {
  const name = `${hub}@${revision}`;
  const unseen = (reason: string): FoundAdapter => ({
    warnings: [
      `the adapter ${name} could not be looked up: ${reason}. Whether it goes with the model was not checked`,
    ],
  });
  const about = await ask(`/api/models/${hub}/revision/${encodeURIComponent(revision)}`, name, env);
  if ('refused' in about) return { problem: about.refused };
  if ('unreachable' in about) return unseen(about.unreachable);
  const { json } = about;
  if (!isObject(json) || typeof json.sha !== 'string' || !/^[0-9a-f]{40}$/.test(json.sha))
    return unseen('the answer has no commit in it');
  const config = await ask(`/${hub}/resolve/${json.sha}/${adapterFiles[0]}`, name, env);
  if ('refused' in config)
    return { problem: `it holds no adapter_config.json that can be read: ${config.refused}` };
  if ('unreachable' in config) return unseen(config.unreachable);
  try {
    return { ...withConfig(config.json, modelId), commit: json.sha };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function withConfig(json: unknown, modelId: string | undefined): FoundAdapter {
  const config = readAdapterConfig(json);
  const why = whyNotServed(config);
  if (why) return { problem: `${why}: ${merge}` };
  const { base, rank, beyondPlain } = config;
  const other = base && modelId && base.toLowerCase() !== modelId.toLowerCase() && !/^[./~]/.test(base);
  return {
    ...(rank && { rank }),
    ...(beyondPlain && { beyondPlain }),
    warnings: other
      ? [
          `an adapter for ${shown(base)} is served on ${modelId}: where those are different models, its answers mean nothing`,
        ]
      : [],
  };
}

function whyNotServed({ type, rank, unserved }: AdapterConfig): string | undefined {
  if (type !== 'LORA') return `it is an adapter of ${shown(type)}, and the engines serve LoRA alone`;
  if (unserved) return `${unserved}, which the engines do not serve`;
  if (!rank) return 'its adapter_config.json says no rank ("r")';
  return rank > highestRank ? `its rank is ${rank}, and vLLM takes ${highestRank} at most` : undefined;
}

/** Modules whose input is the stream of hidden states. */
const fromHidden =
  /(^|\.)(q_proj|k_proj|v_proj|gate_proj|up_proj|query_key_value|c_attn)\.lora_A\.(default\.)?weight$/;

/** Throws an Error where the matrices are for a model of another size. */
function refuseOtherShapes(folder: string, model: ModelFacts | undefined): void {
  const { json } = headerOf(folder, adapterFiles[1]);
  const { hiddenSize, layers } = model?.config ?? {};
  if (!isObject(json)) throw new Error('adapter_model.safetensors: its header is no JSON object');
  const all = Object.keys(json).filter((name) => name !== '__metadata__');
  const names = all.filter((name) => /\.lora_(embedding_)?[AB](\.|$)/.test(name));
  if (!names.length) throw new Error('adapter_model.safetensors holds no matrices of LoRA');
  const beside = besideMatrices(all);
  if (beside) throw new Error(`${beside}: ${merge}`);
  for (const name of names) {
    const layer = Number(/\.(?:layers|h|blocks)\.(\d+)\./.exec(name)?.[1] ?? 0);
    if (layers && layer >= layers)
      throw new Error(
        `it is for another model: it has matrices for layer ${layer + 1}, and the model has ${layers} layers`,
      );
    const tensor = json[name];
    const width = isObject(tensor) && Array.isArray(tensor.shape) ? tensor.shape[1] : undefined;
    if (hiddenSize && fromHidden.test(name) && Number.isSafeInteger(width) && width !== hiddenSize)
      throw new Error(
        `it is for another model: ${shown(name)} takes ${width} numbers, and the model's hidden states have ${hiddenSize}`,
      );
  }
}
