import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from './containers/container.ts';
import { NoAnswer, redirected, tryToAsk } from './http.ts';
import { limits } from './sources.ts';

/** What is found where nothing answers. */
const nobody = 'nothing listened on its port';

/** How a container's start went. */
export type Start = { readonly state: 'ready'; readonly seconds: number } | NotReady;

type NotReady =
  | { readonly state: 'ended'; readonly code: number }
  /** `answer`: what /ping was answered, or that it was asked and not answered in time; none where nobody was reached. */
  | { readonly state: 'late'; readonly last: string; readonly answer?: number | 'late' };

/** Asks /ping until it says 200, the container ends, or the time is over. */
export async function untilReady(container: Container, seconds: number): Promise<Start> {
  const started = performance.now();
  const passed = () => (performance.now() - started) / 1000;
  let last = nobody;
  let found: { readonly answer?: number | 'late' } = {};
  let hidden: string | undefined;
  for (let attempt = 0; passed() < seconds; attempt++) {
    if (container.ended) return { state: 'ended', code: container.ended.code };
    const answer = await tryToAsk(container.address, { path: '/ping', seconds: limits.pingSeconds });
    if (!(answer instanceof NoAnswer)) {
      if (answer.status === 200) return { state: 'ready', seconds: passed() };
      last = `/ping answered ${answer.status}${redirected(answer)}`;
      found = { answer: answer.status };
    } else if (answer.reason === 'unreached') last = answer.message;
    else if (answer.reason !== 'refused') {
      last = `/ping got ${answer.message}`;
      if (answer.reason === 'late') found = { answer: 'late' };
    } else if (hidden) return { state: 'late', last: hidden };
    else if (attempt % 10 === 9) {
      await container.findPort?.();
      // It is asked once more: it may have begun to listen just now, and a process is reached by 127.0.0.1, too.
      hidden = await hiddenBy(container, false);
    }
    await sleep(20);
  }
  return { state: 'late', last, ...found };
}

/** Why its port is open, but not to the outside; `reached` where it was, by IPv4. */
export async function hiddenBy({ inside }: Container, reached: boolean): Promise<string | undefined> {
  const all = await inside?.listeners().catch(() => []);
  const ours = all?.filter(({ port }) => port === inside?.port) ?? [];
  if (!ours.length) return undefined;
  if (ours.every(({ loopback }) => loopback)) return 'it listens on 127.0.0.1 only';
  // One socket can be for both, and then it is reached.
  return !reached && ours.every(({ v6 }) => v6) ? 'it listens on IPv6 only' : undefined;
}

/** The last thing that it said, which is where most programs give their reason. */
export function lastWords(log: string): string {
  const line = log.trim().split('\n').at(-1)?.trim();
  return line ? `its last words: ${line.slice(0, 300)}` : 'it printed nothing';
}

/** Of one that was not, what became of it, with its last words. */
export async function whyNotReady(container: Container, start: NotReady): Promise<string> {
  const words =
    start.state === 'ended'
      ? [`it ends with ${start.code}`]
      : [`not healthy: ${start.last}`, ...(await elsewhere(container))];
  return [...words, lastWords(container.log())].join('; ');
}

/** Where it listens, if that is not where it should. */
export async function elsewhere({ inside }: Container): Promise<string[]> {
  const ports = (await inside?.listeners().catch(() => []))?.map(({ port }) => port) ?? [];
  return ports.length && inside && !ports.includes(inside.port)
    ? [
        `it listens on ${ports.join(', ')}, not on ${inside.port} (SAGEMAKER_BIND_TO_PORT, else ${limits.port})`,
      ]
    : [];
}
