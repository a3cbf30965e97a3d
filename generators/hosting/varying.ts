import { type Answer, mediaType } from './http.ts';

/**
 * Where the answers to one and the same request differ by nature: a time that was taken, an id, samples at random. Paths
 * such as /latency_ms and /predictions/*, with a star for each place in a list; a field of CSV has the number of its
 * column, and the empty path all of a text.
 */
export type Varying = ReadonlySet<string>;

/** What differs between answers to the same request, by more than the last digits of numbers. */
export function varyingIn(
  answers: readonly Answer[],
  same: (one: string, other: string) => boolean,
): Varying {
  const found = new Set<string>();
  const [first, ...others] = answers.map(document);
  const compare = (one: unknown, other: unknown, path: string): void => {
    if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
      for (const [index, item] of one.entries()) compare(item, other[index], `${path}/*`);
    } else if (isObject(one) && isObject(other)) {
      for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
        compare(one[name], other[name], `${path}/${name}`);
    } else if (!same(JSON.stringify(one) ?? '', JSON.stringify(other) ?? '')) found.add(path);
  };
  for (const other of others) compare(first, other, '');
  return found;
}

/** An answer as JSON, without what varies in it. */
export const steady = (answer: Answer, varying: Varying): string =>
  JSON.stringify(without(document(answer), varying, '')) ?? '';

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
  const text = body.toString('utf8');
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
