import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answered, invocation, type Reference, unlike } from './answers.ts';
import { failed, type Outcome, passed } from './check.ts';
import type { Conditions } from './containers/container.ts';
import { isRefusal } from './fate.ts';
import { type Address, type Answer, load, mediaType, NoAnswer, type Question, tryToAsk } from './http.ts';
import { NotChecked } from './needs.ts';
import { repeated } from './samples.ts';
import { limits } from './sources.ts';
import { lastWords, whyNotReady } from './start.ts';
import type { Subject } from './subject.ts';
import { varyingIn } from './varying.ts';

// What several checks want to know. Each is found out once.

/** A request, and the answer to it when nothing else was asked. */
interface Alone {
  readonly question: Question & { readonly body: Buffer };
  readonly answer: Reference;
}

/**
 * A request of repeated rows that keeps a worker busy for a moment: of so many bytes, or of fewer where they would keep
 * it for longer; a sample itself where its rows cannot be repeated.
 */
export function heavy(subject: Subject, bytes: number): Promise<Alone> {
  return subject.once(`heavy ${bytes}`, async () => {
    const { address } = await subject.server();
    const { sample, answer } = (await subject.withRows()) ?? (await subject.anyAnswered());
    let heaviest: Alone = { question: invocation(sample), answer };
    for (const size of [bytes / 20, bytes]) {
      const question = invocation(sample, repeated(sample, size));
      const alone = await tryToAsk(address, question);
      // A server that is told to stop has to finish it in time, on a busy machine too.
      if (alone instanceof NoAnswer || alone.status !== 200 || alone.seconds > 5) break;
      heaviest = { question, answer: { ...alone, varying: answer.varying } };
      // The next one would take twenty times as long.
      if (alone.seconds > 0.25) break;
    }
    return heaviest;
  });
}

/** In bytes: answers that are under way at one time. */
const mostUnderWay = 200_000_000;

/**
 * /ping under a load for as long as it may take: of 32 connections, or of as many as do not take a slow model a minute, nor
 * this machine's memory. Of each answer: whether it was refused, and what is wrong with it. Of connections: how many
 * milliseconds longer they took than one to an idle port.
 */
export function underLoad(subject: Subject) {
  return subject.measured('load', async () => {
    const { address } = await subject.server();
    const { question, answer } = await heavy(subject, 100_000);
    const fit = Math.min(20 / answer.seconds, mostUnderWay / Math.max(1, answer.body.length));
    const connections = Math.max(2, Math.min(32, Math.floor(fit)));
    const connects: number[] = [];
    let over = false;
    // Of a machine that is busy, the server is not to blame: on it, a connection to where nothing else happens is late, too.
    const idle = createServer((socket) => socket.destroy())
      .listen(0, '127.0.0.1')
      .unref();
    await once(idle, 'listening');
    const control = { host: '127.0.0.1', port: (idle.address() as AddressInfo).port };
    const connecting = (async () => {
      for (; !over; await sleep(subject.allowed(100))) {
        const [theirs, ours] = await Promise.all([
          millisecondsToConnect(address),
          millisecondsToConnect(control),
        ]);
        connects.push(theirs === Infinity ? Infinity : Math.max(0, theirs - ours));
      }
    })();
    const work = load(
      address,
      [question],
      { connections, seconds: subject.allowed(limits.pingSeconds) },
      (one) => {
        const refused = isRefusal(one);
        return { refused, wrong: refused ? undefined : unlike(one, answer) };
      },
    );
    const { during, result } = await pingsDuring(subject, address, work);
    over = true;
    await connecting;
    idle.close();
    const applied = `${connections} clients × ${Math.ceil(question.body.length / 1000)} KB`;
    return { during, connects, answers: result, applied };
  });
}

/** The answer to a valid request of 25 MB, and what /ping said meanwhile. */
export function largeBody(subject: Subject) {
  return subject.measured('large body', async () => {
    const { address } = await subject.server();
    const { question, alone } = await largeQuestion(subject);
    const { during, result } = await pingsDuring(subject, address, tryToAsk(address, question));
    return { during, answer: result, alone };
  });
}

/** The request, and the answer that it must get where that is known. */
async function largeQuestion(subject: Subject): Promise<{ question: Question; alone?: Reference }> {
  const json = (await subject.answered()).find(({ sample }) => sample.contentType === 'application/json');
  if (json) {
    // White space is free in JSON: what is measured is the way in, not the model.
    const padded = Buffer.alloc(limits.bodyBytes, ' ');
    // Before the text: whoever reads less than all of it has no request.
    json.sample.body.copy(padded, padded.length - json.sample.body.length);
    return { question: invocation(json.sample, padded), alone: json.answer };
  }
  const found = await subject.withRows();
  const { question, answer } = await heavy(subject, limits.bodyBytes / 25);
  const seconds = answer.seconds * (limits.bodyBytes / question.body.length);
  if (!found || seconds > limits.invocationSeconds / 2)
    throw new NotChecked('the model is too slow for 25 MB of rows; a request in JSON can be padded instead');
  return { question: invocation(found.sample, repeated(found.sample, limits.bodyBytes)) };
}

/** Asks /ping every tenth of a second for as long as something else goes on. */
async function pingsDuring<T>(subject: Subject, address: Address, work: Promise<T>) {
  const seconds = subject.allowed(limits.pingSeconds);
  const waiting: Promise<Answer | NoAnswer>[] = [];
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  do {
    waiting.push(tryToAsk(address, { path: '/ping', seconds }));
    await Promise.race([sleep(subject.allowed(100)), done]);
  } while (!over);
  return { during: await Promise.all(waiting), result: await done };
}

function millisecondsToConnect({ host, port }: Address): Promise<number> {
  const started = performance.now();
  return new Promise((done) => {
    const socket = connect(port, host);
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('connect', () => {
      done(performance.now() - started);
      socket.destroy();
    });
    socket.on('error', () => done(Infinity));
    socket.on('close', () => done(Infinity));
  });
}

/** Starts under some conditions, and answers a sample request if there is one. */
export async function runsUnder(subject: Subject, conditions: Conditions): Promise<Outcome> {
  const [answered] = await subject.answered();
  return subject.with(conditions, async (container, start) => {
    if (start.state !== 'ready') return failed(await whyNotReady(container, start));
    if (!answered) return passed();
    const answer = await tryToAsk(container.address, invocation(answered.sample));
    const wrong = unlike(answer, await plainlyAnswered(subject, answered, answer));
    return wrong ? failed(`/invocations: ${wrong}; ${lastWords(container.log())}`) : passed();
  });
}

/**
 * What the shared server answers to the same request in the content type of another answer to it: conditions may change
 * which type is the default, as batch transform does. Its own answer where it does not write that type.
 */
async function plainlyAnswered(
  subject: Subject,
  { sample, answer: own }: Answered,
  other: Answer | NoAnswer,
): Promise<Reference> {
  const type = typeOf(other);
  if (type === '' || type === typeOf(own)) return own;
  const { address } = await subject.server();
  const answer = await tryToAsk(address, invocation(sample, sample.body, { Accept: type }));
  if (answer instanceof NoAnswer || typeOf(answer) !== type) return own;
  const again = await tryToAsk(address, invocation(sample, sample.body, { Accept: type }));
  const both = again instanceof NoAnswer ? [answer] : [answer, again];
  return { ...answer, varying: varyingIn(both) };
}

const typeOf = (answer: Answer | NoAnswer) =>
  answer instanceof NoAnswer || answer.status !== 200 ? '' : mediaType(answer.headers['content-type']);

/** What resolvers and sockets say where there is no network, in the words of C, Python, Node, Go, Java and curl. */
const networkMissing =
  /name or service not known|name resolution|nodename nor servname|getaddrinfo|EAI_AGAIN|ENOTFOUND|(?:failed to|could not|can't|couldn't) resolve|no such host|UnknownHostException|network is unreachable|ENETUNREACH|no route to host|EHOSTUNREACH|connect\w* tim(?:ed ?out|eout)|TimeoutError|i\/o timeout|max retries exceeded|LocalEntryNotFoundError|OfflineModeIsEnabled/i;

/** Whether it ended for want of a network, by the last that it printed. */
export function missesNetwork(log: string): boolean {
  return networkMissing.test(log.slice(-20_000));
}

/** What a server that runs on a shared host listens on. */
export function onSharedHost(subject: Subject) {
  const safePorts = '20000-20999';
  return subject.once('shared host', () =>
    subject.with({ safePorts }, async ({ inside, log }, start) => {
      if (!inside) throw new NotChecked('its sockets cannot be seen from here');
      const [least, most] = safePorts.split('-').map(Number) as [number, number];
      const listeners = await inside.listeners();
      const others = listeners.map(({ port }) => port).filter((port) => port !== inside.port);
      return {
        start,
        log: log(),
        unsafe: [...new Set(others)].filter((port) => port < least || port > most),
      };
    }),
  );
}
