import { distance } from 'fastest-levenshtein';
import { escaped, printableLines } from '../printable.ts';

/** Something that the user gave and that cannot be used; `message` is one line, ready to show. */
export type Problem = string;

/** Wrong input: all that is wrong with it, one line each. Exit code 2, and nothing was written. */
export class UsageError extends Error {
  /** `yo` and our own bin exit with it. */
  readonly code = 2;
  readonly isForeseen = true;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(
      printableLines(
        problems.length === 1
          ? (problems[0] as Problem)
          : [`${problems.length} problems`, ...problems.map((p) => `  ${p}`)].join('\n'),
      ),
    );
    this.problems = problems;
  }
}

/** The exit code of work that failed. 1 and 3 are answers: something would change, a check failed; something is to be settled. */
export const failed = 4;

/** Input that was right, and work that failed all the same. */
export class WorkError extends Error {
  readonly code = failed;
  readonly isForeseen = true;

  constructor(message: string) {
    super(printableLines(message));
  }
}

/** Whether an error is one of these. What Yeoman runs is a bundle of its own, with classes of its own. */
export function isForeseen(error: unknown): error is UsageError | WorkError {
  return error instanceof Error && 'isForeseen' in error;
}

/** A value as the user would write it, on one line. */
export function shown(value: unknown): string {
  const text = escaped(JSON.stringify(value) ?? String(value));
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** `; did you mean "x"?` when one of the names is near, else nothing. */
export function didYouMean(given: string, names: Iterable<string>): string {
  const near = nearest(given, names, (name) => Math.max(2, Math.floor(name.length / 3)));
  return near ? `; did you mean ${near}?` : '';
}

/** Of names, the one that is the fewest edits away, where these are no more than `most` says for it. */
export function nearest(
  given: string,
  names: Iterable<string>,
  most: (name: string) => number,
): string | undefined {
  return [...names]
    .map((name) => ({ name, steps: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, steps }) => steps <= most(name))
    .sort((a, b) => a.steps - b.steps)[0]?.name;
}
