import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLf } from '../render/line-ends.ts';
import { blobId, type ProjectRecord, recordFile } from '../render/record.ts';
import { isProgram, type RenderedFile } from '../render/render.ts';
import { find } from '../render/ways.ts';
import { writtenBy010 } from '../render/written-by-0.1.0.ts';
import { configFile } from '../settings/config-file.ts';
import { merge, type Repository } from './git.ts';
import { type Facts, type Found, isOwn } from './plan.ts';
import { mergeRequirements } from './requirements.ts';

/** What there is of a path, with the contents that it speaks of; those on the disk with lines that end in LF. */
export interface Gathered {
  readonly facts: Facts;
  readonly fresh?: RenderedFile | undefined;
  readonly disk?: Buffer | undefined;
  readonly merged?: Buffer | undefined;
  readonly beside?: Beside | undefined;
}

/** What was written beside a file with edits. */
export interface Beside {
  readonly path: string;
  readonly id: string;
  /** Whether it lies there as it was written: nobody has settled it. */
  readonly isOpen: boolean;
}

export interface Sources {
  readonly folder: string;
  readonly files: readonly RenderedFile[];
  readonly record: ProjectRecord | undefined;
  readonly repository: Repository | undefined;
}

/** What an update looks at, and may write to, but for the two files that are always its own. */
export function pathsOf(files: readonly RenderedFile[], record: ProjectRecord | undefined): string[] {
  const written = [...files.map(({ path }) => path), ...Object.keys(record?.files ?? writtenBy010)];
  return [...written, ...written.map((path) => `${path}.new`), ...Object.keys(record?.beside ?? {})];
}

/** Of all paths that this generator writes, or that the project's wrote; but for the two that are always its own. */
export function gather(sources: Sources): Gathered[] {
  const { folder, files, record } = sources;
  const fresh = new Map(files.map((file) => [file.path, file]));
  const before = record ? Object.keys(record.files) : Object.keys(writtenBy010);
  const beside = new Map(
    Object.entries(record?.beside ?? {}).map(([path, id]): [string, Beside] => [
      path.replace(/\.new(\.\d+)?$/, ''),
      { path, id, isOpen: isThere(folder, path, id) },
    ]),
  );
  const paths = new Set([...fresh.keys(), ...before, ...beside.keys()]);
  for (const path of [configFile, recordFile]) paths.delete(path);
  return [...paths].sort().map((path) => ({
    ...gatherOne(path, fresh.get(path), read(folder, path), beside.get(path), sources),
    beside: beside.get(path),
  }));
}

/** Whether a file holds what has this id, whatever its line ends. */
export function isThere(folder: string, path: string, id: string): boolean {
  const found = read(folder, path);
  return typeof found !== 'string' && blobId(withLf(found)) === id;
}

function gatherOne(
  path: string,
  fresh: RenderedFile | undefined,
  disk: Buffer | Exclude<Found, object>,
  beside: Beside | undefined,
  { folder, files, record, repository }: Sources,
): Gathered {
  const contents = typeof disk === 'string' ? undefined : withLf(disk);
  const id = contents && blobId(contents);
  const freshId = fresh && blobId(fresh.contents);
  // What was written beside it and is settled, is what the edits are to be held against from then on.
  const settled = beside && !beside.isOpen ? beside.id : undefined;
  const recorded = settled ?? (record ? record.files[path] : recordedBy010(path, id, repository));
  const found: Found =
    contents && id
      ? {
          id,
          executable: (lstatSync(join(folder, path)).mode & 0o100) !== 0,
          isProgram: isProgram(contents),
        }
      : (disk as Exclude<Found, object>);
  const facts: Facts = {
    path,
    fresh: fresh && freshId ? { id: freshId, executable: fresh.executable } : undefined,
    recorded,
    disk: found,
  };
  const both =
    contents &&
    fresh &&
    recorded &&
    recorded !== 'unknown' &&
    ![freshId, recorded].includes(id) &&
    recorded !== freshId;
  if (!both || isOwn(path)) return { facts, fresh, disk: contents };
  const base = baseOf(path, recorded, files, record, repository);
  const merged = base
    ? mergeTexts(path, contents, base, Buffer.from(fresh.contents))
    : (repository?.lacks ?? 'no base');
  return {
    facts: {
      ...facts,
      merged: typeof merged === 'object' ? { id: blobId(merged) } : merged,
    },
    fresh,
    disk: contents,
    merged: typeof merged === 'object' ? merged : undefined,
  };
}

function mergeTexts(path: string, theirs: Buffer, base: Buffer, ours: Buffer): ReturnType<typeof merge> {
  const merged =
    path === 'requirements.txt' &&
    mergeRequirements(
      ...([theirs, base, ours].map((text) => text.toString('latin1')) as [string, string, string]),
    );
  return typeof merged === 'string' ? Buffer.from(merged, 'latin1') : merge(theirs, base, ours);
}

/** Kept in the record once there were edits, else in the project's own repository. */
function baseOf(
  path: string,
  id: string,
  files: readonly RenderedFile[],
  record: ProjectRecord | undefined,
  repository: Repository | undefined,
): Buffer | undefined {
  // Or another file is today what this one was: then the record will have it.
  const kept = record?.bases?.[id] ?? files.find(({ contents }) => blobId(contents) === id)?.contents;
  return kept !== undefined && blobId(kept) === id ? Buffer.from(kept) : repository?.blob(id, path);
}

/** What it wrote: the form that is still there, or the only one that is in the project's history. */
function recordedBy010(
  path: string,
  id: string | undefined,
  repository: Repository | undefined,
): string | undefined {
  const ids = writtenBy010[path];
  if (!ids || id === undefined || ids.includes(id)) return ids && id;
  const committed = ids.filter((one) => repository?.blob(one, path));
  return committed.length === 1 ? committed[0] : 'unknown';
}

/** A file's bytes, or what else is there. No link is followed on the way. */
function read(folder: string, path: string): Buffer | Exclude<Found, object> {
  const found = find(folder, path);
  if (found === undefined) return 'nothing';
  if (found === 'behind a link') return found;
  return found.isFile() ? readFileSync(join(folder, path)) : 'no file';
}
