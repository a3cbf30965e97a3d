import { setTimeout as sleep } from 'node:timers/promises';
import { invocation } from './answers.ts';
import { failedIfAny, type Outcome } from './check.ts';
import type { Usage } from './containers/container.ts';
import { type Address, type Question, tryToAsk } from './http.ts';
import { NotChecked } from './needs.ts';
import type { Subject } from './subject.ts';

/** Requests of a round, each on a connection of its own, and the seconds that it may take. */
const [requests, seconds, atOnce] = [200, 3, 4];

/** Of fewer a leak cannot be told from chance. */
const fewest = 40;

/** What is counted: a leak is one in 20 requests, or so many bytes for each. */
const kinds: readonly [name: Exclude<keyof Usage, 'bytes'>, words: string][] = [
  ['files', 'open files'],
  ['threads', 'threads'],
  ['zombies', 'ended processes that nobody waits for'],
  ['temporary', 'files in the folder for temporary ones'],
];
const bytesEach = 50_000;

/**
 * Looks at what the server holds before and after rounds of right and wrong requests. What it fills once, as caches and
 * pools, stays in a later round: a leak is what grows in each of three.
 */
export async function leaks(subject: Subject): Promise<Outcome> {
  const { address } = await subject.server();
  const inside = await subject.inside();
  const { sample } = await subject.anyAnswered();
  const questions = [
    invocation(sample),
    invocation(sample, Buffer.from('no')),
    // Large, so that a server that keeps bodies is seen; no text, so that no model is asked about it.
    invocation(sample, Buffer.alloc(500_000, 0xff)),
    { ...invocation(sample), headers: { 'Content-Type': 'application/x-no-such-type' } },
  ];
  await round(address, questions);
  const seen = [await inside.usage()];
  const sent: number[] = [];
  for (let number = 0; number < 3; number++) {
    sent.push(await round(address, questions));
    seen.push(await inside.usage());
    if (!grown(seen, sent).length) break;
  }
  const count = sent.reduce((sum, one) => sum + one, 0);
  return failedIfAny(grown(seen, sent).map((words) => `after ${count} requests: ${words}`));
}

/** What grew in each round. */
function grown(seen: readonly Usage[], sent: readonly number[]): string[] {
  const [first, last] = [seen[0] as Usage, seen.at(-1) as Usage];
  const each = (name: keyof Usage, least: (requests: number) => number) =>
    sent.every(
      (count, number) => (seen[number + 1]?.[name] ?? 0) - (seen[number]?.[name] ?? 0) >= least(count),
    );
  return [
    ...kinds
      .filter(([name]) => each(name, (count) => Math.max(5, count / 20)))
      .map(([name, words]) => `${last[name]} ${words}, ${first[name]} before`),
    ...(each('bytes', (count) => count * bytesEach)
      ? [`${megabytes(last.bytes)} MB of memory, ${megabytes(first.bytes)} before`]
      : []),
  ];
}

const megabytes = (bytes: number) => Math.round(bytes / 1_000_000);

/** How many were asked. */
async function round(address: Address, questions: readonly Question[]): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let sent = 0;
  const one = async () => {
    while (sent < requests && performance.now() < end)
      await tryToAsk(address, questions[sent++ % questions.length] as Question);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  if (sent < fewest)
    throw new NotChecked(`the model is too slow: ${sent} requests in ${seconds} s, ${fewest} would show it`);
  // What is tidied up after an answer.
  await sleep(500);
  return sent;
}
