import type { Command } from '../commands/command.ts';
import type { Reading } from '../commands/read.ts';
import { contract } from '../hosting/contract.ts';
import { select, selectable } from '../hosting/verify.ts';
import { didYouMean, shown, UsageError } from '../settings/problems.ts';

/** `verify` as a command. */
export const verify = {
  name: 'verify',
  summary: 'Holds a container against the hosting contract of Amazon SageMaker.',
  argument: {
    name: 'TARGET',
    text: 'A folder, an image or a URL; by default the current folder',
  },
  examples: [
    ['', 'the project in the current folder, with the packages of its .venv'],
    ['my-image:latest --model-dir=model', 'an image, started by docker run IMAGE serve'],
    ['http://localhost:8080', 'a server that runs already; much cannot be checked then'],
  ],
  notes: [
    'Of a folder, its program code/serve (or serve) is started here. Model and requests for an image or a URL are those ' +
      'of the current folder.',
    `Groups of checks: ${contract.map(({ name }) => name).join(', ')}.`,
    'Exit code: 0 when no "must" and no "should" failed, 1 when one did, most of the "must" could not be checked or something that --only names could not, 2 when the command line is wrong, 4 when something failed, as Docker, so that nothing could be checked.',
  ],
  flags: {
    payload: {
      type: 'text',
      value: 'FILE',
      text: "A request body that the model answers; by default the project's",
    },
    'content-type': {
      type: 'text',
      value: 'TYPE',
      text: "Its content type; by default by the file's ending",
    },
    'model-dir': {
      type: 'text',
      value: 'DIR',
      text: 'What becomes /opt/ml/model; by default model/ of the project',
    },
    environment: {
      type: 'texts',
      value: 'NAME=VALUE',
      text: 'A variable of the container, as in ContainerDefinition.Environment; repeatable',
    },
    'instance-type': { type: 'text', value: 'TYPE', text: "Where it will run; by default the project's" },
    network: {
      type: 'switch',
      text: 'Give an image a way out to the network: read what is in it first',
    },
    only: { type: 'text', value: 'IDS', text: 'Make only these checks: ids or groups, with commas' },
    skip: { type: 'text', value: 'IDS', text: 'Leave these out' },
    timeout: {
      type: 'text',
      value: 'SECONDS',
      text: 'How long it may take to become healthy; by default 60',
    },
    json: { type: 'switch', text: 'Print the results as JSON' },
    junit: { type: 'text', value: 'FILE', text: 'Write them as JUnit XML, too' },
    help: { type: 'switch', text: 'Show this text' },
  },
} as const satisfies Command;

/** A command line of `verify`. */
export interface VerifyRequest {
  readonly target: string;
  readonly help: boolean;
  readonly payload?: string;
  readonly contentType?: string;
  readonly modelDir?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly instanceType?: string;
  readonly network: boolean;
  readonly only?: readonly string[];
  readonly skip: readonly string[];
  readonly timeout: number;
  readonly json: boolean;
  readonly junit?: string;
}

/** Checks what was given, by our bin or by Yeoman. Throws UsageError. */
export function verifyRequest({
  flags,
  argument: target = '.',
  problems: found,
}: Reading<(typeof verify)['flags']>): VerifyRequest {
  const problems = [...found];
  const list = (name: 'only' | 'skip') => {
    const names = flags[name]?.split(',').map((part) => part.trim());
    for (const part of names ?? [])
      if (!selectable.includes(part))
        problems.push(
          `--${name}: there is no check and no group ${shown(part)}${didYouMean(part, selectable)}`,
        );
    return names;
  };
  const environment: Record<string, string> = {};
  for (const pair of flags.environment ?? []) {
    const [, name, value] = /^([a-zA-Z_]\w*)=(.*)$/s.exec(pair) ?? [];
    if (name !== undefined && value !== undefined) environment[name] = value;
    else problems.push(`--environment is ${shown(pair)}: it takes NAME=VALUE`);
  }
  const { timeout = '60', 'content-type': contentType } = flags;
  if (!/^\d{1,5}$/.test(timeout) || Number(timeout) < 1)
    problems.push(`--timeout is ${shown(timeout)}: it takes a whole number of seconds, 1 or more`);
  if (contentType !== undefined && flags.payload === undefined)
    problems.push('--content-type says what --payload holds: give both');
  const only = list('only');
  const skip = list('skip') ?? [];
  if ('SAGEMAKER_BIND_TO_PORT' in environment)
    problems.push('--environment: SAGEMAKER_BIND_TO_PORT is set by the checks themselves');
  if (contentType !== undefined && !/^[\w.+-]+\/[\w.+-]+( *;[ -~]+)?$/.test(contentType))
    problems.push(`--content-type is ${shown(contentType)}: it takes one such as text/csv`);
  if (!problems.length && !select({ ...(only && { only }), skip }).length)
    problems.push('--only and --skip together leave no check');
  if (problems.length) throw new UsageError(problems);
  const optional = {
    payload: flags.payload,
    contentType,
    modelDir: flags['model-dir'],
    instanceType: flags['instance-type'],
    junit: flags.junit,
    only,
  };
  return {
    target,
    help: flags.help === true,
    network: flags.network === true,
    environment,
    skip,
    timeout: Number(timeout),
    json: flags.json === true,
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as object),
  };
}
