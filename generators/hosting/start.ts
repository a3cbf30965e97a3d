import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from './containers/container.ts';
import { NoAnswer, tryToAsk } from './http.ts';
import { limits } from './sources.ts';

/** How a container's start went. */
export type Start =
  | { readonly state: 'ready'; readonly seconds: number }
  | { readonly state: 'ended'; readonly code: number }
  | { readonly state: 'late'; readonly last: string };

/** Asks /ping until it says 200, the container ends, or the time is over. */
export async function untilReady(container: Container, seconds: number): Promise<Start> {
  const started = performance.now();
  const passed = () => (performance.now() - started) / 1000;
  let last = 'nothing listened on its port';
  let hidden = false;
  for (let attempt = 0; passed() < seconds; attempt++) {
    if (container.ended) return { state: 'ended', code: container.ended.code };
    const answer = await tryToAsk(container.address, { path: '/ping', seconds: limits.pingSeconds });
    if (!(answer instanceof NoAnswer)) {
      if (answer.status === 200) return { state: 'ready', seconds: passed() };
      last = `/ping answered ${answer.status}`;
    } else if (answer.reason !== 'refused') last = `/ping got ${answer.message}`;
    else if (hidden) return { state: 'late', last: 'it listens on 127.0.0.1 only' };
    else if (attempt % 10 === 9) {
      await container.findPort?.();
      // It is asked once more: it may have begun to listen just now, and a process is reached by 127.0.0.1, too.
      hidden = await onlyOnLoopback(container);
    }
    await sleep(20);
  }
  return { state: 'late', last };
}

/** Whether its port is open, but not to the outside. */
export async function onlyOnLoopback({ inside }: Container): Promise<boolean> {
  const all = await inside?.listeners().catch(() => []);
  const ours = all?.filter(({ port }) => port === inside?.port) ?? [];
  return ours.length > 0 && ours.every(({ loopback }) => loopback);
}
