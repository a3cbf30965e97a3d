import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { WorkError } from '../settings/problems.ts';
import { repositoryOf } from '../update/git.ts';
import { find, finderIn, isInside, stagingFolder } from './ways.ts';

/** A function, as few runs ever read one. */
function journalSchema() {
  const path = z.string().check(z.refine(isInside));
  return z.strictObject({
    steps: z.array(z.strictObject({ path, was: z.boolean(), becomes: z.optional(z.string()) })),
    folders: z.array(path),
  });
}

/** What is done to one path; its place in the journal names its files in the staging folder's `new` and `old`. */
export interface Step {
  readonly path: string;
  /** Whether something was there. */
  readonly was: boolean;
  /** What tells the file that was put there from one that somebody has written since; none where it is removed. */
  readonly becomes?: string | undefined;
}

interface Journal {
  readonly steps: readonly Step[];
  /** Folders that were not there, outermost first. */
  readonly folders: readonly string[];
}

export function stagingOf(folder: string): string {
  return join(folder, stagingFolder);
}

/** While it is there, the folder is between what it was and what it will be. */
export function journalOf(folder: string): string {
  return join(stagingOf(folder), 'journal.json');
}

/** Moving a file changes neither its size nor the time at which it was written. */
export function stampOf(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.size} ${found.mtimeNs}`;
}

/** Of what lies at these paths; of those where nothing does, none. */
export function stampsOf(folder: string, paths: Iterable<string>): Map<string, string> {
  const stamps = new Map<string, string>();
  const look = finderIn(folder);
  for (const path of paths) {
    const found = look(path);
    const stamp = found && found !== 'behind a link' ? stampOf(join(folder, path)) : undefined;
    if (stamp !== undefined) stamps.set(path, stamp);
  }
  return stamps;
}

/**
 * Takes back what a run has begun in a folder, if it has; then says what is to be known of it. Can itself be interrupted.
 * Throws WorkError where the journal is none that a run has written.
 */
export function takeAllBack(folder: string): string[] | undefined {
  const journal = readJournal(folder);
  const said: string[] = [];
  if (journal) {
    const { steps, folders } = journal;
    for (const [index, step] of [...steps.entries()].reverse()) said.push(...takeBack(folder, index, step));
    for (const path of [...folders].reverse()) removeIfEmpty(join(folder, path));
    unlinkSync(journalOf(folder));
  }
  for (const part of ['new', 'old', 'journal'])
    rmSync(join(stagingOf(folder), part), { recursive: true, force: true });
  return journal && said;
}

/** A folder may come from anywhere: what its journal names is moved only where a run of ours can have written it. */
export function refuseForeign(folder: string): void {
  const staging = stagingOf(folder);
  for (const part of ['.', 'new', 'old'])
    if (lstatSync(join(staging, part), { throwIfNoEntry: false })?.isDirectory() === false)
      throw new WorkError(
        `${join(staging, part)} is no folder that the generator has made: look at it, then remove it`,
      );
  let tracked: boolean;
  try {
    tracked = repositoryOf(folder)?.tracks(stagingFolder) ?? false;
  } catch (error) {
    throw new WorkError(
      `${staging} is what an interrupted run leaves, unless it came with the repository, which cannot be read: ${(error as Error).message}`,
    );
  }
  if (tracked)
    throw new WorkError(
      `${staging} came with the git repository, and not from a run here that was interrupted: nothing in it is used. Look at it, then remove it, as by \`git rm -r ${stagingFolder}\``,
    );
}

function readJournal(folder: string): Journal | undefined {
  const file = journalOf(folder);
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return undefined;
  const cannot = (why: string) =>
    new WorkError(
      `an earlier run was interrupted, and what it had changed cannot be taken back: ${why}. What it replaced is in ${join(stagingOf(folder), 'old')}: take from there what you need, then remove ${stagingOf(folder)}`,
    );
  let journal: Journal;
  try {
    if (!found.isFile()) throw new Error('it is no file');
    journal = z.parse(journalSchema(), JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw cannot(`${file} is not as the generator writes it`);
  }
  for (const path of [...journal.steps.map((step) => step.path), ...journal.folders])
    if (find(folder, path) === 'behind a link') throw cannot(`${join(folder, path)} is behind a link`);
  return journal;
}

function takeBack(folder: string, index: number, { path, becomes }: Step): string[] {
  const target = join(folder, path);
  const old = join(stagingOf(folder), 'old', String(index));
  const now = stampOf(target);
  const ours = now !== undefined && now === becomes;
  if (!lstatSync(old, { throwIfNoEntry: false })) {
    const added = ours && !existsSync(join(stagingOf(folder), 'new', String(index)));
    if (added) unlinkSync(target);
    return [];
  }
  if (now === undefined || ours) {
    mkdirSync(dirname(target), { recursive: true });
    renameSync(old, target);
    return [];
  }
  // Somebody has written there since: both are kept.
  const kept = freeName(folder, `${path}.old`);
  renameSync(old, join(folder, kept));
  return [`${path} was written since: what was there before is in ${kept}`];
}

/** The path itself, or with a number, where nothing lies yet. */
export function freeName(folder: string, path: string): string {
  const taken = (name: string) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined;
  let name = path;
  for (let number = 2; taken(name); number++) name = `${path}.${number}`;
  return name;
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something lies in it, or it is gone.
  }
}
