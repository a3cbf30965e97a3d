import { constants } from 'node:os';
import { printError } from './printable.ts';

/** What ends a run from outside; one at a question ends it as SIGINT does. */
export const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** Ends a run that was broken off before anything lies in its place. */
export function stop(signal: NodeJS.Signals = 'SIGINT'): never {
  printError('Stopped: nothing was written.');
  process.exit(128 + constants.signals[signal]);
}
