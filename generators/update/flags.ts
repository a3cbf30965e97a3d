import type { Command } from '../commands/command.ts';
import type { Reading } from '../commands/read.ts';
import { generate } from '../settings/flags.ts';
import { UsageError } from '../settings/problems.ts';

const { 'project-dir': _, ...settings } = Object.fromEntries(
  Object.entries(generate.flags).filter(([, { group }]) => group !== 'This run'),
);

/** `update` as a command: its own flags, and each setting but the folder. */
export const update = {
  name: 'update',
  summary: 'Brings a project to this version of the generator, and changes its answers.',
  argument: { name: 'FOLDER', text: 'The project; by default the current folder' },
  examples: [
    ['', 'the project in the current folder'],
    ['--check', 'in CI: would anything change?'],
    ['--instance-type=ml.c7g.large', 'changes an answer, and what follows from it'],
  ],
  notes: [
    'Files that you left alone are replaced, edits are merged by git. Where that cannot be done, your file stays and ours is written beside it as FILE.new; model/, and code/model_handler.py and code/app.py once you have edited them, are left to you.',
    'Exit code: 0 when all is done or nothing is to be done, 1 when --check or --diff find something, 2 when the command line or the project is wrong, 3 when all is done but for what you have to settle: each FILE.new, 4 when something failed, as git or the disk.',
  ],
  flags: {
    check: { type: 'switch', text: 'Say what would change, and exit with 1 when something would' },
    diff: { type: 'switch', text: 'As --check, and show each change' },
    force: { type: 'switch', text: 'Go on with changes that are not committed' },
    help: { type: 'switch', text: 'Show this text' },
    ...settings,
  },
} satisfies Command;

/** A command line of `update`. */
export interface UpdateRequest {
  readonly folder: string;
  readonly check: boolean;
  readonly diff: boolean;
  readonly force: boolean;
  readonly help: boolean;
  /** Answers to change, by their flags. */
  readonly answers: Reading['flags'];
}

/** Checks what was given, by our bin or by Yeoman. Throws UsageError. */
export function updateRequest({ flags, argument, problems }: Reading): UpdateRequest {
  if (problems.length) throw new UsageError(problems);
  const { check, diff, force, help, ...answers } = flags;
  return {
    folder: argument ?? '.',
    check: check === true || diff === true,
    diff: diff === true,
    force: force === true,
    help: help === true,
    answers,
  };
}
