import type { KnownModel } from '../models/facts.ts';
import type { Values } from '../settings/schema.ts';
import type { Project } from './project.ts';

/** What the project records of its model; undefined where no answer names one. */
export function knownModelOf({ settings, modelPath, modelFile, facts }: Project): KnownModel | undefined {
  const {
    warnings: _,
    commit: __,
    adapterCommits: ___,
    notPlain: ____,
    tokenizerFile: _____,
    ...kept
  } = facts ?? { warnings: [] };
  const answers = answersOfModel({ ...settings, ...(modelPath !== undefined && { modelPath }) });
  return answers && { answers, modelFile, facts: kept };
}

/** Whether these answers name the model that was recorded. */
export function isKnown(values: Values, { answers }: KnownModel): boolean {
  const asked = answersOfModel(values) ?? {};
  const names = new Set([...Object.keys(asked), ...Object.keys(answers)]);
  return [...names].every((name) => asked[name] === answers[name]);
}

function answersOfModel(values: Values): Record<string, string> | undefined {
  const { framework, modelFormat, modelPath, modelName, adapters } = values;
  if (modelPath === undefined && modelName === undefined) return undefined;
  const named = Object.entries({
    framework,
    modelFormat,
    modelPath,
    modelName,
    adapters: adapters?.join(' '),
  });
  return Object.fromEntries(named.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
