import type { ContentTypes, Variable } from './kinds.ts';
import { facts } from './serving-facts.ts';

/** The kinds of models that our server in Python serves: python/ml_serving/kinds.py. */
export type ModelKind = keyof typeof facts.settings;

/** The environment variables of a server of such models, as python/ml_serving/settings.py declares them. */
export function settingsOf(kind: ModelKind): readonly Variable[] {
  return facts.settings[kind];
}

const contentTypes: Readonly<Record<string, ContentTypes>> = facts.contentTypes;

/** What `/invocations` takes and answers, where these folders of `python/ml_serving` read and write it. */
export function contentTypesOf(packages: readonly string[]): ContentTypes {
  const found = packages.flatMap((name) => contentTypes[name] ?? []);
  return {
    request: found.flatMap(({ request }) => request),
    response: found.flatMap(({ response }) => response),
  };
}

/** How the server tells model files apart, what it says of those that it cannot read, and the packages it knows. */
export const modelFileFacts: {
  readonly headBytes: number;
  readonly kinds: readonly { readonly name: string; readonly pattern: string; readonly words: string }[];
  readonly namedInPickle: string;
  readonly pickledClass: string;
  /** By framework and kind. */
  readonly advice: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly packages: Readonly<Record<string, string>>;
} = facts.modelFiles;
