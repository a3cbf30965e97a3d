import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../render/apply.ts';
import { isEverWritten } from '../render/ever-written.ts';
import { freeName } from '../render/journal.ts';
import { hasCrlf, withCrlf, withLf } from '../render/line-ends.ts';
import { type ProjectRecord, recordFile, recordOf, recordText } from '../render/record.ts';
import type { RenderedFile } from '../render/render.ts';
import { modeOf } from '../render/write.ts';
import { configFile } from '../settings/config-file.ts';
import { UsageError } from '../settings/problems.ts';
import { type Beside, type Gathered, isThere } from './facts.ts';
import { type Decision, decide, isOwn } from './plan.ts';

/** A decision, with the file that it writes where that is another one than the path's own. */
export interface Decided extends Decision {
  readonly beside?: string;
  /** Whether the file that stays has each line of that already. */
  readonly hasAll?: boolean;
}

export interface Plan {
  readonly decisions: readonly Decided[];
  readonly changes: readonly Change[];
}

/** What becomes of a project, and what is done for it: the record is the last of the changes. */
export function planUpdate(
  folder: string,
  files: readonly RenderedFile[],
  gathered: readonly Gathered[],
  record: ProjectRecord | undefined,
): Plan {
  const decisions: Decided[] = [];
  const changes: Change[] = [];
  for (const one of gathered) {
    const decision: Decided = decide(one.facts);
    const change = changeOf(folder, one, decision);
    decisions.push(
      change && change.path !== decision.path
        ? { ...decision, beside: change.path, hasAll: hasAll(one) }
        : decision,
    );
    if (change && !isDone(folder, change)) changes.push(change);
    const isOurs = one.fresh !== undefined || isEverWritten(decision.path);
    if (one.beside?.isOpen && isOurs && decision.kind !== 'conflict') {
      decisions.push({ path: one.beside.path, kind: 'remove' });
      changes.push({ path: one.beside.path, removed: true });
    }
  }
  const answers = answersChange(folder, files);
  if (answers) changes.push(answers);
  decisions.push({ path: configFile, kind: answers ? 'replace' : 'unchanged' });
  const next = nextRecord(files, gathered, decisions, record);
  // What else is in it, and in which form, is up to whoever formats the project's JSON.
  if (!isDeepStrictEqual(record, next))
    changes.push({ path: recordFile, contents: recordText(next), mode: modeOf({ executable: false }) });
  return { decisions, changes };
}

function changeOf(
  folder: string,
  { facts, fresh, disk, merged, beside }: Gathered,
  decision: Decision,
): Change | undefined {
  const { path, kind, executable = false } = decision;
  if (kind === 'remove') return { path, removed: true };
  const contents = kind === 'merge' ? merged : fresh?.contents;
  if (contents === undefined || !['add', 'replace', 'merge', 'conflict'].includes(kind)) return undefined;
  const mode = modeOf({ executable });
  if (kind === 'conflict') return { path: nameBeside(folder, facts, beside), contents, mode };
  const found = lstatSync(join(folder, path), { throwIfNoEntry: false });
  if (!disk || !found) return { path, contents, mode };
  const crlf = hasCrlf(readFileSync(join(folder, path)).toString('latin1'));
  return {
    path,
    contents: crlf ? withCrlf(Buffer.from(contents as string)) : contents,
    // Whoever took its group the right to read it, meant that too.
    mode: executable ? found.mode | ((found.mode & 0o444) >> 2) : found.mode & ~0o111,
  };
}

/** Whether a file has each line of this version's, in their order: only lines were added to it. */
function hasAll({ fresh, disk }: Gathered): boolean {
  if (!fresh || !disk) return false;
  const lines = disk.toString().split('\n');
  let from = 0;
  return fresh.contents.split('\n').every((line) => {
    const place = lines.indexOf(line, from);
    from = place + 1;
    return place >= 0;
  });
}

/** `<path>.new`, unless somebody has written or edited that. */
function nameBeside(folder: string, { path, fresh }: Gathered['facts'], beside: Beside | undefined): string {
  if (beside?.isOpen) return beside.path;
  const name = `${path}.new`;
  return fresh && isThere(folder, name, fresh.id) ? name : freeName(folder, name);
}

function isDone(folder: string, change: Change): boolean {
  if (!('contents' in change)) return false;
  const target = join(folder, change.path);
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (!found?.isFile()) return false;
  return withLf(readFileSync(target)).equals(withLf(Buffer.from(change.contents as string)));
}

/** Undefined where the answers are those that are there already, however they are written down. */
function answersChange(folder: string, files: readonly RenderedFile[]): Change | undefined {
  const path = configFile;
  const target = join(folder, path);
  const fresh = JSON.parse(files.find((file) => file.path === path)?.contents ?? '{}');
  const { $schema, ...kept } = existsSync(target)
    ? JSON.parse(readFileSync(target, 'utf8').replace(/^\uFEFF/, ''))
    : {};
  const names = new Set([...Object.keys(fresh), ...Object.keys(kept)]);
  if ([...names].every((name) => isDeepStrictEqual(kept[name], fresh[name]))) return undefined;
  if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new UsageError([
      `${path} is a link, and the answers in it are to be others: links are not written through, so put the file itself there`,
    ]);
  const answers = { ...($schema !== undefined && { $schema }), ...fresh };
  return { path, contents: `${JSON.stringify(answers, null, 2)}\n`, mode: modeOf({ executable: false }) };
}

/** Of this generator, with the texts that edits are held against, and that no repository holds. */
function nextRecord(
  files: readonly RenderedFile[],
  gathered: readonly Gathered[],
  decisions: readonly Decided[],
  record: ProjectRecord | undefined,
): ProjectRecord {
  const kinds = new Map(decisions.map((decision) => [decision.path, decision]));
  const rendered = files.find(({ path }) => path === recordFile)?.contents;
  const { model }: Partial<ProjectRecord> = JSON.parse(rendered ?? '{}');
  const recorded = files.filter(({ path }) => path !== recordFile && kinds.get(path)?.why !== 'link');
  const next = recordOf(recorded, model);
  const ids: Record<string, string> = { ...next.files };
  const bases: Record<string, string> = {};
  const besides: Record<string, string> = {};
  const keep = (id: string | undefined, text = id && record?.bases?.[id]) => {
    if (id !== undefined && text !== undefined) bases[id] = text;
  };
  for (const { facts, fresh, beside } of gathered) {
    const { path, recorded } = facts;
    const decision = kinds.get(path);
    if (!fresh || !facts.fresh || !decision) continue;
    const { id } = facts.fresh;
    const text = isOwn(path) ? undefined : fresh.contents;
    const written = beside?.id === id ? beside.path : decision.beside;
    if (written !== undefined) {
      // As long as this version is the newest, it stays recorded: looking at the folder tells whether it is settled.
      const before = beside?.id === id ? record?.files[path] : recorded;
      if (before === undefined || before === 'unknown') delete ids[path];
      else ids[path] = before;
      besides[written] = id;
      keep(before);
      keep(id, text);
    } else if (decision.kind === 'merge') {
      // Without edits of its own it is the file of this version, and needs no base.
      if (typeof facts.merged === 'object' && facts.merged.id !== id) keep(id, text);
    } else if (decision.why === 'deleted') {
      // Brought back, as from an older commit, it is what it was.
      if (recorded !== undefined && recorded !== 'unknown') ids[path] = recorded;
      keep(recorded);
    } else if (decision.why === 'edited') keep(id, recorded === id ? undefined : text);
  }
  return {
    ...next,
    files: ids,
    ...(Object.keys(bases).length && { bases: Object.fromEntries(Object.entries(bases).sort()) }),
    ...(Object.keys(besides).length && { beside: besides }),
  };
}
