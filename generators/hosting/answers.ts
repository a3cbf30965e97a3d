import { type Answer, inShort, NoAnswer, type Question } from './http.ts';
import type { Sample } from './samples.ts';
import { limits } from './sources.ts';
import { steady, type Varying } from './varying.ts';

/** An answer that others are held against, and where such answers differ by nature. */
export interface Reference extends Answer {
  readonly varying: Varying;
}

/** A sample and the answer to it: 200, each time that it was asked. */
export interface Answered {
  readonly sample: Sample;
  readonly answer: Reference;
}

/** A request to /invocations with a sample's body, or another of its kind. */
export function invocation(
  { contentType, body: sampleBody }: Sample,
  body = sampleBody,
  headers: Readonly<Record<string, string>> = {},
): Question & { readonly body: Buffer } {
  return { method: 'POST', path: '/invocations', body, headers: { 'Content-Type': contentType, ...headers } };
}

/** Seconds that four such requests at once may take, one after the other. */
export const patience = ({ answer }: Answered): number =>
  Math.min(limits.invocationSeconds, 5 + 8 * answer.seconds);

export const isLate = (answer: Answer | NoAnswer | undefined): boolean =>
  answer instanceof NoAnswer && answer.reason === 'late';

/** What is wrong with an answer that should be another one, or nothing. */
export function unlike(answer: Answer | NoAnswer, expected: Reference): string | undefined {
  if (!(answer instanceof NoAnswer) && alike(answer, expected)) return undefined;
  const other = !(answer instanceof NoAnswer) && answer.status === expected.status;
  return other ? `${answer.status}, with another answer than to the plain request` : inShort(answer);
}

/** Equal, but for what varies and the last digits of numbers: batches of different sizes are not rounded alike. */
export function alike(one: Answer, other: Reference): boolean {
  if (one.body.equals(other.body)) return true;
  if (one.status !== other.status || one.body.length > 10_000_000) return false;
  const { varying } = other;
  if (varying.size) return nearly(steady(one, varying), steady(other, varying));
  return nearly(one.body.toString('latin1'), other.body.toString('latin1'));
}

/** Equal texts, but for the last digits of numbers. */
export function nearly(one: string, other: string): boolean {
  const [a, b] = [pieces(one), pieces(other)];
  return (
    a.length === b.length && a.every((piece, index) => piece === b[index] || near(piece, b[index] ?? ''))
  );
}

const pieces = (text: string) => text.split(/(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/);

function near(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= 1e-6 * Math.max(Math.abs(x), Math.abs(y));
}
