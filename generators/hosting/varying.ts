import { isUtf8 } from 'node:buffer';
import { type Answer, mediaType } from './http.ts';
import { difference, scalesOf } from './near.ts';

/**
 * Where the answers to one and the same request differ by nature: a time that was taken, an id, samples at random. Paths
 * such as /latency_ms and /predictions/*, with a star for each place in a list; a field of CSV has the number of its
 * column, and the empty path all of a text.
 */
export type Varying = ReadonlySet<string>;

/** What differs between answers to the same request, by more than rounding. */
export function varyingIn(answers: readonly Answer[]): Varying {
  const found = new Set<string>();
  const [first, ...others] = answers.map(document);
  const scales = scalesOf([first]);
  const compare = (one: unknown, other: unknown, path: string): void => {
    if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
      for (const [index, item] of one.entries()) compare(item, other[index], `${path}/*`);
    } else if (isObject(one) && isObject(other)) {
      for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
        compare(one[name], other[name], `${path}/${name}`);
    } else if (difference(other, one, scales, path) !== undefined) found.add(path);
  };
  for (const other of others) compare(first, other, '');
  return found;
}

/** An answer as `document` has it, without what varies in it. */
export const steady = (answer: Answer, varying: Varying): unknown => without(document(answer), varying, '');

/** A part of an answer, from some path on, without what varies in it. */
export function without(value: unknown, varying: Varying, path: string): unknown {
  if (varying.has(path)) return null;
  if (Array.isArray(value)) return value.map((item) => without(item, varying, `${path}/*`));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      // One that is there at times only varies, too.
      .filter(([name]) => !varying.has(`${path}/${name}`))
      .map(([name, member]) => [name, without(member, varying, `${path}/${name}`)]),
  );
}

/** JSON as it is, lines of JSON as a list, CSV as a list of fields by their number; anything else is one text. */
export function document({ body, headers }: Answer): unknown {
  // Bytes that are no text are told apart all the same.
  const text = body.toString(isUtf8(body) ? 'utf8' : 'latin1');
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (mediaType(headers['content-type']) === 'text/csv') return lines.map((line) => ({ ...line.split(',') }));
  try {
    return JSON.parse(text);
  } catch {
    try {
      return lines.map((line) => JSON.parse(line) as unknown);
    } catch {
      return text;
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
