import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRunning } from '../running.ts';
import { UsageError, WorkError } from '../settings/problems.ts';
import { signals, stop } from '../stop.ts';
import { refuseForeign, removeIfEmpty, stagingOf, takeAllBack } from './journal.ts';

/** Takes lines that say what was done. */
export type Say = (line: string) => void;

/** Whether an earlier run has left something in a folder, or another one is at work there. */
export function isInterrupted(folder: string): boolean {
  return lstatSync(stagingOf(folder), { throwIfNoEntry: false }) !== undefined;
}

/**
 * Takes back what an interrupted run has left in a folder, and says so. Does nothing where there is nothing to take
 * back; can itself be interrupted. Throws UsageError while that other run goes on, and WorkError where what lies there is
 * not what a run has left.
 */
export function undo(folder: string, say: Say): void {
  if (!isInterrupted(folder)) return;
  take(folder);
  try {
    sayTakenBack(folder, say);
  } finally {
    giveBack(folder);
  }
}

/**
 * Does work in a folder that no other run looks at or writes to meanwhile, once what an earlier one has left there is
 * taken back. So is what this one has begun, where a signal ends it. The folder is made where it is not there, and goes
 * where nothing is written to it. Throws as `undo`.
 */
export async function alone<T>(folder: string, say: Say, work: () => Promise<T>): Promise<T> {
  const made: string[] = [];
  const end = () => {
    giveBack(folder);
    removeEmpty(made);
  };
  const interrupted = (signal: NodeJS.Signals) => {
    takeAllBack(folder);
    end();
    stop(signal);
  };
  try {
    makeFolder(folder, made);
    take(folder);
  } catch (error) {
    removeEmpty(made);
    if (error instanceof UsageError || error instanceof WorkError) throw error;
    throw new WorkError(`cannot write to ${folder}: ${(error as Error).message}`);
  }
  // Before others: they end the process.
  for (const signal of signals) process.prependOnceListener(signal, interrupted);
  try {
    sayTakenBack(folder, say);
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
    end();
  }
}

function sayTakenBack(folder: string, say: Say): void {
  const lines = takeAllBack(folder);
  if (!lines) return;
  say('an earlier run was interrupted: what it had changed is taken back');
  for (const line of lines) say(line);
}

/** Throws UsageError where another run writes to a folder. */
export function refuseWhileRunning(folder: string): void {
  const holder = holderOf(folder);
  if (holder !== undefined && holder !== process.pid && isRunning(holder)) throw taken(folder, holder);
}

/** Throws UsageError where another run has taken a folder in the very moment in which we did. */
export function refuseUnlessAlone(folder: string): void {
  const holder = holderOf(folder);
  if (holder !== process.pid) throw taken(folder, holder);
}

/** Of all processes, one can make a file that is not there. */
function take(folder: string): void {
  for (;;) {
    const isHeld = isInterrupted(folder);
    if (isHeld) {
      refuseForeign(folder);
      refuseWhileRunning(folder);
      rmSync(pidOf(folder), { force: true });
    }
    try {
      if (!isHeld) mkdirSync(stagingOf(folder));
      writeFileSync(pidOf(folder), `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      // Another one has just begun or ended.
      if (!['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

function giveBack(folder: string): void {
  if (holderOf(folder) !== process.pid) return;
  try {
    unlinkSync(pidOf(folder));
  } catch {
    // The next run sees that this one is over.
  }
  removeIfEmpty(stagingOf(folder));
}

function pidOf(folder: string): string {
  return join(stagingOf(folder), 'pid');
}

/** The process that works in a folder, or was killed there. */
function holderOf(folder: string): number | undefined {
  for (let tries = 1; ; tries++) {
    const isThere = lstatSync(pidOf(folder), { throwIfNoEntry: false })?.isFile();
    // Without its line end, it is being written, or never will be.
    const [, written] = /^(\d+)\n$/.exec(isThere ? readFileSync(pidOf(folder), 'utf8') : '') ?? [];
    if (!isThere || written || tries === 3) return written ? Number(written) : undefined;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

function taken(folder: string, holder: number | undefined): UsageError {
  return new UsageError([
    `${holder === undefined ? 'another process' : `process ${holder}`} is writing to ${folder}: wait for it to end; if it is something else, remove ${pidOf(folder)}`,
  ]);
}

/** Of folders, outermost first: those that hold nothing. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of [...folders].reverse()) removeIfEmpty(folder);
}

/** Makes a folder and those above it, and lists those that were not there. Node's own way hangs where a parent refuses. */
function makeFolder(folder: string, made: string[]): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder), made);
  mkdirSync(folder);
  made.push(folder);
}
