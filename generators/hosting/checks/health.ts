import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { invocation, patience, unlike } from '../answers.ts';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { type Address, type Answer, ask, inShort, NoAnswer, tryToAsk } from '../http.ts';
import { largeBody, underLoad } from '../observe.ts';
import { limits, sources } from '../sources.ts';
import type { Subject } from '../subject.ts';

const routed = 'SageMaker takes it for dead, sends its requests elsewhere, and replaces the instance';
const ping = { path: '/ping', seconds: limits.pingSeconds };

export const health: readonly Check[] = [
  {
    id: 'ping-time',
    level: 'must',
    sentence: `answers /ping with 200 within ${limits.pingSeconds} s`,
    source: sources.hosting,
    consequence: routed,
    fix: 'answer /ping from what is known already; do not predict in it',
    timed: true,
    async run(subject) {
      const { address } = await subject.server();
      return judge(await pings(subject, address, 20));
    },
  },
  {
    id: 'ping-empty-body',
    level: 'info',
    sentence: 'answers /ping with an empty body',
    source: sources.hosting,
    consequence: 'nothing: the documentation asks for it, and the status is what counts',
    fix: 'send no body',
    async run(subject) {
      const { body } = await ask((await subject.server()).address, ping);
      return body.length ? failed(`its body is ${JSON.stringify(body.toString('utf8', 0, 40))}`) : passed();
    },
  },
  {
    id: 'ping-under-load',
    level: 'must',
    sentence: `answers /ping with 200 within ${limits.pingSeconds} s while requests queue`,
    source: sources.hosting,
    consequence: `${routed}: just when it is busiest`,
    fix: 'leave a thread or the event loop free for /ping: predict in threads or in other processes',
    needs: ['answers', 'framed'],
    timed: true,
    async run(subject) {
      const { during, applied } = await underLoad(subject);
      return judge(during, `${applied}: `);
    },
  },
  {
    id: 'connections',
    level: 'must',
    sentence: 'takes connections within 250 ms while requests queue',
    source: sources.hosting,
    consequence: routed,
    fix: 'raise the backlog of the listening socket, or accept in a thread of its own',
    explainedBy: ['ping-under-load'],
    needs: ['answers', 'framed'],
    timed: true,
    async run(subject) {
      const { connects, applied } = await underLoad(subject);
      const slowest = Math.max(...connects);
      const words =
        slowest === Infinity
          ? 'one was refused or not taken'
          : `the slowest took ${Math.round(slowest)} ms longer than one to an idle port`;
      return slowest > subject.allowed(250) ? failed(`${applied}: ${words}`) : passed(`${applied}: ${words}`);
    },
  },
  {
    id: 'ping-large-body',
    level: 'must',
    sentence: `answers /ping within ${limits.pingSeconds} s while a request of 25 MB is taken in`,
    source: sources.hosting,
    consequence: `${routed}: one large request is enough`,
    fix: 'read and parse bodies outside the event loop or the only thread',
    explainedBy: ['ping-under-load'],
    needs: ['answers'],
    timed: true,
    async run(subject) {
      const { during } = await largeBody(subject);
      return judge(during);
    },
  },
  {
    id: 'ping-idle-connections',
    level: 'should',
    sentence: 'answers /ping while clients keep idle connections open',
    source: sources.hosting,
    consequence: `a few clients that keep their connections open, as HTTP/1.1 does, are enough: ${routed}`,
    fix: 'do not give a thread or a worker to a connection that is idle',
    explainedBy: ['ping-under-load'],
    timed: true,
    async run(subject) {
      const { address } = await subject.server();
      const agent = new Agent({ keepAlive: true, maxSockets: 16 });
      try {
        await Promise.all(Array.from({ length: 16 }, () => tryToAsk(address, { ...ping, agent })));
        return judge(await pings(subject, address, 3));
      } finally {
        agent.destroy();
      }
    },
  },
  {
    id: 'worker-death',
    level: 'must',
    sentence: 'tells the truth on /ping after a worker was killed',
    source: sources.hosting,
    consequence: 'requests go on being sent to a container that cannot answer, until somebody notices',
    fix: 'replace workers that die, or end with them; answer /ping with 503 as long as none can predict',
    explainedBy: ['ready', 'model-missing'],
    needs: ['answers', 'inside'],
    disturbs: true,
    async run(subject) {
      const inside = await subject.inside();
      const [first, ...others] = await inside.processes();
      if (!first || !others.length) return skipped('it is one process: killing it ends the container');
      // The kernel, short of memory, would take the largest.
      const victim = others.reduce((largest, other) => (other.pages >= largest.pages ? other : largest));
      await inside.kill(victim.pid);
      return truthful(subject, `process ${victim.pid} (${victim.name})`);
    },
  },
];

/** Whether, from some moment on, /ping and /invocations say the same: both well, or for three seconds neither. */
async function truthful(subject: Subject, killed: string) {
  const container = await subject.server();
  const known = await subject.anyAnswered();
  const started = performance.now();
  const passedSeconds = () => (performance.now() - started) / 1000;
  let untrue = '';
  /** Since when /ping has not said 200. */
  let unhealthy: number | undefined;
  const window = 10 + patience(known);
  while (passedSeconds() < window && !(unhealthy !== undefined && passedSeconds() - unhealthy > 3)) {
    await sleep(500);
    if (container.ended) return passed(`it ends when ${killed} is killed`);
    const pinged = await tryToAsk(container.address, ping);
    if (pinged instanceof NoAnswer || pinged.status !== 200) {
      unhealthy ??= passedSeconds();
      continue;
    }
    unhealthy = undefined;
    // Several, since it may be the next worker's turn.
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        tryToAsk(container.address, { ...invocation(known.sample), seconds: patience(known) }),
      ),
    );
    const [wrong] = answers.flatMap((one) => unlike(one, known.answer) ?? []);
    if (!wrong) return passed(`${killed} was killed, and it answers`);
    untrue = `/ping says 200 after ${killed} was killed, and /invocations: ${wrong}`;
  }
  return unhealthy !== undefined ? passed(`/ping is not 200 after ${killed} was killed`) : failed(untrue);
}

async function pings(subject: Subject, address: Address, count: number): Promise<(Answer | NoAnswer)[]> {
  const answers: (Answer | NoAnswer)[] = [];
  const question = { ...ping, seconds: subject.allowed(ping.seconds) };
  while (answers.length < count) {
    const answer = await tryToAsk(address, question);
    answers.push(answer);
    // Where more is allowed, all of them would take minutes.
    if (answer instanceof NoAnswer && question.seconds > ping.seconds) break;
  }
  return answers;
}

/** With the load under which they were given, where there was one. */
function judge(answers: readonly (Answer | NoAnswer)[], load = '') {
  const bad = answers.filter((answer) => answer instanceof NoAnswer || answer.status !== 200);
  const slowest = Math.max(...answers.map((answer) => (answer instanceof NoAnswer ? 0 : answer.seconds)));
  const first = bad[0];
  return failedIfAny(
    first ? [`${load}${bad.length} of ${answers.length} got ${inShort(first)}`] : [],
    `${load}the slowest of ${answers.length} took ${Math.round(slowest * 1000)} ms`,
  );
}
