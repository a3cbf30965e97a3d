import { parseArgs } from 'node:util';
import { didYouMean, type Problem, shown } from '../settings/problems.ts';
import { yesNo } from '../settings/yes-no.ts';
import type { Command, Flag, Flags, Given } from './command.ts';

/** A command line as read, with what is wrong with it: shown together with all other problems. */
export interface Reading<F extends Flags = Flags> {
  readonly flags: Given<F>;
  readonly argument?: string;
  readonly problems: readonly Problem[];
}

type Value = string | boolean | string[];

/** Reads the arguments of our own bin, those after the command's name. */
export function readArguments<C extends Command>({ flags }: C, args: readonly string[]): Reading<C['flags']> {
  const options = Object.entries(flags).map(([name, { type }]) => [
    name,
    { type: takesValue(type) ? 'string' : 'boolean' } as const,
  ]);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(options),
    strict: false,
    allowNegative: true,
    allowPositionals: true,
    tokens: true,
  });
  const reader = new Reader(flags);
  for (const token of tokens) {
    if (token.kind === 'positional') reader.positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName, value, inlineValue } = token;
    const negated = rawName.startsWith('--no-');
    const name = token.name.replace(/^no-/, '');
    if (rawName === '-h') reader.take('help', true);
    else if (!rawName.startsWith('--') || (negated && flags[name]?.type !== 'yesNo')) reader.refuse(rawName);
    else if (negated) reader.take(name, false);
    // What looks like the next flag is no value.
    else if (inlineValue === false && value.startsWith('-')) reader.take(name, true);
    else reader.take(name, value ?? true);
  }
  return reader.reading();
}

/** Options that Yeoman's own classes add to those of the command line. */
const yeomanOptions = [
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
export function readOptions<C extends Command>(
  { flags }: C,
  options: Readonly<Record<string, unknown>>,
  args: readonly string[],
): Reading<C['flags']> {
  const reader = new Reader(flags);
  reader.positionals.push(...args);
  const seen = new Set<string>();
  for (const [option, given] of Object.entries(options)) {
    const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const values = [given].flat();
    const plain = values.every((one) => ['string', 'boolean', 'number'].includes(typeof one));
    if (!plain || yeomanOptions.includes(name) || seen.has(name)) continue;
    seen.add(name);
    for (const value of values) {
      if (name === 'skip-prompts' && typeof value === 'string' && typeof yesNo(value) === 'string') {
        // `yo … --skip-prompts my-model`: yo takes the name for the flag's value.
        reader.take(name, true);
        reader.positionals.push(value);
      } else reader.take(name, typeof value === 'boolean' ? value : String(value));
    }
  }
  return reader.reading();
}

const takesValue = (type: Flag['type']) => type === 'text' || type === 'texts';

/** Collects what is given, each flag by its declaration. */
class Reader {
  readonly positionals: string[] = [];
  readonly #flags: Flags;
  readonly #given: Record<string, Value> = {};
  readonly #problems = new Set<Problem>();

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  /** `value` is true for a flag without one. */
  take(name: string, value: string | boolean): void {
    const flag = Object.hasOwn(this.#flags, name) ? this.#flags[name] : undefined;
    if (!flag) this.refuse(`--${name}`);
    else if (!takesValue(flag.type)) this.#set(name, flag, value);
    else if (typeof value !== 'string' || value === '')
      this.#problems.add(`--${name} needs a value, as in --${name}=${flag.value ?? 'VALUE'}`);
    else if (flag.type === 'texts')
      this.#given[name] = [...((this.#given[name] as string[] | undefined) ?? []), value];
    else this.#given[name] = value;
  }

  /** One that is no flag of the command. */
  refuse(given: string): void {
    const names = Object.entries(this.#flags).flatMap(([name, { type }]) => [
      `--${name}`,
      ...(type === 'yesNo' ? [`--no-${name}`] : []),
    ]);
    this.#problems.add(`unknown flag ${given}${didYouMean(given, names)}`);
  }

  reading<F extends Flags>(): Reading<F> {
    const [argument, ...others] = this.positionals;
    return {
      flags: this.#given as Given<F>,
      ...(argument !== undefined && { argument }),
      problems: [...this.#problems, ...others.map((other) => `unexpected argument "${other}"`)],
    };
  }

  #set(name: string, { type }: Flag, value: string | boolean): void {
    const on = type === 'switch' ? yesNo(value) : value;
    if (type === 'switch' && typeof on !== 'boolean')
      this.#problems.add(`--${name} is on or off, not ${shown(value)}`);
    else this.#given[name] = on as string | boolean;
  }
}
