import type { Command } from '../commands/command.ts';
import { type Reading, readArguments } from '../commands/read.ts';
import { didYouMean, shown, UsageError } from '../settings/problems.ts';
import { faultOf, grammar } from './faults/grammar.ts';
import type { Fault } from './hosting.ts';

const actions = ['status', 'logs', 'stop', 'remove'] as const;

/** `local` as a command. What comes after `--` is a command of its own. */
export const local = {
  name: 'local',
  summary:
    'SageMaker hosting on this machine: the deploy scripts run against it as they are, without an AWS account.',
  argument: {
    name: 'ACTION',
    text: 'status, logs or stop, of one that --keep has left running, or remove, which also deletes what it keeps; by default one is started',
  },
  examples: [
    ['', 'starts it, and says what to export; Ctrl-C ends it'],
    ['-- deploy/deploy.sh', 'runs a command with these variables, and ends with it'],
    ['--keep -- deploy/deploy.sh', 'the same, but the endpoint goes on'],
    ['stop', 'ends it; a later start with --keep goes on with what there was'],
    ['remove', 'ends it, and deletes all that there was'],
  ],
  notes: [
    'Containers are run by Docker as SageMaker runs them: IMAGE serve, the model from S3 read-only in /opt/ml/model. S3, ECR, CloudWatch Logs and the rest of AWS are answered by moto, which the first start installs for itself (it needs python3). All of it listens on loopback only, and the variables hold no credentials of yours.',
    'Exit code: that of the command after --; else 0 when all went well, 2 when the command line is wrong, 4 when something failed.',
  ],
  flags: {
    keep: {
      type: 'switch',
      text: 'Go on in the background, until local stop; a later start with --keep finds it, also what it had before a stop',
    },
    process: {
      type: 'switch',
      text: "Without Docker: the server of the project in the current folder, with the packages of its .venv, takes the image's place",
    },
    'time-scale': {
      type: 'text',
      value: 'N',
      text: "SageMaker's own waiting times pass N times as fast, by default 1; limits on what containers do stay real seconds",
    },
    fail: {
      type: 'texts',
      value: grammar.form,
      text: `What is to go wrong, as CreateEndpoint:ThrottlingException:2; repeatable. WHAT:HOW is ${grammar.call} (the connection is cut before a call takes effect, or after it, so that the answer is lost); or one of ${grammar.hosting}. WHEN is ${grammar.when}`,
    },
    folder: {
      type: 'text',
      value: 'FOLDER',
      text: 'Where it has what it has; each folder has its own. By default one for each user',
    },
    help: { type: 'switch', text: 'Show this text' },
  },
} as const satisfies Command;

/** A command line of `local`. */
export interface LocalRequest {
  readonly help: boolean;
  readonly action?: (typeof actions)[number];
  /** A program and its arguments. */
  readonly command?: readonly [string, ...string[]];
  readonly keep: boolean;
  readonly process: boolean;
  readonly timeScale: number;
  readonly faults: readonly Fault[];
  readonly folder?: string;
}

/** Checks what was given. Throws UsageError. */
export function localRequest(args: readonly string[]): LocalRequest {
  const end = args.indexOf('--');
  const command = end < 0 ? undefined : args.slice(end + 1);
  const { flags, argument, problems: found } = readArguments(local, end < 0 ? args : args.slice(0, end));
  const problems = [...found];
  const action = actions.find((one) => one === argument);
  if (argument !== undefined && !action)
    problems.push(
      `there is no action ${shown(argument)}${didYouMean(argument, actions)}; a command to run comes after --`,
    );
  if (command && !command.length) problems.push('after -- comes a command to run');
  if (command && action) problems.push(`${action} runs no command`);
  const { 'time-scale': scale = '1' } = flags;
  if (!/^\d{1,6}(\.\d+)?$/.test(scale) || Number(scale) < 1)
    problems.push(`--time-scale is ${shown(scale)}: it takes a number, 1 or more`);
  const faults = (flags.fail ?? []).flatMap((text) => {
    const fault = faultOf(text);
    if (typeof fault !== 'string') return [fault];
    problems.push(`--fail is ${shown(text)}: ${fault}`);
    return [];
  });
  problems.push(...unused(flags, action));
  if (problems.length) throw new UsageError(problems);
  const [program, ...others] = command ?? [];
  return {
    help: flags.help === true,
    ...(action && { action }),
    ...(program !== undefined && { command: [program, ...others] }),
    keep: flags.keep === true,
    process: flags.process === true,
    timeScale: Number(scale),
    faults,
    ...(flags.folder !== undefined && { folder: flags.folder }),
  };
}

/** Flags that say how it is to be started, given to an action that starts nothing. */
function unused(flags: Reading<(typeof local)['flags']>['flags'], action: string | undefined): string[] {
  if (!action) return [];
  const given = Object.keys(flags).filter((name) => name !== 'folder' && name !== 'help');
  return given.map((name) => `${action} takes no --${name}`);
}
