import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { invocation, patience, unlike } from '../answers.ts';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { type Framed, nothing, open } from '../framing.ts';
import { closedEarly, inShort, type Question, tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';

/** In seconds: longer than some servers keep a connection, and shorter than clients do. */
const idle = 8;

export const connections: readonly Check[] = [
  {
    id: 'host-header',
    level: 'must',
    sentence: 'answers whatever name it is called by',
    source: sources.http,
    consequence: 'SageMaker calls it by an address of its own: "did not pass the ping health check"',
    fix: 'do not compare Host with a list: no TrustedHostMiddleware, ALLOWED_HOSTS = ["*"]',
    needs: ['answers'],
    async run(subject) {
      const { address } = await subject.server();
      const { sample, answer: expected } = await subject.anyAnswered();
      const wrong: string[] = [];
      for (const host of ['169.254.180.2:8080', 'model.aws.local']) {
        const ping = await tryToAsk(address, { path: '/ping', headers: { Host: host } });
        const answer = await tryToAsk(address, invocation(sample, sample.body, { Host: host }));
        const found = [
          ...(inShort(ping) === '200' ? [] : [`/ping: ${inShort(ping)}`]),
          ...[unlike(answer, expected)].flatMap((words) => (words ? [`/invocations: ${words}`] : [])),
        ];
        if (found.length) wrong.push(`Host: ${host}: ${found.join(', ')}`);
      }
      return failedIfAny(wrong);
    },
  },
  {
    id: 'framing',
    level: 'must',
    sentence: 'announces how long each answer is, and sends just that',
    source: sources.framing,
    consequence:
      'what follows on the connection is cut off, waited for, or taken for the answer to another request',
    fix: 'send Content-Length with each answer, or leave it and Transfer-Encoding to the web server; count bytes, not characters',
    needs: ['answers'],
    async run(subject) {
      const { address } = await subject.server();
      const answered = await subject.anyAnswered();
      const { sample } = answered;
      const unknown = { 'Content-Type': 'application/x-no-such-type' };
      const questions: [string, Question][] = [
        ['GET /ping', { path: '/ping' }],
        ['the sample request', invocation(sample)],
        ['an empty body', invocation(sample, Buffer.alloc(0))],
        ['an unknown Content-Type', { ...invocation(sample), headers: unknown }],
      ];
      const wrong: string[] = [];
      for (const [name, question] of questions) {
        const line = open(address);
        line.send(question);
        const { framed, after } = await line.answer(patience(answered));
        const { closed } = line;
        line.end();
        const words = misframed(framed, after, closed);
        if (words) wrong.push(`${name}: ${words}`);
        // The others would be waited for as long, to say the same.
        if (framed.state === 'part' && framed.untilClosed && !closed) break;
      }
      return failedIfAny(wrong);
    },
  },
  {
    id: 'nth-request',
    level: 'should',
    sentence: 'answers the hundredth request on a connection as the first, or says that it closes it',
    source: sources.http,
    consequence: 'of requests on kept connections one is lost now and then, and nothing shows which',
    fix: 'send Connection: close with the last answer on a connection; keep nothing from one request to the next',
    explainedBy: ['keep-alive', 'framing'],
    needs: ['answers', 'framed'],
    async run(subject) {
      const { address } = await subject.server();
      const { sample, answer: expected } = await subject.anyAnswered();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const end = performance.now() + 10_000;
      try {
        for (let number = 1; number <= 100; number++) {
          if (performance.now() > end) return passed(`${number - 1} requests in 10 s`);
          const answer = await tryToAsk(address, { ...invocation(sample), agent, inUse: true });
          const wrong = unlike(answer, expected);
          if (wrong) return failed(`request ${number}: ${wrong}`);
        }
        return passed();
      } finally {
        agent.destroy();
      }
    },
  },
  {
    id: 'idle-connection',
    level: 'should',
    sentence: `answers on a connection that was idle for ${idle} s, or closes it before`,
    source: sources.http,
    consequence: 'the first request after a pause is lost or waits for its time-out',
    fix: 'close a connection when its time is over, not when the next request comes',
    explainedBy: ['ping-under-load', 'ping-idle-connections', 'framing', 'nth-request'],
    needs: ['start', 'answers'],
    slow: true,
    run: (subject) =>
      subject.withReady(async ({ address }) => {
        const answered = await subject.anyAnswered();
        const [used, fresh] = [open(address), open(address)];
        try {
          used.send(invocation(answered.sample));
          const first = await used.answer(patience(answered));
          if (first.framed.state !== 'whole') return skipped('no whole answer before: see framing');
          await sleep(idle * 1000);
          const wrong: string[] = [];
          const closed: string[] = [];
          for (const [name, line] of [
            ['after an answer', used],
            ['before the first request', fresh],
          ] as const) {
            if (line.closed) {
              closed.push(name);
              continue;
            }
            line.send(invocation(answered.sample));
            const { framed } = await line.answer(patience(answered));
            if (framed.state !== 'whole' || framed.status !== 200)
              wrong.push(
                `${name}: ${line.closed ? 'it closes the connection when it is used' : 'no whole answer'}`,
              );
          }
          return failedIfAny(
            wrong,
            closed.length ? `it closes them before, ${closed.join(' and ')}` : undefined,
          );
        } finally {
          for (const line of [used, fresh]) line.end();
        }
      }),
  },
];

/** What is wrong with how an answer is framed, or nothing. */
function misframed(found: Framed, after: number, closed: boolean): string | undefined {
  if (found.state === 'wrong') return found.words;
  if (found.state === 'whole') return after > 0 ? `${after} bytes more than it announces` : undefined;
  if (found.untilClosed && closed) return undefined;
  if (found.words === nothing && closed) return closedEarly;
  return closed
    ? `${found.words}; then it closes the connection`
    : `${found.words}; it keeps the connection open`;
}
