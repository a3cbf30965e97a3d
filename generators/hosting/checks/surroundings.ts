import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { invocation, unlike } from '../answers.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { inShort, tryToAsk } from '../http.ts';
import { runsUnder } from '../observe.ts';
import { sources } from '../sources.ts';
import { untilReady, whyNotReady } from '../start.ts';
import type { Subject } from '../subject.ts';

/** As far from UTC as a clock can be, and the plainest language. */
const elsewhere = { LANG: 'C', LC_ALL: 'C', TZ: 'Pacific/Kiritimati' };

export const surroundings: readonly Check[] = [
  {
    id: 'locale',
    level: 'should',
    sentence: 'answers the same with another language and time zone',
    source: sources.hosting,
    consequence: 'answers depend on where it runs: hosting sets none of LANG, LC_ALL and TZ',
    fix: 'name encodings and time zones in the code: encoding="utf-8", UTC',
    needs: ['start', 'answers'],
    async run(subject) {
      const { notReady, wrong } = await abroad(subject);
      if (notReady) return failed(notReady);
      return wrong ? failed(`/invocations: ${wrong}`) : passed();
    },
  },
  {
    id: 'no-home',
    level: 'should',
    sentence: 'starts and answers where HOME is not set',
    source: sources.serverless,
    consequence: 'where another user runs it, it fails to start',
    fix: 'keep caches below /tmp, by their own variables; do not look for a home',
    needs: ['start'],
    run: (subject) =>
      // Docker sets it by itself, unless it is given.
      runsUnder(
        subject,
        subject.source.kind === 'image'
          ? { environment: { HOME: '/no-such-home' } }
          : { unset: ['HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ'] },
      ),
  },
  {
    id: 'logs-secrets',
    level: 'should',
    sentence: 'keeps the values of its variables out of its log',
    source: sources.container,
    consequence: 'tokens and passwords go to CloudWatch, where other people may read them',
    fix: 'log names of settings, never the whole environment',
    needs: ['start'],
    async run(subject) {
      const { log, canary } = await abroad(subject);
      const line = log.split('\n').find((text) => text.includes(canary));
      return line === undefined
        ? passed()
        : failed(`the value of API_TOKEN is in it: ${line.trim().replaceAll(canary, '…').slice(0, 100)}`);
    },
  },
  {
    id: 'sighup',
    level: 'info',
    sentence: 'goes on when its terminal is closed (SIGHUP)',
    source: sources.hosting,
    consequence:
      'nothing on SageMaker, which sends no SIGHUP; by hand it ends with the terminal, and with what it was doing',
    fix: 'take SIGHUP for a wish to read the settings anew, or leave it alone',
    needs: ['start', 'inside'],
    run: (subject) =>
      subject.withReady(async (container) => {
        const { inside, hangUp } = container;
        if (!inside || !hangUp) return skipped('it cannot be sent one');
        // The kernel drops signals without a handler for the first process of a container.
        if (inside.catchesHup?.() === false)
          return passed('it has no handler: as the first process of a container it is not reached');
        hangUp();
        await sleep(1000);
        const again = container.ended ? undefined : await untilReady(container, Math.min(20, subject.window));
        if (container.ended) return failed(`it ends with ${container.ended.code}`);
        return again?.state === 'ready' ? passed() : failed('it is not healthy any more');
      }),
  },
];

/** A start in another place, with a variable whose value must not be told; asked rightly and wrongly. */
function abroad(subject: Subject) {
  return subject.once('abroad', async () => {
    const canary = randomBytes(12).toString('hex');
    const environment = { ...elsewhere, API_TOKEN: canary };
    const [answered] = await subject.answered();
    return subject.with({ environment }, async (container, start) => {
      const { address, log } = container;
      let wrong: string | undefined;
      if (start.state === 'ready' && answered) {
        const answer = await tryToAsk(address, invocation(answered.sample));
        wrong = unlike(answer, answered.answer);
        // An error may show what the program holds.
        inShort(await tryToAsk(address, invocation(answered.sample, Buffer.from('no'))));
        await sleep(200);
      }
      const notReady = start.state === 'ready' ? undefined : await whyNotReady(container, start);
      return { notReady, log: log(), canary, wrong };
    });
  });
}
