import { configFile } from './config-file.ts';
import { nearest, shown, UsageError } from './problems.ts';

const command = (name: string) =>
  `is a command of its own: run ml-container-creator ${name}, or yo ml-container-creator:${name}`;

/** Words that name no project when they come first, since they are or sound like commands: what to do instead. */
const reserved: Readonly<Record<string, string>> = {
  update: command('update'),
  verify: command('verify'),
  help: 'is no command: run ml-container-creator --help',
  configure: `is no command: without it, what is not given is asked for on a terminal, and kept in ${configFile}`,
  'generate-empty-config': `is no command: write what you know to ${configFile}, as in {"awsRegion": "eu-west-1"}; --help lists the settings`,
  inspect: 'is no command: give --model-path or --model-name, and the generator looks at the model itself',
  local: 'is a command of its own: run ml-container-creator local',
};

/** Such words, and slips of the hand in them. Throws UsageError: all else would be said of a project that nobody wants. */
export function refuseReserved(argument: string): void {
  const meant = nearest(argument, Object.keys(reserved), mostSlips);
  if (!meant) return;
  const instead = argument === meant ? reserved[meant] : `is no command; did you mean ${meant}?`;
  const end = argument === meant ? '.' : '';
  throw new UsageError([
    `${shown(argument)} ${instead}${end} For a project of that name: --project-name=${argument}`,
  ]);
}

/** Two letters that have changed places are two. Of short words fewer: loan is not meant to be local. */
function mostSlips(name: string): number {
  return Math.min(2, Math.floor(name.length / 3));
}

/** A folder's own project is renamed on purpose only: its next deployment would make a second endpoint. */
export function refuseRenaming(argument: string, recorded: string): void {
  if (argument === recorded) return;
  throw new UsageError([
    `this folder holds the project ${shown(recorded)} (${configFile}), which the first word ${shown(argument)} would rename: ` +
      `leave it out, or rename it on purpose with --project-name=${argument}`,
  ]);
}
