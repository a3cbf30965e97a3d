import { setTimeout as sleep } from 'node:timers/promises';
import { invocation } from '../answers.ts';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { begin, halves, inShort, NoAnswer, tryToAsk } from '../http.ts';
import { heavy } from '../observe.ts';
import { limits, sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { rateLimit } from './repeated.ts';

export const shutdown: readonly Check[] = [
  rateLimit,
  {
    id: 'stays-alive',
    level: 'must',
    sentence: 'is still there after all that it was asked until now',
    source: sources.hosting,
    consequence:
      'SageMaker replaces the instance, and all its requests are lost, each time that somebody asks the same',
    fix: 'read what it printed last; answer what cannot be answered with an error, and go on; no limit of requests or of time after which it ends',
    needs: ['start'],
    async run(subject) {
      // What it dies of may take its time.
      const end = await subject.ended(300);
      return failedIfAny([...subject.fates.toldBy('stays-alive'), ...(end === undefined ? [] : [end])]);
    },
  },
  {
    id: 'starts-again',
    level: 'should',
    sentence: 'starts a second time as it did the first time',
    source: sources.hosting,
    consequence: 'whether an instance comes up is chance, and one that ends does not come back',
    fix: 'read what it printed; leave nothing behind that a next start takes amiss: locks, sockets, files with the process id',
    needs: ['start'],
    withoutServer: true,
    async run(subject) {
      await subject.main();
      if (!subject.hasStarted) return skipped('no server to ask');
      return failedIfAny([await subject.startsAgain()].filter(Boolean));
    },
  },
  {
    id: 'sigterm-exit',
    level: 'must',
    sentence: `ends within ${limits.stopSeconds} s of SIGTERM`,
    source: sources.hosting,
    consequence: `it is killed after ${limits.stopSeconds} s, with whatever it was doing`,
    fix: 'let SIGTERM reach the server: an exec-form ENTRYPOINT, and exec in shell scripts; in Python, where no server does it, signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))',
    explainedBy: ['entry-point'],
    needs: ['start'],
    async run(subject) {
      const { ended, seconds, caught } = await stopping(subject);
      // The kernel drops signals without a handler for the first process of a container.
      if (!caught)
        return failed('it has no handler for SIGTERM: as the first process of a container it ignores it');
      return ended
        ? passed(`after ${seconds.toFixed(1)} s`)
        : failed(`still running ${limits.stopSeconds} s after it`);
    },
  },
  {
    id: 'sigterm-in-flight',
    level: 'should',
    sentence: 'answers the requests that are in flight when SIGTERM comes',
    source: sources.hosting,
    consequence: 'callers get errors at each update, and each time the endpoint scales in',
    fix: 'on SIGTERM stop accepting, finish what was accepted, then end',
    explainedBy: ['ping-under-load', 'sigterm-exit'],
    needs: ['start', 'answers'],
    // What is in flight must have been accepted by then.
    timed: true,
    async run(subject) {
      const { answers, caught } = await stopping(subject);
      if (!caught) return skipped('it does not handle SIGTERM');
      const lost = answers.filter((answer) => answer instanceof NoAnswer || answer.status !== 200);
      const [first] = lost;
      return first ? failed(`${lost.length} of ${answers.length}: ${inShort(first)}`) : passed();
    },
  },
  {
    id: 'sigterm-code',
    level: 'info',
    sentence: 'ends with 0 after SIGTERM',
    source: sources.hosting,
    consequence: 'nothing; an orderly end cannot be told from a crash in your own monitoring',
    fix: 'handle SIGTERM, and exit with 0 when all is finished',
    explainedBy: ['sigterm-exit', 'sigterm-in-flight'],
    needs: ['start'],
    async run(subject) {
      const { ended, caught } = await stopping(subject);
      if (!caught) return skipped('it does not handle SIGTERM');
      return ended?.code ? failed(`it ends with ${ended.code}`) : passed();
    },
  },
];

/** Sends SIGTERM to a server while it reads one request and predicts for another. */
function stopping(subject: Subject) {
  return subject.measured('stopping', async () => {
    const [answered] = await subject.answered();
    const busy = answered ? [await heavy(subject, 1_000_000)] : [];
    return subject.withReady(async (container) => {
      const halfSent = answered
        ? [invocation(answered.sample)].map((question) => {
            const length = { 'Content-Length': String(question.body.length) };
            const [start, rest] = halves(question.body);
            const open = begin(container.address, {
              ...question,
              headers: { ...question.headers, ...length },
            });
            open.request.write(start);
            return { ...open, rest };
          })
        : [];
      await sleep(subject.allowed(300));
      const whole = busy.map(({ question }) => tryToAsk(container.address, question));
      // Into the middle of it, however busy this machine is.
      const half = Math.min(1000, Math.max(50, ...busy.map(({ answer }) => 500 * answer.seconds)));
      await sleep(subject.allowed(half));
      const caught = container.inside?.catchesTerm?.() ?? true;
      const started = performance.now();
      container.terminate?.();
      await sleep(500);
      for (const { request, rest } of halfSent) request.end(rest);
      const answers = Promise.all([
        ...halfSent.map(({ answer }) => answer.catch((error: NoAnswer) => error)),
        ...whole,
      ]);
      const passedSeconds = () => (performance.now() - started) / 1000;
      while (!container.ended && passedSeconds() < limits.stopSeconds) await sleep(50);
      // Some wait for it blocked, as tini does, which no look from outside shows.
      const handled = caught || container.ended?.bySignal === false;
      return { caught: handled, ended: container.ended, seconds: passedSeconds(), answers: await answers };
    });
  });
}
