import { networkInterfaces } from 'node:os';
import { invocation, patience } from '../answers.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { type Address, inShort, NoAnswer, type Question, tryToAsk } from '../http.ts';
import { limits, sources } from '../sources.ts';
import { hiddenBy } from '../start.ts';
import type { Subject } from '../subject.ts';

export const allInterfaces: Check = {
  id: 'all-interfaces',
  level: 'must',
  sentence: 'listens on all network interfaces, and answers whoever asks',
  source: sources.hosting,
  consequence: 'nobody reaches the server: "did not pass the ping health check"',
  fix: 'bind to 0.0.0.0, not to 127.0.0.1, localhost or IPv6 alone; let every address in, not 127.0.0.1 alone',
  needs: ['inside'],
  withoutServer: true,
  async run(subject) {
    const { container, start } = await subject.main();
    if (container.ended) return skipped('it has ended');
    const hidden = await hiddenBy(container, start.state === 'ready');
    if (hidden) return failed(hidden);
    // A container is asked from outside anyway.
    return start.state === 'ready' && subject.source.kind === 'process' ? fromElsewhere(subject) : passed();
  },
};

/** Asks it from another address than 127.0.0.1, by this machine's loopback: nothing leaves it. */
async function fromElsewhere(subject: Subject) {
  const { address } = await subject.server();
  const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  // Where there is no network, Linux has this one all the same.
  const from = others.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.2';
  const [known] = await subject.answered();
  const questions: Question[] = [
    { path: '/ping', seconds: limits.pingSeconds },
    ...(known ? [{ ...invocation(known.sample), seconds: patience(known) }] : []),
  ];
  for (const question of questions) {
    const refusal = await refusalOf(question, address, from);
    if (refusal !== undefined)
      return failed(`${question.path} asked from ${from}: ${refusal}; from 127.0.0.1: 200`);
  }
  return passed();
}

/** What an address gets each time, where 127.0.0.1 gets 200; nothing where it was answered, or could not ask. */
async function refusalOf(question: Question, here: Address, from: string): Promise<string | undefined> {
  let refusal: string | undefined;
  // Three times: one that fails at times is not one that refuses an address.
  for (let time = 0; time < 3; time++) {
    const there = await tryToAsk({ ...here, from }, question);
    if (there instanceof NoAnswer ? there.reason !== 'reset' : there.status === 200) return undefined;
    refusal = inShort(there);
    const same = await tryToAsk(here, question);
    if (same instanceof NoAnswer || same.status !== 200) return undefined;
  }
  return refusal;
}
