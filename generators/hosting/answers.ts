import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, type Answer, inShort, NoAnswer, type Question, tryToAsk } from './http.ts';
import type { Sample } from './samples.ts';
import { limits } from './sources.ts';
import { steady, type Varying, varyingIn } from './varying.ts';

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

/** The samples that a server answers with 200, three times in more than a second, and what varies meanwhile. */
export async function answeredBy(address: Address, samples: readonly Sample[]): Promise<Answered[]> {
  let asked = samples.map((sample) => ({ sample, answers: [] as Answer[] }));
  const started = performance.now();
  // A clock in whole seconds is seen to go on only so.
  for (const begin of [0, 0, 1100]) {
    await sleep(Math.max(0, started + begin - performance.now()));
    const still: typeof asked = [];
    for (const { sample, answers } of asked) {
      const answer = await tryToAsk(address, invocation(sample));
      if (isLate(answer)) break;
      if (!(answer instanceof NoAnswer) && answer.status === 200)
        still.push({ sample, answers: [...answers, answer] });
    }
    asked = still;
  }
  return asked.flatMap(({ sample, answers }) => {
    const [answer] = answers;
    return answer ? [{ sample, answer: { ...answer, varying: varyingIn(answers, nearly) } }] : [];
  });
}

/** Seconds that four such requests at once may take, one after the other. */
export const patience = ({ answer }: { readonly answer: Answer }): number =>
  Math.min(limits.invocationSeconds, Math.ceil(5 + 8 * answer.seconds));

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
