import { setTimeout as sleep } from 'node:timers/promises';
import { invocation, isLate, patience, unlike } from '../answers.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { isRefusal } from '../fate.ts';
import { type Answer, inShort, NoAnswer, tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';

/** Of equal requests, as many as are answered in so many seconds. */
const [most, seconds] = [50, 2];

/** In seconds: what a server runs out of may last so long. */
const awhile = 30;

export const eachRequest: Check = {
  id: 'each-request',
  level: 'must',
  sentence: `answers the same request ${most} times one after the other`,
  source: sources.hosting,
  consequence: 'callers get an error now and then, whatever they ask, and asking again helps until the next',
  fix: 'read what it printed when it failed; keep nothing from one request to the next, and no limit of requests after which a worker ends in the middle of one',
  explainedBy: ['ready'],
  async run(subject) {
    if (!subject.samples.length) return skipped('there is no sample request: give one with --payload');
    const { count, bad } = await atTimes(subject);
    const [first] = bad;
    if (bad.length === count) return skipped('none of them is answered: see invocations');
    if (!first) return passed(`${count} of them`);
    const symptom = isLate(first) ? 'no answer within' : inShort(first);
    return failed(`${bad.length} of ${count}: ${inShort(first)}`, symptom);
  },
};

export const rateLimit: Check = {
  id: 'rate-limit',
  level: 'must',
  sentence: 'answers requests that come one after the other, however many come from one address',
  source: sources.hosting,
  consequence: 'callers are refused though the server has nothing to do: all requests come from one address',
  fix: 'leave limits for each caller out: SageMaker is the only one; refuse with 503 or 429 only while it is busy',
  explainedBy: ['each-request'],
  needs: ['answers'],
  async run(subject) {
    const met = subject.fates.toldBy('rate-limit');
    if (met.length) return failed(met.join('; '));
    const { count, refused } = await atTimes(subject);
    return refused ? failed(`request ${count + 1}: ${inShort(refused)}`) : passed();
  },
};

export const stillAnswers: Check = {
  id: 'still-answers',
  level: 'must',
  sentence: `answers as at first when it has run for ${awhile} s, after all that it was asked until then`,
  source: sources.hosting,
  consequence:
    'the endpoint is InService, and after a while its requests fail; as long as /ping says 200, nothing replaces it',
  fix: 'read what it printed last, and look for what runs out: threads, connections, a lock that nobody releases',
  explainedBy: ['each-request', 'load-answers', 'rate-limit', 'stays-alive'],
  needs: ['answers'],
  async run(subject) {
    const hung = subject.fates.toldBy('still-answers');
    if (hung.length) return failed(hung.join('; '));
    const { container, since } = await subject.main();
    const known = await subject.anyAnswered();
    const age = () => (performance.now() - since) / 1000;
    await sleep(Math.max(0, 1000 * (awhile - age())));
    const asked = `after ${Math.round(age())} s`;
    const answer = await tryToAsk(container.address, {
      ...invocation(known.sample),
      seconds: patience(known),
    });
    const wrong = unlike(answer, known.answer);
    return wrong ? failed(`${asked}: ${wrong}`) : passed(asked);
  },
};

/** How many of equal requests were made, each on a connection of its own, and what those got that were not answered. */
export function atTimes(subject: Subject) {
  return subject.once('at times', async () => {
    const { address } = await subject.server();
    const question = await answeredQuestion(subject);
    const bad: (Answer | NoAnswer)[] = [];
    let count = 0;
    let refused: Answer | undefined;
    const end = performance.now() + 1000 * seconds;
    while (question && count < most && performance.now() < end) {
      const answer = await tryToAsk(address, question);
      // One that has ended, and one that says that it is too much, will say no other thing.
      if (answer instanceof NoAnswer ? answer.reason === 'refused' : isRefusal(answer)) {
        if (!(answer instanceof NoAnswer)) refused = answer;
        break;
      }
      count++;
      if (answer instanceof NoAnswer || answer.status !== 200) bad.push(answer);
      if (isLate(answer)) break;
    }
    return { count, bad, refused };
  });
}

/** The first sample request that is answered: at the second try, where it fails by chance. */
async function answeredQuestion(subject: Subject) {
  const { address } = await subject.server();
  for (const sample of [...subject.samples, ...subject.samples]) {
    const answer = await tryToAsk(address, invocation(sample));
    if (isLate(answer)) return undefined;
    if (!(answer instanceof NoAnswer) && answer.status === 200)
      return { ...invocation(sample), seconds: patience({ answer }) };
  }
  return undefined;
}
