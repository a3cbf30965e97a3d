import { type ParseArgsConfig, parseArgs } from 'node:util';
import { contract } from '../hosting/contract.ts';
import { select, selectable } from '../hosting/verify.ts';
import { didYouMean, type Problem, shown, UsageError } from '../settings/problems.ts';

interface Flag {
  readonly type: 'string' | 'boolean';
  readonly text: string;
  /** What its value is called. */
  readonly value?: string;
  readonly multiple?: boolean;
}

/** Every flag of `verify`, by its name without dashes. */
export const flags = {
  payload: {
    type: 'string',
    value: 'FILE',
    text: "A request body that the model answers; by default the project's",
  },
  'content-type': {
    type: 'string',
    value: 'TYPE',
    text: "Its content type; by default by the file's ending",
  },
  'model-dir': {
    type: 'string',
    value: 'DIR',
    text: 'What becomes /opt/ml/model; by default model/ of the project',
  },
  environment: {
    type: 'string',
    value: 'NAME=VALUE',
    multiple: true,
    text: 'A variable of the container, as in ContainerDefinition.Environment; repeatable',
  },
  'instance-type': { type: 'string', value: 'TYPE', text: "Where it will run; by default the project's" },
  only: { type: 'string', value: 'IDS', text: 'Make only these checks: ids or groups, with commas' },
  skip: { type: 'string', value: 'IDS', text: 'Leave these out' },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    text: 'How long it may take to become healthy; by default 60',
  },
  json: { type: 'boolean', text: 'Print the results as JSON' },
  junit: { type: 'string', value: 'FILE', text: 'Write them as JUnit XML, too' },
  help: { type: 'boolean', text: 'Show this text' },
} as const satisfies Record<string, Flag>;

type FlagName = keyof typeof flags;

/** A command line of `verify`. */
export interface VerifyRequest {
  readonly target: string;
  readonly help: boolean;
  readonly payload?: string;
  readonly contentType?: string;
  readonly modelDir?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly instanceType?: string;
  readonly only?: readonly string[];
  readonly skip: readonly string[];
  readonly timeout: number;
  readonly json: boolean;
  readonly junit?: string;
}

export type Given = Readonly<Partial<Record<FlagName, string | boolean | readonly string[]>>>;

/** Reads the arguments of our own bin, after `verify`. Throws UsageError. */
export function readVerifyArguments(args: readonly string[]): VerifyRequest {
  const options: ParseArgsConfig['options'] = {};
  for (const [name, flag] of Object.entries(flags) as [FlagName, Flag][])
    options[name] = { type: flag.type, multiple: flag.multiple ?? false };
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: Partial<Record<FlagName, string | boolean | string[]>> = {};
  const positionals: string[] = [];
  const problems: Problem[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const name = token.name as FlagName;
    const flag: Flag | undefined = token.rawName === '-h' ? flags.help : flags[name];
    if (token.rawName === '-h') given.help = true;
    else if (!flag || !token.rawName.startsWith('--')) problems.push(unknown(token.rawName));
    else if (flag.type === 'boolean') given[name] = true;
    else if (!token.value || (!token.inlineValue && token.value.startsWith('-')))
      problems.push(`--${name} needs a value, as in --${name}=${flag.value}`);
    else if (flag.multiple) given[name] = [...((given[name] as string[] | undefined) ?? []), token.value];
    else given[name] = token.value;
  }
  return verifyRequest(given, positionals, problems);
}

/** Checks what was given, however it was given. Throws UsageError. */
export function verifyRequest(
  given: Given,
  [target = '.', ...others]: readonly string[],
  found: readonly Problem[] = [],
): VerifyRequest {
  const problems = [...found, ...others.map((other) => `unexpected argument "${other}"`)];
  for (const [name, flag] of Object.entries(flags) as [FlagName, Flag][])
    if (flag.type === 'string' && [given[name]].flat().includes(true as never))
      problems.push(`--${name} needs a value, as in --${name}=${flag.value}`);
  const text = (name: FlagName) => (typeof given[name] === 'string' ? given[name] : undefined);
  const list = (name: 'only' | 'skip') => {
    const names = text(name)
      ?.split(',')
      .map((part) => part.trim());
    for (const part of names ?? [])
      if (!selectable.includes(part))
        problems.push(
          `--${name}: there is no check and no group ${shown(part)}${didYouMean(part, selectable)}`,
        );
    return names;
  };
  const environment: Record<string, string> = {};
  for (const pair of (given.environment as readonly string[] | undefined) ?? []) {
    const [, name, value] = /^([a-zA-Z_]\w*)=(.*)$/s.exec(pair) ?? [];
    if (name !== undefined && value !== undefined) environment[name] = value;
    else problems.push(`--environment is ${shown(pair)}: it takes NAME=VALUE`);
  }
  const timeout = text('timeout') ?? '60';
  if (!/^\d{1,5}$/.test(timeout) || Number(timeout) < 1)
    problems.push(`--timeout is ${shown(timeout)}: it takes a whole number of seconds, 1 or more`);
  if (given['content-type'] !== undefined && given.payload === undefined)
    problems.push('--content-type says what --payload holds: give both');
  const only = list('only');
  const skip = list('skip') ?? [];
  if ('SAGEMAKER_BIND_TO_PORT' in environment)
    problems.push('--environment: SAGEMAKER_BIND_TO_PORT is set by the checks themselves');
  const contentType = text('content-type');
  if (contentType !== undefined && !/^[\w.+-]+\/[\w.+-]+( *;[ -~]+)?$/.test(contentType))
    problems.push(`--content-type is ${shown(contentType)}: it takes one such as text/csv`);
  if (!problems.length && !select({ ...(only && { only }), skip }).length)
    problems.push('--only and --skip together leave no check');
  if (problems.length) throw new UsageError(problems);
  const optional = {
    payload: text('payload'),
    contentType,
    modelDir: text('model-dir'),
    instanceType: text('instance-type'),
    junit: text('junit'),
    only,
  };
  return {
    target,
    help: given.help === true,
    environment,
    skip,
    timeout: Number(timeout),
    json: given.json === true,
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as object),
  };
}

export function verifyHelp(): string {
  const lines = (Object.entries(flags) as [string, Flag][]).map(([name, { value, text }]) => {
    const flag = `--${name}${value ? `=${value}` : ''}`;
    return `  ${flag.padEnd(26)}${text}`;
  });
  return [
    'Holds a container against the hosting contract of Amazon SageMaker.',
    '',
    'Usage: ml-container-creator verify [FOLDER | IMAGE | URL] [flags]',
    '',
    'FOLDER  a project whose program code/serve (or serve) is started here, with the packages of its .venv',
    'IMAGE   started by docker run IMAGE serve; model and requests are those of the current folder',
    'URL     a server that runs already, such as http://localhost:8080; much cannot be checked then',
    '',
    ...lines,
    '',
    `Groups: ${contract.map(({ name }) => name).join(', ')}.`,
    'Exit code: 0 when no "must" and no "should" failed, 1 when one did, 2 when the command line is wrong.',
    '',
  ].join('\n');
}

export function unknown(given: string): Problem {
  const names = Object.keys(flags).map((name) => `--${name}`);
  return `unknown flag ${given}${didYouMean(given, names)}`;
}
