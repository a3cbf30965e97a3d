import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { activated, freePort, tempFolder } from '../../../harness.ts';
import type { Prepared, Server } from '../servers/server.ts';
import { treeOf } from './tree.ts';

const patience = 120_000;

/** A server that has answered its health path with 200. */
export interface Running {
  readonly url: string;
  readonly pid: number;
  /** Seconds from its start to that answer. */
  readonly startup: number;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

export async function start(server: Server, { venv, start }: Prepared): Promise<Running> {
  const port = await freePort();
  const { command, args, env, cwd } = await start(port);
  const folder = tempFolder();
  const log = join(folder, 'output');
  // To a file: a pipe would have to be emptied here, on the CPUs that are measured.
  const out = openSync(log, 'w');
  const begin = performance.now();
  const child = spawn(command, args, {
    cwd: cwd ?? folder,
    // What is killed leaves its temporary files behind.
    env: activated(venv, { TMPDIR: folder, ...env }),
    stdio: ['ignore', out, out],
    // A session of its own, by which its processes are found even when their parents are gone.
    detached: true,
  });
  closeSync(out);
  const failed = new Promise<never>((_, reject) => child.on('error', reject));
  const pid = child.pid ?? (await failed);
  const running = {
    url: `http://127.0.0.1:${port}`,
    pid,
    output: () => readFileSync(log, 'utf8').slice(-4000),
    stop: () => stop(child, pid),
  };
  while ((await status(`${running.url}${server.health}`)) !== 200) {
    const seconds = performance.now() - begin;
    if (child.exitCode !== null || seconds > patience) {
      await running.stop();
      throw new Error(`${server.title} did not become ready:\n${running.output()}`);
    }
    await sleep(10);
  }
  return { ...running, startup: (performance.now() - begin) / 1000 };
}

/** The status of an answer over a connection of its own: one that is kept open would hold a sync worker. */
function status(url: string): Promise<number | undefined> {
  return new Promise((done) => {
    const question = get(url, { agent: false, timeout: patience, headers: { connection: 'close' } });
    question.on('response', (answer) => answer.resume().on('end', () => done(answer.statusCode)));
    question.on('timeout', () => question.destroy());
    question.on('error', () => done(undefined));
  });
}

/** Asks it to stop, and kills what is left: not every server ends, or ends its workers. */
async function stop(child: ChildProcess, pid: number): Promise<void> {
  child.kill('SIGTERM');
  for (let tick = 0; tick < 50 && treeOf(pid).length > 0; tick++) await sleep(100);
  for (const left of treeOf(pid)) {
    try {
      process.kill(left, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
}
