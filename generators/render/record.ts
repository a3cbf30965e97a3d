import { hash } from 'node:crypto';
import { join } from 'node:path';
import { safeParse } from 'zod/mini';
import type { KnownModel } from '../models/facts.ts';
import { packageVersion } from '../package.ts';
import { readJsonFile } from '../settings/json-file.ts';
import { UsageError } from '../settings/problems.ts';
import { isNewer } from '../update/changelog.ts';
import { recordSchema } from './record-schema.ts';

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
  const head = `blob ${Buffer.byteLength(contents)}\0`;
  const blob = typeof contents === 'string' ? head + contents : Buffer.concat([Buffer.from(head), contents]);
  return hash('sha1', blob);
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

/** Throws UsageError for a project of a later version than this. */
export function refuseNewer(version: string): void {
  const own = packageVersion();
  if (isNewer(version, own))
    throw new UsageError([
      `${recordFile}: the project was made by version ${version}, and this is ${own}: bring the generator up to date first`,
    ]);
}

/** Undefined for a project that recorded nothing, as those of version 0.1.0. Throws UsageError where it makes no sense. */
export async function readRecord(folder: string): Promise<ProjectRecord | undefined> {
  const found = await readJsonFile(join(folder, recordFile), recordFile);
  if (!found) return undefined;
  // Before all else: a later version may record what this one does not know.
  const { generator } = found as Partial<ProjectRecord>;
  if (typeof generator === 'string') refuseNewer(generator);
  const { success, data, error } = safeParse(recordSchema(), found);
  if (success) return data;
  const where = error.issues[0]?.path.join(' > ');
  throw new UsageError([
    `${recordFile} is not as the generator writes it, in ${where}: bring it back from your repository, or remove it; what you have changed is then taken for unknown`,
  ]);
}
