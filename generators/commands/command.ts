/**
 * A command of the bin, declared as data: reading its arguments (`read.ts`), its help (`help.ts`) and its options in
 * Yeoman follow from it.
 *
 *     export const update = {
 *       name: 'update',
 *       summary: 'Brings a project to this version of the generator.',
 *       argument: { name: 'FOLDER', text: 'The project; by default the current folder' },
 *       flags: {
 *         check: { type: 'switch', text: 'Say what would change, and exit with 1 when something would' },
 *         junit: { type: 'text', value: 'FILE', text: 'Write the results as JUnit XML, too' },
 *       },
 *       examples: [['ml-container-creator update --check', 'in CI']],
 *     } as const satisfies Command;
 *
 *     const { flags, argument = '.', problems } = readArguments(update, args);  // flags.check?: boolean
 */
export interface Command {
  /** The word after the bin's name; absent: that of the generator itself. */
  readonly name?: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Its one argument, which may be left out. */
  readonly argument: { readonly name: string; readonly text: string };
  readonly flags: Flags;
  /** What is to be known beside that, in paragraphs. */
  readonly notes?: readonly string[];
  /** Command lines, and what each does. */
  readonly examples?: ReadonlyArray<readonly [line: string, does: string]>;
}

/** By their names without dashes, in the order of the help. */
export type Flags = Readonly<Record<string, Flag>>;

export interface Flag {
  /**
   * `text` takes a value, `texts` may be given several times, `switch` is on or off, and `yesNo` is a setting that is yes
   * or no, also as `--no-<flag>`: what is given for it is checked by the setting's schema.
   */
  readonly type: keyof ValueTypes;
  readonly text: string;
  /** What its value is called, as in `--junit=FILE`. */
  readonly value?: string;
  /** The heading under which help shows it. */
  readonly group?: string;
}

interface ValueTypes {
  readonly text: string;
  readonly texts: readonly string[];
  readonly switch: boolean;
  readonly yesNo: string | boolean;
}

/** What was given, by the names of the flags. */
export type Given<F extends Flags> = { readonly [Name in keyof F]?: ValueTypes[F[Name]['type']] };
