import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { invocation, isLate } from '../answers.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';

/** A number that no log holds by chance. */
const unusual = 4711.082736;

export const logs: readonly Check[] = [
  {
    id: 'logs',
    level: 'should',
    sentence: 'says something on standard output or standard error when it starts',
    source: sources.hosting,
    consequence: 'CloudWatch has no log stream for it: when something fails there is nothing to read',
    fix: 'log to standard output, unbuffered (PYTHONUNBUFFERED=1), not to a file',
    needs: ['start'],
    async run(subject) {
      // What is buffered comes late or never.
      const { said } = await subject.main();
      return said.trim() ? passed() : failed('it printed nothing until it was healthy');
    },
  },
  {
    id: 'logs-payload',
    level: 'should',
    sentence: 'keeps what requests hold out of its log',
    source: sources.hosting,
    consequence: 'personal data goes to CloudWatch, where other people may read it and nobody deletes it',
    fix: 'log sizes, types and reasons, never bodies',
    needs: ['start', 'answers'],
    async run(subject) {
      const container = await subject.server();
      const { sample } = await subject.anyAnswered();
      const marker = `verify${randomBytes(8).toString('hex')}`;
      for (const body of [
        `{"instances": [["${marker}"`,
        `{"instances": [["${marker}"]]}`,
        `${marker},${marker}\n`,
      ])
        if (isLate(await tryToAsk(container.address, invocation(sample, Buffer.from(body)))))
          return skipped('what it does not answer it may log later');
      const found = await subject.withRows();
      const marked = found?.rows.marked?.(unusual);
      if (found && marked && isLate(await tryToAsk(container.address, invocation(found.sample, marked))))
        return skipped('what it does not answer it may log later');
      await sleep(300);
      const log = container.log();
      if (log.includes(marker)) return failed('a value of a refused request is in it');
      return log.includes(String(unusual)) ? failed('a value of a valid request is in it') : passed();
    },
  },
  {
    id: 'logs-ping',
    level: 'info',
    sentence: 'does not log each /ping',
    source: sources.hosting,
    consequence: 'CloudWatch keeps some 17,000 lines a day for each instance, and bills them',
    fix: 'leave /ping out of the access log',
    needs: ['start'],
    async run(subject) {
      const container = await subject.server();
      const lines = () => container.log().split('\n').length;
      await sleep(200);
      const before = lines();
      for (let i = 0; i < 10; i++) await tryToAsk(container.address, { path: '/ping' });
      await sleep(300);
      const more = lines() - before;
      return more >= 10 ? failed(`${more} lines for 10 of them`) : passed();
    },
  },
];
