import { setTimeout as sleep } from 'node:timers/promises';
import { invocation, isLate, patience } from './answers.ts';
import { inShort, NoAnswer, tryToAsk } from './http.ts';
import { limits } from './sources.ts';
import type { Subject } from './subject.ts';

/** What can become of the shared server at any check, by the check that tells of it. */
type Teller = 'stays-alive' | 'still-answers' | 'rate-limit';

export interface Fate {
  readonly teller: Teller;
  readonly words: string;
}

/** Of all checks so far: what became of the shared server, and the checks at which that was seen. */
export class Fates {
  readonly #seen = new Map<string, { readonly fate: Fate; readonly checks: string[] }>();

  note(fate: Fate, check: string): void {
    const key = `${fate.teller} ${fate.words}`;
    const seen = this.#seen.get(key) ?? { fate, checks: [] };
    seen.checks.push(check);
    this.#seen.set(key, seen);
  }

  toldBy(teller: Teller): string[] {
    const seen = [...this.#seen.values()].filter(({ fate }) => fate.teller === teller);
    return seen.map(({ fate, checks }) => `${fate.words} at ${checks.join(', ')}`);
  }

  /** Each time costs a minute, and what is asked of such a server says nothing of what it is asked for. */
  get hangsAgain(): boolean {
    const hung = [...this.#seen.values()].filter(({ fate }) => fate.teller === 'still-answers');
    return hung.flatMap(({ checks }) => checks).length > 1;
  }
}

/** In seconds: for a request that was answered before, longer than what is still under way can take. */
const sure = 30;

/**
 * Whether a server that says on /ping that it is well gives no answer any more to what it has answered, or refuses that
 * as too much, though nothing else is asked.
 */
export async function silentOrRefusing(subject: Subject): Promise<Fate | undefined> {
  const { address } = await subject.server();
  const known = await subject.answeredSoFar();
  const ping = await tryToAsk(address, { path: '/ping', seconds: limits.pingSeconds });
  if (!known || ping instanceof NoAnswer || ping.status !== 200) return undefined;
  const question = invocation(known.sample);
  const seconds = Math.max(sure, patience(known));
  for (let attempt = 1; ; attempt++) {
    const answer = await tryToAsk(address, { ...question, seconds });
    if (isLate(answer))
      return {
        teller: 'still-answers',
        words: `/ping says 200, and the request that it answered at first gets ${inShort(answer)}`,
      };
    if (!isRefusal(answer)) return undefined;
    if (attempt === 3) return { teller: 'rate-limit', words: inShort(answer) };
    // What it was asked before may be under way.
    await sleep(1000);
  }
}

/** That it is too much, as it says. */
export const isRefusal = (answer: Parameters<typeof inShort>[0]): boolean =>
  !(answer instanceof NoAnswer) && [503, 429].includes(answer.status);
