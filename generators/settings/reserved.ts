import { configFile } from './config-file.ts';
import { UsageError } from './problems.ts';

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
  local: 'is no command: ./run_local.sh in a project serves it on this machine',
};

/** Throws UsageError, since all else would be said of a project that nobody wants. */
export function refuseReserved(argument: string): void {
  const instead = Object.hasOwn(reserved, argument) ? reserved[argument] : undefined;
  if (instead)
    throw new UsageError([
      `"${argument}" ${instead}. For a project of that name: --project-name=${argument}`,
    ]);
}
