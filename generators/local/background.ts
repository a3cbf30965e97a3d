import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError, WorkError } from '../settings/problems.ts';
import { signals } from '../stop.ts';
import type { Holder, ServiceFolder } from './folder.ts';

/** What one says that finds another one in its folder. */
export const runsAlready = 'a service runs already';

/** Starts a service that goes on when we end, by the same command line; what it says meanwhile is said here. */
export async function startInBackground(
  folder: ServiceFolder,
  args: readonly string[],
  say: (line: string) => void,
): Promise<string> {
  folder.make();
  const output = openSync(folder.output, 'w');
  const [node, bin = ''] = [process.execPath, process.argv[1]];
  const service = spawn(node, [bin, 'local', ...args, `--folder=${folder.path}`], {
    detached: true,
    // By which it knows that it is the service, and does not start another one.
    env: { ...process.env, ...folder.marker },
    stdio: ['ignore', output, output],
  });
  service.unref();
  // It is not in the group of the terminal.
  const interrupted = (signal: NodeJS.Signals) => {
    service.kill('SIGTERM');
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, interrupted);
  try {
    return await untilItAnswers(folder, service, say);
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
  }
}

async function untilItAnswers(
  folder: ServiceFolder,
  service: ChildProcess,
  say: (line: string) => void,
): Promise<string> {
  let ended = false;
  void once(service, 'exit').then(() => (ended = true));
  let told = 0;
  for (;;) {
    const isOver = ended;
    // What it ends with is said by whoever catches it.
    const [said = '', error] = readFileSync(folder.output, 'utf8').split(/^error: /m);
    const holder = folder.holder();
    // Of two that start at once, one is the service of both; it may have overwritten what the other said.
    const isOthers = isOver && holder && (error === undefined || error.startsWith(runsAlready));
    // What it says once it answers is for whoever starts it by hand.
    if (holder?.url && (isOthers || holder.pid === service.pid)) return holder.url;
    const lines = said.split('\n').slice(0, -1);
    for (const line of lines.slice(told)) say(line);
    told = lines.length;
    if (isOver && !isOthers) {
      const why = error?.trimEnd() ?? 'the service has ended as it started';
      throw service.exitCode === 2 ? new UsageError([why]) : new WorkError(why);
    }
    await sleep(100);
  }
}

/** Seconds in which a service ends: requests have 60, and its containers 30 more. */
const patience = 120;

/** Ends a service in the background; when it has ended with all that it had started, or was killed since it did not. */
export async function stopInBackground(folder: ServiceFolder, { pid }: Holder): Promise<'ended' | 'killed'> {
  // One that Ctrl-Z has stopped has to go on first.
  for (const signal of ['SIGTERM', 'SIGCONT'] as const) send(pid, signal);
  const end = performance.now() + patience * 1000;
  while (folder.holder()?.pid === pid && performance.now() < end) await sleep(100);
  if (folder.holder()?.pid !== pid) return 'ended';
  send(pid, 'SIGKILL');
  while (folder.holder()?.pid === pid) await sleep(100);
  return 'killed';
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
