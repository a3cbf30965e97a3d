import { type ModelName, models } from './models.ts';
import { constants, type ServerName, servers } from './servers.ts';

const defaults = { seconds: 3, rounds: 3, connections: [1, 16, 64] };

function list(variable: string, allowed: readonly string[]): string[] | undefined {
  const given = process.env[variable]?.split(',').map((word) => word.trim());
  const unknown = given?.filter((word) => !allowed.includes(word));
  if (unknown?.length)
    throw new Error(`${variable}: no ${unknown.join(', ')}; there are ${allowed.join(', ')}`);
  return given;
}

function count(variable: string): number | undefined {
  const given = process.env[variable];
  if (given !== undefined && !/^[1-9]\d*$/.test(given)) throw new Error(`${variable}: ${given} is no count`);
  return given === undefined ? undefined : Number(given);
}

/** What is to be measured: all of it, or what the environment restricts it to. */
export function options() {
  const serverNames = [...Object.keys(servers), ...Object.keys(constants)];
  const chosen = {
    servers: list('BENCH_SERVERS', serverNames),
    models: list('BENCH_MODELS', Object.keys(models)),
    connections: process.env.BENCH_CONNECTIONS?.split(',').map(Number),
    rounds: count('BENCH_ROUNDS'),
  };
  if (chosen.connections?.some((number) => !(number > 0)))
    throw new Error('BENCH_CONNECTIONS: not all counts');
  return {
    partial: Object.values(chosen).some((value) => value !== undefined),
    servers: (chosen.servers ?? serverNames) as ServerName[],
    models: (chosen.models ?? Object.keys(models)) as ModelName[],
    connections: chosen.connections ?? defaults.connections,
    rounds: chosen.rounds ?? defaults.rounds,
    seconds: count('BENCH_SECONDS') ?? defaults.seconds,
  };
}

export type Options = ReturnType<typeof options>;
