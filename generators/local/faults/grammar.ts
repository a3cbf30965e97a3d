import type { Fault } from '../hosting.ts';

/** What --fail takes, for its help and its errors. */
export const grammar = {
  form: 'WHAT:HOW[:WHEN]',
  call: 'an operation of AWS (* for any) with an error code of AWS, cut-before or cut-after',
  hosting:
    'container:unhealthy, download:takes-SECONDSs, host:dies-after-SECONDSs, host:InsufficientInstanceCapacity',
  when: 'N for the first N times (1 by default), N-M, N- from the Nth on, or SECONDSs- once so many have passed',
} as const;

const capacity = 'InsufficientInstanceCapacity';

/** How each part can fail. */
const ways: readonly (readonly [what: RegExp, how: RegExp])[] = [
  [/^(\*|[A-Z]\w*)$/, new RegExp(`^(cut-before|cut-after|(?!${capacity}$)[A-Z]\\w*)$`)],
  [/^container$/, /^unhealthy$/],
  [/^download$/, /^takes-\d{1,6}s$/],
  [/^host$/, new RegExp(`^(dies-after-\\d{1,6}s|${capacity})$`)],
];

/** A fault as --fail gives it; text that is none is answered with what is wrong with it. */
export function faultOf(text: string): Fault | string {
  const [what = '', how = '', when = '1', ...more] = text.split(':');
  const way = ways.find(([pattern]) => pattern.test(what));
  if (!way || more.length)
    return `it takes ${grammar.form}, where WHAT:HOW is ${grammar.call}, or one of ${grammar.hosting}`;
  if (how === capacity && what !== 'host') return `no capacity is no error of a call: it is host:${capacity}`;
  if (!way[1].test(how))
    return `${what} fails by none of that: HOW is ${/^[*A-Z]/.test(what) ? grammar.call : `one of ${grammar.hosting}`}`;
  const times = timesOf(when);
  return times ? { what, how, ...times } : `WHEN is ${grammar.when}`;
}

function timesOf(when: string): Omit<Fault, 'what' | 'how'> | undefined {
  const [, first, range, last, seconds] = /^(?:(\d{1,6})(?:(-)(\d{1,6})?)?|(\d{1,6})s-)$/.exec(when) ?? [];
  if (seconds !== undefined) return { first: 1, last: Infinity, after: Number(seconds) };
  if (first === undefined) return undefined;
  const [one, other] = [Number(first), last === undefined ? Infinity : Number(last)];
  const times = range ? { first: one, last: other } : { first: 1, last: one };
  return times.first >= 1 && times.last >= times.first ? times : undefined;
}
