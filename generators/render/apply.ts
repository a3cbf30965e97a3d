import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  promises,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { copy } from '../copy.ts';
import { UsageError, WorkError } from '../settings/problems.ts';
import { refuseUnlessAlone, removeEmpty } from './alone.ts';
import { journalOf, type Step, stagingOf, stampOf, takeAllBack } from './journal.ts';

/** A file of a project that is to be another one, or gone. `mode` is its permissions. */
export type Change = { readonly path: string } & (
  | { readonly contents: string | Buffer; readonly mode: number }
  | { readonly copyOf: string; readonly mode: number }
  /** A link, with what it says. */
  | { readonly linkTo: string }
  /** Another file of the folder, as it is before these changes. */
  | { readonly keeps: string }
  | { readonly removed: true }
);

/**
 * Makes all these changes in a folder that is ours `alone`, or none: what is new is written beside it first, what was
 * there is kept until all is in place, and a journal says what goes where. Interrupted in between, the folder is as it
 * was once `undo` has run there. `seen` are stamps of what the changes were made for: where something else lies by now,
 * somebody has written there. Throws WorkError.
 */
export async function apply(
  folder: string,
  changes: readonly Change[],
  seen: ReadonlyMap<string, string>,
): Promise<void> {
  const staging = stagingOf(folder);
  const [fresh, old] = [join(staging, 'new'), join(staging, 'old')];
  const refuseOther = (path: string, place: string) => {
    if (stampOf(place) === seen.get(path)) return;
    throw new WorkError(
      `${join(folder, path)} was written while this ran: all is left as it was. Run it again`,
    );
  };
  try {
    for (const part of [fresh, old]) mkdirSync(part);
    const umask = process.umask();
    const steps: Step[] = [];
    for (const [index, change] of changes.entries()) {
      const becomes = await stage(folder, change, `${fresh}/${index}`, umask);
      steps.push({ path: change.path, was: seen.has(change.path), becomes });
    }
    const folders = missingFolders(folder, changes);
    refuseUnlessAlone(folder);
    // From here on, what is in the folder is what the journal says: whole, and on the disk, even if the machine fails.
    writeFileSync(join(staging, 'journal'), JSON.stringify({ steps, folders }), { flush: true });
    renameSync(join(staging, 'journal'), journalOf(folder));
    flushFolder(staging);
    for (const path of folders) mkdirSync(join(folder, path));
    for (const [index, { path, was, becomes }] of steps.entries()) {
      const target = join(folder, path);
      refuseOther(path, target);
      if (was) renameSync(target, `${old}/${index}`);
      if (becomes) renameSync(`${fresh}/${index}`, target);
    }
    // Whoever had one of them open may have written to it until now.
    for (const [index, { path, was }] of steps.entries()) if (was) refuseOther(path, `${old}/${index}`);
    for (const change of changes) if ('removed' in change) removeTraces(folder, change.path);
    // And from here on, it is as it should be.
    unlinkSync(journalOf(folder));
  } catch (error) {
    // Another run has the folder.
    if (error instanceof UsageError) throw error;
    const { message } = error as Error;
    const problem = error instanceof WorkError ? message : `cannot write to ${folder}: ${message}`;
    throw new WorkError([problem, ...takenBack(folder)].join('\n'));
  }
  try {
    takeAllBack(folder);
  } catch {
    // What is left of the staging folder is in nobody's way, and goes with the next run.
  }
}

function takenBack(folder: string): string[] {
  try {
    return takeAllBack(folder) ?? [];
  } catch (error) {
    return [`what it had changed is not taken back: ${(error as Error).message}`];
  }
}

/** Writes what is to be moved into place; its stamp, or none where nothing comes there. */
async function stage(
  folder: string,
  change: Change,
  staged: string,
  umask: number,
): Promise<string | undefined> {
  if ('removed' in change) return undefined;
  if ('linkTo' in change) symlinkSync(change.linkTo, staged);
  else if ('keeps' in change) await keep(join(folder, change.keeps), staged);
  else {
    const mode = change.mode & 0o777;
    if ('copyOf' in change) await copy(change.copyOf, staged);
    else writeFileSync(staged, change.contents, { mode });
    if ('copyOf' in change || mode & umask) chmodSync(staged, mode);
  }
  return stampOf(staged);
}

/** What was renamed in a folder is so after a power cut, too; but on disks that know of no such thing, as SMB's. */
function flushFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    closeSync(opened);
  }
}

/** Under another name, too: a model takes no more room, and no time. Copied where the disk has no such names. */
async function keep(file: string, name: string): Promise<void> {
  try {
    linkSync(file, name);
  } catch {
    await promises.copyFile(file, name, constants.COPYFILE_FICLONE);
  }
}

/** Those that the changes need, outermost first. */
function missingFolders(folder: string, changes: readonly Change[]): string[] {
  const folders = new Set<string>();
  for (const path of new Set(changes.map((change) => ('removed' in change ? '.' : dirname(change.path))))) {
    const parts = path.split('/');
    for (const [index] of parts.entries()) folders.add(parts.slice(0, index + 1).join('/'));
  }
  return [...folders].filter((path) => !existsSync(join(folder, path)));
}

/** What Python has compiled of a file, and the folders that nothing is left in. */
function removeTraces(folder: string, path: string): void {
  const parent = join(folder, dirname(path));
  const cache = join(parent, '__pycache__');
  if (path.endsWith('.py') && lstatSync(cache, { throwIfNoEntry: false })?.isDirectory()) {
    const compiled = `${basename(path, '.py')}.`;
    for (const name of readdirSync(cache))
      if (name.startsWith(compiled) && name.endsWith('.pyc')) rmSync(join(cache, name));
    removeEmpty([cache]);
  }
  const parts = dirname(path) === '.' ? [] : dirname(path).split('/');
  removeEmpty(parts.map((_, index) => join(folder, ...parts.slice(0, index + 1))));
}
