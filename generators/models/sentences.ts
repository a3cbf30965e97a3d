import { facts } from '../serving-facts.ts';
import { isObject, type Json } from './json.ts';
import { encodesAndDecodes, type Task } from './tasks.ts';

/** Where sentence-transformers lists what a model is made of. */
export const modulesFile = 'modules.json';

const wholeFile = 'config_sentence_transformers.json';

/** Files that go with it. */
export const besideModules = [wholeFile, 'sentence_bert_config.json', '1_Pooling/config.json'] as const;

const { modules: served, poolings, configs, ofModel, loadedWith, encoders } = facts.sentences;

interface Module {
  /** Its class, with the package before it. */
  readonly type: string;
  /** Its folder below the model's; empty for that itself. */
  readonly path: string;
}

/** What a model of sentence-transformers is for, and the folder below its own that holds config.json and the weights. */
export interface SentenceModel {
  readonly task: Extract<Task, 'feature-extraction' | 'text-classification'>;
  readonly folder: string;
}

/** What a file below the model's folder holds; undefined where there is no such file, null where it cannot be asked for. */
type Read = (path: string) => unknown;

/** The modules of a modules.json; undefined where it lists none. */
function modulesOf(json: unknown): readonly Module[] | undefined {
  const modules = (Array.isArray(json) ? json : []).map(asObject).flatMap(({ type, path }) => {
    const below = typeof path === 'string' && !path.startsWith('/') && !path.split('/').includes('..');
    const parts = below ? path.split('/').filter((part) => part && part !== '.') : [];
    return typeof type === 'string' && below ? [{ type, path: parts.join('/') }] : [];
  });
  return modules.length && modules.length === (json as unknown[]).length ? modules : undefined;
}

/** The folder of its transformer: empty where modules.json names none below the model's own. */
export function folderInModules(json: unknown): string {
  return modulesOf(json)?.[0]?.path ?? '';
}

/** The files that tell more than its modules.json does, whether they are there or not. */
export function filesOfModules(json: unknown): readonly string[] {
  const modules = modulesOf(json) ?? [];
  const own = configs.map((name) => below(modules[0]?.path ?? '', name));
  return [wholeFile, ...own, ...modules.slice(1).map(({ path }) => below(path, 'config.json'))];
}

export function below(folder: string, name: string): string {
  return folder ? `${folder}/${name}` : name;
}

/** Those of the paths that lie below a folder, as seen from there. */
export function pathsBelow(folder: string, paths: readonly string[]): readonly string[] {
  const start = below(folder, '');
  return paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
}

/** Why the modules of a modules.json are not served, whatever else is there; undefined where they may be. */
export function unservedModules(json: unknown): string | undefined {
  const modules = modulesOf(json);
  return modules && unknownIn(modules);
}

/** Reads a model whose modules.json is there; or says what in it is not served as the library does it, in a sentence. */
export function readSentenceModel(read: Read): SentenceModel | { readonly problem: string } {
  const modules = modulesOf(read(modulesFile));
  if (!modules) return { problem: `its ${modulesFile} is no list of modules` };
  const whole = asObject(read(wholeFile));
  const kind = whole.model_type ?? 'SentenceTransformer';
  const scores = kind === 'CrossEncoder';
  const problem =
    unknownIn(modules) ??
    (scores || kind === 'SentenceTransformer'
      ? undefined
      : `it is a ${text(kind)} of sentence-transformers, which makes no vectors of texts`) ??
    (scores ? (wrongScores(modules) ?? wrongActivation(whole.activation_fn)) : wrongChain(modules, read)) ??
    wrongText(modules[0]?.path ?? '', scores, read);
  if (problem) return { problem };
  return { task: scores ? 'text-classification' : 'feature-extraction', folder: modules[0]?.path ?? '' };
}

/** Each has a file that is asked for: no model has more than a handful. */
const mostModules = 16;

function unknownIn(modules: readonly Module[]): string | undefined {
  if (modules.length > mostModules)
    return `its ${modulesFile} lists ${modules.length} modules: models of ${mostModules} at most are served`;
  const own = modules.find(({ type }) => !type.startsWith('sentence_transformers.'));
  if (own) return `its ${modulesFile} names ${text(own.type)}, code of the model's own, which is never run`;
  const unknown = kindsOf(modules).find((kind) => !served.includes(kind));
  return unknown === undefined
    ? undefined
    : `its ${modulesFile} names the module ${text(unknown)}, which is not served: ${served.join(', ')} are`;
}

function kindsOf(modules: readonly Module[]): string[] {
  return modules.map(({ type }) => type.split('.').at(-1) as string);
}

function wrongScores(modules: readonly Module[]): string | undefined {
  const kinds = kindsOf(modules);
  return kinds.join() === 'Transformer'
    ? undefined
    : `its ${modulesFile} lists ${kinds.join(', ')}: of CrossEncoders, those are served that are one Transformer`;
}

function wrongChain(modules: readonly Module[], read: Read): string | undefined {
  const kinds = kindsOf(modules);
  const [first, second, ...others] = served;
  if (kinds[0] !== first || kinds[1] !== second || !kinds.slice(2).every((kind) => others.includes(kind)))
    return `its ${modulesFile} lists ${kinds.join(', ')}: one ${first} and one ${second} are served, and after them any of ${others.join(', ')}`;
  const rest = modules.slice(1).map(({ path }, number) => ({ path, kind: kinds[number + 1] ?? '' }));
  const without = rest.find(
    ({ path, kind }) => withConfig.includes(kind) && read(below(path, 'config.json')) === undefined,
  );
  if (without)
    return `it holds no ${below(without.path, 'config.json')}, which says what its ${without.kind} does: fetch or save the model with all of its folders`;
  const [pooling, ...after] = rest.map(({ path }) => ({
    path,
    config: asObject(read(below(path, 'config.json'))),
  }));
  return (pooling && wrongPooling(pooling)) ?? after.map(wrongAfter).find((problem) => problem !== undefined);
}

/** Modules that are nothing without what their config.json says. */
const withConfig = ['Pooling', 'Dense', 'LayerNorm'];

/** One of them stands in what the library wrote of a Pooling. */
const dimensions = ['embedding_dimension', 'word_embedding_dimension'];

function wrongPooling({
  path,
  config,
}: {
  readonly path: string;
  readonly config: Json;
}): string | undefined {
  const mode = config.pooling_mode ?? [];
  const flags = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  const known: readonly string[] = [...Object.keys(poolings), ...Object.values(poolings)];
  const unknown = [mode]
    .flat()
    .concat(flags)
    .find((name) => !known.includes(String(name)));
  if (unknown === undefined && !dimensions.some((key) => key in config))
    return `its ${below(path, 'config.json')} names no ${dimensions[0]}, without which the library refuses it: fetch or save it again`;
  return unknown === undefined
    ? undefined
    : `its pooling is ${text(unknown)}, which is not served: ${Object.keys(poolings).join(', ')} are`;
}

function wrongAfter({ path, config }: { readonly path: string; readonly config: Json }): string | undefined {
  const { activation_function: activation, module_input_name: from, module_output_name: to } = config;
  const other = [from, to].find((name) => name && name !== 'sentence_embedding');
  if (other) return `its ${path} is for ${text(other)}, and not for vectors of texts`;
  return wrongActivation(activation);
}

function wrongActivation(activation: unknown): string | undefined {
  return activation === undefined || activation === null || String(activation).startsWith('torch.nn.')
    ? undefined
    : `its activation function ${text(activation)} is none of torch.nn that takes no settings, and no other code is run`;
}

/** Why a classifier's scores are not served, which its config.json says as a CrossEncoder; undefined where they are. */
export function wrongScoresOf(config: Json): string | undefined {
  const { sentence_transformers: own, sbert_ce_default_activation_function: older } = config;
  return wrongActivation(asObject(own).activation_fn ?? older);
}

/** What the settings of the Transformer ask for that is not served. */
function wrongText(folder: string, scores: boolean, read: Read): string | undefined {
  const path = configs.map((name) => below(folder, name)).find((name) => read(name) !== undefined);
  const config = asObject(path && read(path));
  const method = { method: 'forward', method_output_name: scores ? 'logits' : 'last_hidden_state' };
  const only: Json = {
    transformer_task: scores ? 'sequence-classification' : 'feature-extraction',
    modality_config: { text: method },
    processing_kwargs: {},
    tokenizer_name_or_path: null,
  };
  const other = Object.keys(only).find((key) => config[key] && !same(config[key], only[key]));
  if (other)
    return `its ${path} sets ${other} to ${text(JSON.stringify(config[other]))}, which is not served`;
  const options = ofModel.flatMap((key) => Object.keys(asObject(config[key])));
  const unknown = options.find((name) => !loadedWith.includes(name));
  return unknown && `its ${path} has the model loaded with ${text(unknown)}, which is not served`;
}

/** Why the model of a config.json makes no vectors in its place among the modules; undefined where it does. */
export function withDecoder(config: Json): string | undefined {
  return encodesAndDecodes(config) && !encoders.includes(String(config.model_type))
    ? `it has an encoder and a decoder: of such models of sentence-transformers, those of the types ${encoders.join(', ')} are served`
    : undefined;
}

function same(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => same(one[key], other[key]));
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** Of a file that others have written, which may be long. */
function text(value: unknown): string {
  return String(value).slice(0, 200);
}
