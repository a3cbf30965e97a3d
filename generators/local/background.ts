import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError, WorkError } from '../settings/problems.ts';
import type { Holder, ServiceFolder } from './folder.ts';

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
  let ended = false;
  void once(service, 'exit').then(() => (ended = true));
  let told = 0;
  for (;;) {
    const isOver = ended;
    // What it ends with is said by whoever catches it.
    const [said = '', error] = readFileSync(folder.output, 'utf8').split(/^error: /m);
    const holder = folder.holder();
    // What it says once it answers is for whoever starts it by hand.
    if (holder?.url && holder.pid === service.pid) return holder.url;
    const lines = said.split('\n').slice(0, -1);
    for (const line of lines.slice(told)) say(line);
    told = lines.length;
    if (isOver) {
      const why = error?.trimEnd() ?? 'the service has ended as it started';
      throw service.exitCode === 2 ? new UsageError([why]) : new WorkError(why);
    }
    await sleep(100);
  }
}

/** Ends a service in the background; when it has ended with all that it had started. */
export async function stopInBackground(folder: ServiceFolder, { pid }: Holder): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  while (folder.holder()) await sleep(100);
}
