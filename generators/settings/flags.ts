import { parseArgs } from 'node:util';
import { descriptions, keys } from './descriptions.ts';
import { didYouMean, type Problem, shown } from './problems.ts';
import { isYesNo, yesNo } from './schema.ts';

interface Flag {
  readonly type: 'string' | 'boolean';
  readonly text: string;
  /** Whether `--no-<flag>` makes sense. */
  readonly negatable?: boolean;
}

/** Flags that steer a run and are no settings of the project. */
export const runFlags: Readonly<Record<string, Flag>> = {
  config: { type: 'string', text: 'Config file to read (JSON); also ML_CONTAINER_CREATOR_CONFIG' },
  'skip-prompts': { type: 'boolean', text: 'Ask nothing; what is missing and has no default is an error' },
  force: { type: 'boolean', text: 'Overwrite files that differ' },
  help: { type: 'boolean', text: 'Show this text' },
  version: { type: 'boolean', text: 'Show the version' },
};

/** Every flag by its name without dashes. */
export const flags: Readonly<Record<string, Flag>> = {
  ...Object.fromEntries(
    keys.map((key): [string, Flag] => {
      const yesNo = isYesNo(key);
      const { flag, text } = descriptions[key];
      return [flag, { type: yesNo ? 'boolean' : 'string', text, negatable: yesNo }];
    }),
  ),
  ...runFlags,
};

/** What a command line says: flags by their names without dashes, and the first argument. */
export interface CommandLine {
  readonly flags: Readonly<Record<string, string | boolean>>;
  readonly argument?: string;
}

/** A command line as read, with what is wrong with it: shown together with all other problems. */
export interface Reading {
  readonly commandLine: CommandLine;
  readonly problems: readonly Problem[];
}

/** Reads the arguments of our own bin. */
export function readArguments(args: readonly string[]): Reading {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }])),
    strict: false,
    allowNegative: true,
    allowPositionals: true,
    tokens: true,
  });
  const given: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  const problems: Problem[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.rawName === '-h') {
      given.help = true;
      continue;
    }
    const negated = token.rawName.startsWith('--no-');
    const name = token.name.replace(/^no-/, '');
    const flag = flags[name];
    if (!flag || !token.rawName.startsWith('--') || (negated && !flag.negatable))
      problems.push(unknownFlag(token.rawName));
    else if (negated) given[name] = false;
    else if (name in runFlags && flag.type === 'boolean')
      setSwitch(given, name, token.value ?? true, problems);
    else if (flag.type === 'boolean') given[name] = token.value ?? true;
    else if (!token.value || (!token.inlineValue && token.value.startsWith('-'))) {
      problems.push(`--${name} needs a value, as in --${name}=VALUE`);
    } else given[name] = token.value;
  }
  return withArguments(given, positionals, problems);
}

/** Options that Yeoman's own classes add to those of the command line. */
export const yeomanOptions = [
  ...['resolved', 'namespace', 'destination-root', 'skip-local-cache', 'forward-error-to-environment'],
  ...[
    'skip-cache',
    'skip-install',
    'force-install',
    'ask-answered',
    'skip-check-env',
    'ignore-version-check',
  ],
  ...['bail', 'dry-run', 'whitespace', 'debug', 'local-only', 'insight', 'local-config-only'],
];

/** Reads the options that Yeoman hands to a generator, each spelled in camelCase, in kebab-case or in both. */
export function fromYeoman(options: Readonly<Record<string, unknown>>, args: readonly string[]): Reading {
  const given: Record<string, string | boolean> = {};
  const positionals = [...args];
  const problems: Problem[] = [];
  for (const [option, value] of Object.entries(options)) {
    const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const plain = ['string', 'boolean', 'number'].includes(typeof value);
    if (!plain || yeomanOptions.includes(name) || name in given) continue;
    const flag = flags[name];
    if (!flag) problems.push(unknownFlag(`--${name}`));
    else if (flag.type === 'string' && typeof value === 'boolean')
      problems.push(`--${name} needs a value, as in --${name}=VALUE`);
    else if (name === 'skip-prompts' && typeof value === 'string' && typeof yesNo(value) === 'string') {
      // `yo … --skip-prompts my-model`: yo takes the name for the flag's value.
      given[name] = true;
      positionals.push(value);
    } else if (name in runFlags && flag.type === 'boolean') setSwitch(given, name, value, problems);
    else given[name] = typeof value === 'boolean' ? value : String(value);
  }
  return withArguments(given, positionals, problems);
}

/** A flag of the run that is on or off, also as `--force=no`. */
function setSwitch(
  given: Record<string, string | boolean>,
  name: string,
  value: unknown,
  problems: Problem[],
): void {
  const on = yesNo(value);
  if (typeof on === 'boolean') given[name] = on;
  else problems.push(`--${name} is on or off, not ${shown(value)}`);
}

function withArguments(
  given: CommandLine['flags'],
  [argument, ...others]: string[],
  problems: Problem[],
): Reading {
  const unexpected = others.map((other) => `unexpected argument "${other}"`);
  return {
    commandLine: { flags: given, ...(argument !== undefined && { argument }) },
    problems: [...new Set(problems), ...unexpected],
  };
}

function unknownFlag(given: string): Problem {
  const names = Object.entries(flags).flatMap(([name, { negatable }]) => [
    `--${name}`,
    ...(negatable ? [`--no-${name}`] : []),
  ]);
  return `unknown flag ${given}${didYouMean(given, names)}`;
}
