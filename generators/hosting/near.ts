import { printable } from '../printable.ts';

/** The largest number at each place of a document, lists having one place for all that they hold: `/predictions/*`. */
export type Scales = ReadonlyMap<string, number>;

/**
 * How far rounding may take a number, as a part of the largest at its place, and again as a part of itself. A row gets
 * other sums in a batch of another size: of float32 networks up to 8e-6 of the largest was seen, of float16 up to 3e-3 for
 * probabilities, where both parts count.
 */
const rounding = 2e-3;

/** What is the same but for how it is written. */
const exact = 1e-6;

/** What no rounding of float32 does: such answers are to different rows. */
export const apart = 1e-4;

/** What differs first between what is got and what is expected, by more than rounding: "0.8 instead of 0.3"; or nothing. */
export function difference(
  got: unknown,
  expected: unknown,
  scales: Scales = scalesOf([expected]),
  path = '',
  limit = rounding,
): string | undefined {
  if (typeof got === 'number' && typeof expected === 'number')
    return near(got, expected, limit, scales.get(path)) ? undefined : instead(got, expected);
  if (typeof got === 'string' && typeof expected === 'string') {
    const [a, b] = [pieces(got), pieces(expected)];
    const same = (piece: string, other = '') =>
      piece === other || near(Number(piece), Number(other), limit, scales.get(path));
    return a.length === b.length && a.every((piece, index) => same(piece, b[index]))
      ? undefined
      : instead(got, expected);
  }
  if (!isTree(got) || !isTree(expected)) return got === expected ? undefined : instead(got, expected);
  if (Array.isArray(got) !== Array.isArray(expected)) return instead(got, expected);
  const names = new Set([...Object.keys(got), ...Object.keys(expected)]);
  for (const name of names) {
    const below = `${path}/${Array.isArray(expected) ? '*' : name}`;
    const found = difference(got[name], expected[name], scales, below, limit);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a row got, to the last digit, what another row gets that is not this one's: two mixed up are not rounded. */
export function isAnothers(
  got: unknown,
  own: unknown,
  others: readonly unknown[],
  scales: Scales,
  path = '',
): boolean {
  const differ = (one: unknown, other: unknown, limit: number) =>
    difference(one, other, scales, path, limit) !== undefined;
  return (
    differ(got, own, apart) && others.some((other) => !differ(got, other, exact) && differ(own, other, apart))
  );
}

/** Those of documents together, or of parts of them that are at one place. */
export function scalesOf(documents: readonly unknown[], at = ''): Scales {
  const scales = new Map<string, number>();
  const look = (value: unknown, path: string): void => {
    if (isTree(value))
      for (const [name, member] of Object.entries(value))
        look(member, `${path}/${Array.isArray(value) ? '*' : name}`);
    const numbers =
      typeof value === 'number' ? [value] : typeof value === 'string' ? pieces(value).map(Number) : [];
    // Whole numbers are ids, counts and labels: they say nothing of how others are rounded.
    for (const number of numbers)
      if (Number.isFinite(number) && !Number.isInteger(number))
        scales.set(path, Math.max(scales.get(path) ?? 0, Math.abs(number)));
  };
  for (const document of documents) look(document, at);
  return scales;
}

function near(a: number, b: number, limit: number, scale = 0): boolean {
  const [size, part] = [Math.max(Math.abs(a), Math.abs(b)), Math.abs(a - b)];
  if (Number.isInteger(a) && Number.isInteger(b)) return part <= exact * size;
  return part <= limit * (size + scale);
}

const pieces = (text: string) => text.split(/(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/);

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function instead(got: unknown, expected: unknown): string {
  const words = (value: unknown) => {
    // The fields of a line of CSV, by their numbers.
    const fields = isTree(value) && !Array.isArray(value) && '0' in value;
    const text = printable(fields ? Object.values(value).join() : (JSON.stringify(value) ?? 'nothing'));
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  };
  return `${words(got)} instead of ${words(expected)}`;
}
