import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { repository } from '../../harness.ts';
import type { Load } from './measure/wrk.ts';
import type { ModelName } from './models.ts';
import type { RequestName } from './requests.ts';
import type { ServerName } from './servers.ts';

export interface Cell extends Load {
  readonly server: ServerName;
  /** None for the servers that answer a constant. */
  readonly model: ModelName | null;
  readonly request: RequestName;
  readonly connections: number;
}

/** What is told of one start of a server. */
interface Start {
  readonly server: ServerName;
  readonly model: ModelName | null;
  readonly startup: number;
  readonly pss: number;
  readonly pingP99: number;
  readonly pingFailures: number;
}

/** Everything that was measured; the report follows from it alone. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
  readonly rounds: number;
  /** Restricted by the environment. */
  readonly partial: boolean;
  readonly connections: readonly number[];
  readonly versions: Partial<Record<ServerName, string>>;
  readonly cells: Cell[];
  readonly starts: Start[];
  /** Rows a second of the models alone, for each round. */
  readonly alone: { model: ModelName; rate: number }[];
}

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** The medians of those entries that are like `like`. */
export function medians<Entry extends object, Key extends keyof Entry>(
  entries: readonly Entry[],
  like: Partial<Entry>,
  ...keys: Key[]
): Record<Key, number> | undefined {
  const alike = entries.filter((entry) =>
    Object.entries(like).every(([key, value]) => entry[key as keyof Entry] === value),
  );
  if (alike.length === 0) return undefined;
  const of = (key: Key) => [key, median(alike.map((entry) => Number(entry[key])))];
  return Object.fromEntries(keys.map(of)) as Record<Key, number>;
}

export function machine(wrk: string): string {
  const python = execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} vCPU, ${memory} GiB, Linux, ${python}, wrk ${wrk} on the same machine`;
}

/** Keeps results where git does not look; tables can be made from them again. */
export function keep(results: Results): string {
  const file = join(repository, '.cache/bench', `serving-${results.date.replace(/\W/g, '')}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(results, null, 1));
  return file;
}
