import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { KnownModel } from '../models/facts.ts';
import { isObject } from '../models/json.ts';
import { packageVersion } from '../package.ts';
import { readJsonFile } from '../settings/json-file.ts';
import { UsageError } from '../settings/problems.ts';
import { plainName } from '../settings/rules.ts';
import { isInside } from './ways.ts';

/** What a project records of how it was made: `update` reads it. */
export const recordFile = 'ml-container.lock.json';

/** The generator that wrote a project, and what it wrote. */
export interface ProjectRecord {
  /** The generator's version. */
  readonly generator: string;
  /** The git blob id of each generated file as the generator made it, by its path. */
  readonly files: Readonly<Record<string, string>>;
  /** Texts by their ids, of files that hold edits too: git has no blob of what the generator made. */
  readonly bases?: Readonly<Record<string, string>>;
  /** Ids of what was written beside edits, by its path. Until that is settled, `files` has what the edits were made in. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Absent where no answer names one. */
  readonly model?: KnownModel;
}

/** The name that git gives to these contents. */
export function blobId(contents: string | Buffer): string {
  const bytes = Buffer.from(contents as string);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Of files as they are rendered; what is copied from the user is none of them. */
export function recordOf(
  files: readonly { readonly path: string; readonly contents: string }[],
  model?: KnownModel,
): ProjectRecord {
  return {
    generator: packageVersion(),
    files: Object.fromEntries(files.map(({ path, contents }) => [path, blobId(contents)])),
    ...(model && { model }),
  };
}

export function recordText(record: ProjectRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** Undefined for a project that recorded nothing, as those of version 0.1.0. Throws UsageError where it makes no sense. */
export function readRecord(folder: string): ProjectRecord | undefined {
  const found = readJsonFile(join(folder, recordFile), recordFile);
  if (!found) return undefined;
  const { generator, files, bases, beside, model } = found;
  const right =
    typeof generator === 'string' &&
    isIds(files) &&
    (bases === undefined || isTexts(bases)) &&
    (beside === undefined || isIds(beside)) &&
    (model === undefined || isKnownModel(model));
  if (!right)
    throw new UsageError([
      `${recordFile} is not as the generator writes it: bring it back from your repository, or remove it; what you have changed is then taken for unknown`,
    ]);
  return {
    generator,
    files,
    ...(bases !== undefined && { bases }),
    ...(beside !== undefined && { beside }),
    ...(model !== undefined && { model }),
  };
}

/** Its file is rendered into Python and Markdown, and what follows from its numbers into shell. */
function isKnownModel(value: unknown): value is KnownModel {
  if (!isObject(value) || !isTexts(value.answers) || !isObject(value.facts)) return false;
  const { modelFile, facts } = value;
  const { task = '', parameters = 1, weightsBytes = 1, config = {} } = facts;
  return (
    typeof modelFile === 'string' &&
    isInside(modelFile) &&
    modelFile.split('/').every((part) => plainName.test(part)) &&
    typeof task === 'string' &&
    [parameters, weightsBytes].every(isCount) &&
    isObject(config) &&
    Object.entries(config).every(isPartOfConfig)
  );
}

const texts = ['type', 'output', 'dtype', 'method'];

function isPartOfConfig([key, value]: readonly [string, unknown]): boolean {
  if (isObject(value)) return Object.entries(value).every(isPartOfConfig);
  return texts.includes(key) ? typeof value === 'string' : typeof value === 'boolean' || isCount(value);
}

const isCount = (value: unknown) => typeof value === 'number' && value >= 0;

function isTexts(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isIds(value: unknown): value is Record<string, string> {
  return (
    isTexts(value) && Object.entries(value).every(([path, id]) => isInside(path) && /^[0-9a-f]{40}$/.test(id))
  );
}
