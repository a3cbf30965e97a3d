import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, type Answer, inShort, NoAnswer, type Question, tryToAsk } from './http.ts';
import { apart, difference, isAnothers, scalesOf } from './near.ts';
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
    return answer ? [{ sample, answer: { ...answer, varying: varyingIn(answers) } }] : [];
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
  return other
    ? `${answer.status}, with another answer than to the plain request${why(answer, expected)}`
    : inShort(answer);
}

/** Equal, but for what varies and for rounding: batches of different sizes are not rounded alike. */
export function alike(one: Answer, other: Reference): boolean {
  if (one.status !== other.status) return false;
  if (one.body.equals(other.body)) return true;
  if (one.body.length > 10_000_000) return false;
  return differenceOf(one, other) === undefined;
}

/** Answers to different rows: what one request got is its own, and not just what another one gets, however near that is. */
export function isOwn(got: Answer, own: Reference, all: readonly Reference[]): boolean {
  if (got.body.equals(own.body)) return true;
  const steadily = (answer: Answer) => steady(answer, own.varying);
  const [mine, expected, others] = [steadily(got), steadily(own), all.map(steadily)];
  const scales = scalesOf(others);
  return difference(mine, expected, scales) === undefined && !isAnothers(mine, expected, others, scales);
}

/** Whether not all of these answers to different rows are the same. */
export function areSeveral(all: readonly Reference[]): boolean {
  const [first, ...others] = all.map((answer) => steady(answer, answer.varying));
  return others.some((other) => difference(other, first, scalesOf([first]), '', apart) !== undefined);
}

const differenceOf = (one: Answer, other: Reference) =>
  difference(steady(one, other.varying), steady(other, other.varying));

function why(one: Answer, other: Reference): string {
  const words = one.body.length > 10_000_000 ? undefined : differenceOf(one, other);
  return words === undefined ? '' : `: ${words}`;
}
