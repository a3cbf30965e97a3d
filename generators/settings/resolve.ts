import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { safeParse } from 'zod/mini';
import { merge } from '../models/adapter.ts';
import { lookUpAdapters } from '../models/adapters.ts';
import type { KnownModel, ModelFacts } from '../models/facts.ts';
import { readMlflow } from '../models/mlflow.ts';
import { frameworks, servers } from '../registry.ts';
import { readRecord } from '../render/record.ts';
import type { SampleData } from '../sample-data/sample-data.ts';
import { schemaFile } from '../sample-data/schema-file.ts';
import { descriptions, keys, mayBeEmpty } from './descriptions.ts';
import { placeOf } from './model-files.ts';
import { outside } from './outside.ts';
import { fullPath } from './paths.ts';
import { applies } from './possible.ts';
import { didYouMean, type Problem, shown, UsageError } from './problems.ts';
import { brokenRules } from './rules.ts';
import { allowedChoices, isYesNo, type Key, type Settings, schemaOf, typed, type Values } from './schema.ts';
import { readScript, type Script } from './script.ts';
import { collect, type Given, type GivenValues, type Surroundings } from './sources.ts';

/** What was given, checked value by value. */
export interface Draft {
  /** The right values. A setting that was given wrongly is in `given` and not here. */
  readonly values: Values;
  readonly given: GivenValues;
  /** What was asked for before, and not given. */
  readonly leftEmpty: readonly Key[];
  readonly ambient: GivenValues;
  readonly problems: readonly Problem[];
  /** Whether a file that may give settings cannot be read. */
  readonly unread: boolean;
  readonly cwd: string;
  /** What the model itself tells, once it was looked at. */
  readonly facts?: ModelFacts | undefined;
  /** Whether the model need not be there: the project records what is known of it. */
  readonly needsNoModel?: boolean;
  readonly known?: KnownModel | undefined;
  /** What was read of sampleData. */
  readonly sample?: SampleData | undefined;
  /** The script that the answers name, once it was read. */
  readonly script?: Script | undefined;
}

/** Looks at what the answers name: the model, and the script. Throws UsageError when one of them cannot be used. */
export async function learn(draft: Draft): Promise<Draft> {
  return readTheScript(await learnOfModel(draft));
}

async function readTheScript(draft: Draft): Promise<Draft> {
  const { inferenceScript } = draft.values;
  if (draft.script || draft.problems.length || inferenceScript === undefined) return draft;
  try {
    return { ...draft, script: await readScript(fullPath(draft.cwd, inferenceScript)) };
  } catch (error) {
    const { value = inferenceScript, origin = 'your answer' } = draft.given.inferenceScript ?? {};
    throw new UsageError([`inferenceScript: ${shown(value)} (${origin}): ${(error as Error).message}`]);
  }
}

/**
 * In its folder or on the Hub: defaults depend on it, and what can serve it. Where it cannot be used, all else would be
 * said of a model that is not there.
 */
async function learnOfModel(draft: Draft): Promise<Draft> {
  const { framework, modelPath, modelName } = draft.values;
  const { modelIs } = frameworks.get(framework ?? '') ?? {};
  if (draft.facts || draft.problems.length || !modelIs) return draft;
  if (modelIs === 'file') return { ...draft, facts: await columnsBeside(draft) };
  const where = placeOf(draft.cwd, modelPath, modelName);
  const { facts, problem } = where ? await (await import('../models/look-up.ts')).lookUp(where) : {};
  if (!problem) return learnAdapters({ ...draft, ...(facts && { facts }) });
  const key = modelPath === undefined ? 'modelName' : 'modelPath';
  const { value = draft.values[key], origin = 'your answer' } = draft.given[key] ?? {};
  throw new UsageError([`${key}: ${shown(value)} (${origin}): ${problem}`]);
}

/** Looks at the adapters that are to be served with the model. */
async function learnAdapters(draft: Draft): Promise<Draft> {
  const { adapters, modelName } = draft.values;
  if (!adapters?.length) return draft;
  const { origin = 'your answer' } = draft.given.adapters ?? {};
  const found = await lookUpAdapters(adapters, {
    pathOf: (path) => fullPath(draft.cwd, path),
    ...(draft.facts && { model: draft.facts }),
    ...(modelName !== undefined && { modelName }),
  });
  if ('problems' in found)
    throw new UsageError(
      found.problems.map(({ text, problem }) => `adapters: ${shown(text)} (${origin}): ${problem}`),
    );
  const facts = draft.facts ?? { warnings: [] };
  const { warnings, ...others } = found;
  return { ...draft, facts: { ...facts, ...others, warnings: [...facts.warnings, ...warnings] } };
}

/** What lies in a model's folder that tells of its columns. */
async function columnsBeside({ cwd, values }: Draft): Promise<ModelFacts | undefined> {
  const { modelPath, projectDir } = values;
  const folder = modelPath === undefined ? undefined : fullPath(cwd, modelPath);
  if (folder === undefined || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const project = projectDir === undefined ? undefined : fullPath(cwd, projectDir);
  const isInProject = project !== undefined && folder === join(project, dirname(schemaFile));
  // What the generator wrote there came with no model: it is made again, of what it was made of.
  const isOurs = isInProject && (await readRecord(project))?.files[schemaFile] !== undefined;
  if (!isOurs && existsSync(join(folder, basename(schemaFile)))) return { hasSchema: true, warnings: [] };
  return readMlflow(folder);
}

/** Collects all that was given. `earlier` are problems of the command line itself. */
export async function draftSettings(
  surroundings: Surroundings,
  earlier: readonly Problem[] = [],
): Promise<Draft> {
  const { given: all, ambient, problems, unread } = await collect(surroundings);
  const leftEmpty = keys.filter((key) => all[key]?.value === null && mayBeEmpty(key));
  const given: GivenValues = { ...all };
  for (const key of leftEmpty) delete given[key];
  const values: Values = {};
  const wrong: Problem[] = [];
  for (const key of keys) {
    const one = given[key];
    const result = one && parseValue(key, one);
    if (result?.problem) wrong.push(result.problem);
    else if (result) Object.assign(values, { [key]: result.value });
  }
  const { cwd } = surroundings;
  return {
    values,
    given,
    leftEmpty,
    ambient,
    problems: [...earlier, ...problems, ...wrong, ...outside(values, given, cwd)],
    unread,
    cwd,
  };
}

/** Throws UsageError with everything that is wrong so far, before the rest is asked for. */
export function check(draft: Draft): void {
  const { values, given, problems } = draft;
  const all = [...problems, ...broken(draft, values, given)];
  if (all.length) throw new UsageError(all);
}

/** Fills in what nobody gave. Throws UsageError with everything that is wrong or missing. */
export function complete(draft: Draft): Settings {
  const { values, given, ambient, problems, unread, facts } = draft;
  const full: Values = { ...values };
  const all = [...problems];
  // The model is looked at only where nothing is wrong so far.
  const unseen = (key: Key) => given[key] !== undefined && problems.length > 0;
  for (const key of keys) {
    if (full[key] !== undefined || given[key] || !applies(key, full)) continue;
    const { value, problem } = fallback(key, full, draft);
    if (problem) all.push(problem);
    else if (value !== undefined) Object.assign(full, { [key]: value });
    else if (!unread && descriptions[key].required?.(full) && !descriptions[key].toldBy?.some(unseen))
      all.push(missing(key, descriptions[key].toldBy && facts));
  }
  all.push(...broken(draft, full, { ...ambient, ...given }));
  if (all.length) throw new UsageError(all);
  return full as Settings;
}

/** What a setting is when neither a source nor the user says: an ambient variable, else its default. */
export function fallback(
  key: Key,
  values: Values,
  { ambient, cwd, facts }: Pick<Draft, 'ambient' | 'cwd' | 'facts'>,
): Parsed {
  const value = descriptions[key].fallback?.(values, { cwd, facts });
  const given = ambient[key] ?? (value === undefined ? undefined : { value, origin: 'default' });
  return given ? parseValue(key, given) : {};
}

interface Parsed {
  readonly value?: string | number | boolean | readonly string[] | undefined;
  readonly problem?: Problem;
}

/** Checks one value by itself. Flags, variables and answers are text: `yes` in them is a boolean, `8` a number. */
export function parseValue(key: Key, { value, origin }: Given): Parsed {
  const result = safeParse(schemaOf(key), typed(key, value));
  if (result.success) return { value: result.data };
  const choices = allowedChoices(key) ?? descriptions[key].choices?.({}).map((choice) => choice.value) ?? [];
  const hint = typeof value === 'string' ? didYouMean(value, choices) : '';
  return { problem: `${key}: ${shown(value)} (${origin}) is not allowed: ${allowedText(key)}${hint}` };
}

/** What a setting takes, in words. */
export function allowedText(key: Key): string {
  if (isYesNo(key)) return 'yes or no';
  const choices = allowedChoices(key);
  if (choices) return `one of ${choices.join(', ')}`;
  // The schema says it: a value that no setting takes brings the text out.
  return safeParse(schemaOf(key), '\n').error?.issues[0]?.message ?? '';
}

function broken({ cwd, needsNoModel, facts }: Draft, values: Values, given: GivenValues): Problem[] {
  const rules = brokenRules(values, cwd).filter(({ key }) => !needsNoModel || key !== 'modelPath');
  return [...rules, ...brokenByAdapters(facts, values), ...brokenByTokenizer(facts, values)].map(
    ({ key, message }) => {
      const origin = given[key]
        ? `${shown(given[key].value)} (${given[key].origin})`
        : `${shown(values[key])} (default)`;
      return `${key}: ${origin}: ${message}`;
    },
  );
}

function brokenByAdapters(
  facts: ModelFacts | undefined,
  { modelServer }: Values,
): ReturnType<typeof brokenRules> {
  if (!servers.get(modelServer ?? '')?.plainAdapters) return [];
  const able = [...servers].filter(([, one]) => one.settings?.includes('adapters') && !one.plainAdapters);
  const others = able.map(([name]) => `--model-server=${name}`).join(' or ');
  return (facts?.notPlain ?? []).map((what) => ({
    key: 'adapters',
    message: `${what}, which ${modelServer} does not read and ${others} does; or ${merge}`,
  }));
}

function brokenByTokenizer(
  facts: ModelFacts | undefined,
  { modelServer, modelPath, inferenceScript }: Values,
): ReturnType<typeof brokenRules> {
  const file = facts?.tokenizerFile;
  // A script may come with requirements of its own.
  if (file === undefined || inferenceScript !== undefined || !servers.get(modelServer ?? '')?.ours) return [];
  return [
    {
      key: modelPath === undefined ? 'modelName' : 'modelPath',
      message: `its tokenizer is in ${file} alone, which transformers does not read without a further library: with sentencepiece and protobuf installed, AutoTokenizer.from_pretrained(…).save_pretrained(FOLDER) writes a tokenizer.json, to be put beside it`,
    },
  ];
}

/** With what was found of the model, where that should have told it. */
function missing(key: Key, facts: ModelFacts | undefined): Problem {
  const { flag, variable } = descriptions[key];
  const ways = `${key} is missing: give --${flag}, ${variable} or "${key}" in a config file: ${allowedText(key)}`;
  return [ways, ...(facts?.warnings ?? [])].join('\n    ');
}
