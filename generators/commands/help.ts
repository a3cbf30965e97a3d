import type { Command, Flag } from './command.ts';

/** How somebody calls the program: by our bin, or by yo. */
export type Program = 'bin' | 'yo';

/** No line is longer. */
const width = 80;
/** Where the texts of flags start. */
const column = 26;

/** What is said of a flag beside its text. */
export interface Details {
  /** Stands at the end of the flag's own line. */
  readonly variable: string;
  readonly default: string;
  readonly allowed?: string;
}

/** The text of a command's `--help`. */
export function helpOf(
  command: Command,
  program: Program,
  {
    others = [],
    details,
  }: { readonly others?: readonly Command[]; readonly details?: (flag: string) => Details | undefined } = {},
): string {
  const { summary, argument, flags, notes = [], examples = [] } = command;
  const called = callOf(command, program);
  const groups = new Set(Object.values(flags).map(groupOf));
  return [
    ...wrapped(summary),
    '',
    `Usage: ${called} [${argument.name}] [flags]`,
    '',
    ...entry(argument.name, argument.text),
    ...(others.length ? ['', 'Other commands:'] : []),
    ...others.flatMap((other) => entry(callOf(other, program), other.summary)),
    ...(examples.length ? ['', 'Examples:'] : []),
    ...examples.flatMap(([line, does]) => [`  ${`${called} ${line}`.trim()}`, `      ${does}`]),
    ...notes.flatMap((note) => ['', ...wrapped(note)]),
    ...[...groups].flatMap((group) => [
      '',
      `${group}:`,
      ...Object.entries(flags)
        .filter(([, flag]) => groupOf(flag) === group)
        .flatMap(([name, flag]) => entry(spelled(name, flag), flag.text, details?.(name))),
    ]),
    '',
  ].join('\n');
}

/** How a command is called. */
export function callOf({ name }: Command, program: Program): string {
  if (program === 'yo') return `yo ml-container-creator${name ? `:${name}` : ''}`;
  return `ml-container-creator${name ? ` ${name}` : ''}`;
}

const groupOf = ({ group = 'Flags' }: Flag) => group;

function spelled(name: string, { type, value = 'VALUE' }: Flag): string {
  if (type === 'yesNo') return `--[no-]${name}`;
  return type === 'switch' ? `--${name}` : `--${name}=${value}`;
}

/** A name and what it stands for: beside it, or below it where more is to be said or the name is too long. */
function entry(name: string, text: string, details?: Details): string[] {
  const label = `  ${name}`;
  if (details)
    return [
      label + details.variable.padStart(width - label.length),
      ...wrapped(`${text} (default: ${details.default})`, 6),
      ...(details.allowed ? wrapped(details.allowed, 6) : []),
    ];
  const [first = '', ...others] = wrapped(text, column);
  if (label.length > column - 2) return [label, first, ...others];
  return [label.padEnd(column) + first.trimStart(), ...others];
}

/** Lines of a text that starts in a column. */
function wrapped(text: string, indent = 0): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    if (line && indent + line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}
