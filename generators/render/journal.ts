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
import { UsageError } from '../settings/problems.ts';

/** What is done to one path; its place in the journal names its files in the staging folder's `new` and `old`. */
export interface Step {
  readonly path: string;
  /** Whether something was there. */
  readonly was: boolean;
  /** What tells the file that was put there from one that somebody has written since; none where it is removed. */
  readonly becomes?: string;
}

interface Journal {
  readonly steps: readonly Step[];
  /** Folders that were not there, outermost first. */
  readonly folders: readonly string[];
}

/** In the folder itself, since files are moved from there in one step. */
export function stagingOf(folder: string): string {
  return join(folder, '.ml-container-creator');
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

/**
 * Takes back what an interrupted run has left in a folder; says what it has done. Does nothing where there is nothing
 * to take back; can itself be interrupted. Throws UsageError while that other run goes on.
 */
export function undo(folder: string): string[] {
  const staging = stagingOf(folder);
  if (!existsSync(staging)) return [];
  refuseWhileRunning(staging);
  const said: string[] = [];
  if (existsSync(journalOf(folder))) {
    const { steps, folders }: Journal = JSON.parse(readFileSync(journalOf(folder), 'utf8'));
    for (const [index, step] of [...steps.entries()].reverse()) said.push(...takeBack(folder, index, step));
    for (const path of [...folders].reverse()) removeIfEmpty(join(folder, path));
    unlinkSync(journalOf(folder));
    said.unshift('an earlier run was interrupted: what it had changed is taken back');
  }
  for (const part of ['new', 'old', 'pid', 'journal'])
    rmSync(join(staging, part), { recursive: true, force: true });
  removeIfEmpty(staging);
  return said;
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

function refuseWhileRunning(staging: string): void {
  const file = join(staging, 'pid');
  // Without its line end, not all of it was written.
  const [, written] = /^(\d+)\n$/.exec(existsSync(file) ? readFileSync(file, 'utf8') : '') ?? [];
  const pid = Number(written ?? 0);
  if (!pid || pid === process.pid || !isRunning(pid)) return;
  throw new UsageError([
    `process ${pid} is writing to ${dirname(staging)}: wait for it to end; if it is something else, remove ${file}`,
  ]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something lies in it, or it is gone.
  }
}
