import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, tempFolder } from '../../../harness.ts';
import type { Request } from '../requests.ts';

const script = join(import.meta.dirname, 'wrk.lua');

/** What closed-loop load found: requests a second that were answered with 2xx, and times in ms. */
export interface Load {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers other than 2xx, and connections that failed. */
  readonly errors: number;
}

/** The version of wrk; an error that says how to get it where it is missing. */
export async function wrkVersion(): Promise<string> {
  // It prints its version and ends with 1.
  const { stdout } = await command('wrk', ['--version']).catch((error) => {
    if (/wrk \S+/.test(error.stdout)) return error;
    throw new Error('wrk is missing, which makes the load: apt-get install wrk, or see github.com/wg/wrk');
  });
  return /wrk (?:debian\/)?([\d.]+)/.exec(stdout)?.[1] ?? 'unknown';
}

/** Writes a request's body to a file; returns what puts load on a server with it. */
export function loader(url: string, { type, body }: Request) {
  const file = join(tempFolder(), 'body');
  writeFileSync(file, body);
  return async (connections: number, seconds: number): Promise<Load> => {
    const { stdout } = await command('wrk', [
      ...['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency', '-s', script],
      ...[url, '--', file, type],
    ]);
    const line = stdout.split('\n').find((line) => line.startsWith('{'));
    if (!line) throw new Error(`wrk said no figures:\n${stdout}`);
    const { requests, microseconds, p50, p99, status, socket } = JSON.parse(line);
    return {
      rate: (requests - status) / (microseconds / 1e6),
      p50: p50 / 1000,
      p99: p99 / 1000,
      errors: status + socket,
    };
  };
}
