import { Agent } from 'node:http';
import { setImmediate as read, setTimeout as sleep } from 'node:timers/promises';
import { invocation, unlike } from '../answers.ts';
import { type Check, failed, passed } from '../check.ts';
import { type Answer, ask, begin, halves, inShort, NoAnswer } from '../http.ts';
import { manyRows } from '../many-rows.ts';
import { largeBody } from '../observe.ts';
import { limits, sources } from '../sources.ts';
import { stillAnswers } from './repeated.ts';

export const transfer: readonly Check[] = [
  {
    id: 'many-rows',
    level: 'must',
    sentence: 'gives each of many rows in a request the answer that it gets among few',
    source: sources.hosting,
    consequence:
      'requests with more rows than you have tried fail or get wrong answers, and nothing shows it',
    fix: 'send it such a request by hand, and read its log; what is too much is refused with 413',
    needs: ['rows'],
    run: manyRows,
  },
  {
    id: 'body-25mb',
    level: 'must',
    sentence: 'answers a request of 25 MB',
    source: sources.faq,
    consequence:
      'large requests that SageMaker lets through fail: older documents name 6 MB, and servers still keep to it',
    fix: 'raise the limit of the server, and of any proxy before it, to 25 MB',
    explainedBy: ['many-rows'],
    needs: ['answers'],
    async run(subject) {
      const { answer, alone } = await largeBody(subject);
      if (answer instanceof NoAnswer) return failed(answer.message);
      if (answer.status === 413) return failed(`it refuses the body with ${inShort(answer)}`);
      if (answer.status !== 200) return failed(inShort(answer));
      const wrong = alone && unlike(answer, alone);
      if (wrong) return failed(wrong);
      return passed(`in ${answer.seconds.toFixed(1)} s`);
    },
  },
  {
    id: 'body-limit',
    level: 'info',
    sentence: 'refuses a request of 2 GiB with 413 before it has come',
    source: sources.faq,
    consequence:
      'nothing behind SageMaker, which passes on 1 GB at most; elsewhere one request can use up the memory',
    fix: 'compare Content-Length with a limit, and answer 413',
    explainedBy: ['body-25mb'],
    needs: ['answers'],
    timed: true,
    async run(subject) {
      const { sample } = await subject.anyAnswered();
      const length = { 'Content-Length': String(2 * 1024 ** 3) };
      const question = { ...invocation(sample, undefined, length), seconds: subject.allowed(3) };
      const { request, answer } = begin((await subject.server()).address, question);
      request.flushHeaders();
      const got = await answer.catch((error: NoAnswer) => error);
      request.destroy();
      if (got instanceof NoAnswer)
        return failed(
          got.reason === 'late'
            ? `it waits for all of it (${got.message})`
            : `it refuses it with no status: ${got.message}`,
        );
      return got.status === 413 ? passed() : failed(inShort(got));
    },
  },
  {
    id: 'keep-alive',
    level: 'should',
    sentence: 'keeps a connection open for the next request',
    source: sources.http,
    consequence: 'each request pays for a new connection',
    fix: 'speak HTTP/1.1 with keep-alive: a threaded or asynchronous worker',
    needs: ['answers', 'framed'],
    async run(subject) {
      const { sample, answer: expected } = await subject.anyAnswered();
      const { address } = await subject.server();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const question = invocation(sample, sample.body, { 'Content-Length': String(sample.body.length) });
      try {
        await ask(address, { ...question, agent });
        for (let number = 2; number <= 10; number++) {
          const { request, answer } = begin(address, { ...question, agent });
          request.end(sample.body);
          const next: Answer | NoAnswer = await answer.catch((error: NoAnswer) => error);
          if (!request.reusedSocket)
            return failed(
              number === 2
                ? 'it closes the connection after each answer'
                : `it closes the connection after ${number - 1} answers`,
            );
          const wrong = unlike(next, expected);
          if (wrong) return failed(`request ${number} on a connection: ${wrong}`);
        }
        return passed();
      } finally {
        agent.destroy();
      }
    },
  },
  {
    id: 'expect-continue',
    level: 'info',
    sentence: 'answers Expect: 100-continue at once',
    source: sources.http,
    consequence: 'nothing on SageMaker; clients such as curl wait a second before each large request',
    fix: 'send 100 Continue, or the final answer',
    explainedBy: ['keep-alive'],
    needs: ['answers'],
    timed: true,
    async run(subject) {
      const { sample } = await subject.anyAnswered();
      const seconds = subject.allowed(2);
      const headers = { Expect: '100-continue', 'Content-Length': String(sample.body.length) };
      const { request, answer } = begin(
        (await subject.server()).address,
        invocation(sample, sample.body, headers),
      );
      request.flushHeaders();
      const continued = new Promise((done) => request.on('continue', () => done('continued')));
      const outcome = await Promise.race([
        continued,
        answer.catch(() => undefined),
        // What has come by then is read first.
        sleep(seconds * 1000, undefined, { ref: false }).then(() => read('silence')),
      ]);
      request.end(sample.body);
      const final: Answer | NoAnswer = await answer.catch((error: NoAnswer) => error);
      if (outcome === 'silence') return failed(`it said nothing for ${Math.round(seconds)} seconds`);
      return final instanceof NoAnswer || final.status !== 200 ? failed(inShort(final)) : passed();
    },
  },
];

export const timeOuts: readonly Check[] = [
  stillAnswers,
  {
    id: 'slow-request',
    level: 'should',
    sentence: 'answers a request that takes 35 s to arrive',
    source: sources.hosting,
    consequence: `requests that take longer than the server's own limit fail, though SageMaker allows ${limits.invocationSeconds} s`,
    fix: "raise the server's time-outs above 60 s: gunicorn kills a worker after 30 s unless told otherwise",
    explainedBy: ['still-answers'],
    needs: ['start', 'answers'],
    slow: true,
    run: async (subject) =>
      subject.withReady(async (container) => {
        const { sample, answer: expected } = await subject.anyAnswered();
        const length = { 'Content-Length': String(sample.body.length) };
        const { request, answer } = begin(container.address, invocation(sample, sample.body, length));
        const [start, rest] = halves(sample.body);
        request.write(start);
        const early = await Promise.race([
          answer.catch((error: NoAnswer) => error),
          sleep(35_000, undefined),
        ]);
        if (early) return failed(`before all had come: ${inShort(early)}`);
        request.end(rest);
        const late: Answer | NoAnswer = await answer.catch((error: NoAnswer) => error);
        const wrong = unlike(late, expected);
        return wrong ? failed(wrong) : passed();
      }),
  },
];
