import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { activated, command } from '../../harness.ts';
import { oneThread } from './libraries.ts';
import { probe } from './measure/prober.ts';
import { start } from './measure/running.ts';
import { pss } from './measure/tree.ts';
import { loader, wrkVersion } from './measure/wrk.ts';
import { type ModelName, models, type Trained, trainModels } from './models.ts';
import type { Options } from './options.ts';
import { type Cell, keep, machine, type Results } from './results.ts';
import type { ServerName } from './servers.ts';
import { type Target, targets, versionsOf } from './targets.ts';

/** Measures everything, round by round: what else the machine does meanwhile then meets all servers alike. */
export async function run(options: Options): Promise<Results> {
  const { seconds, rounds, connections } = options;
  const results: Results = {
    date: new Date().toISOString(),
    machine: machine(await wrkVersion()),
    seconds,
    rounds,
    partial: options.partial,
    connections,
    versions: {},
    cells: [],
    starts: [],
    alone: [],
  };
  const trained = await trainModels();
  const chosen = await targets(options, trained);
  for (const target of chosen) await addVersions(results.versions, target);
  for (let round = 1; round <= rounds; round++) {
    for (const model of options.models.filter((name) => !('servers' in models[name]))) {
      results.alone.push({ model, rate: await alone(trained, model, seconds) });
    }
    for (const target of chosen) {
      await measure(target, options, results);
      const { cells } = results;
      const last = cells.slice(-connections.length * target.asks.size).map(({ rate }) => Math.round(rate));
      console.log(`round ${round}: ${target.server.title}, ${target.model ?? 'no model'}: ${last.join(' ')}`);
      // After each: a run that is broken off has its figures.
      keep(results);
    }
  }
  return results;
}

/** Starts a server, measures all its cells, stops it. */
async function measure(target: Target, { connections, seconds }: Options, results: Results): Promise<void> {
  const { name, model, server } = target;
  const running = await start(server, target.prepared);
  try {
    const loads = [...target.asks].map(
      ([request, sent]) => [request, loader(`${running.url}${server.path}`, sent)] as const,
    );
    // Batchers learn, allocators grow, and every worker has to have seen a request.
    for (const [, load] of loads) await load(Math.max(...connections), seconds);
    // What its clients have left behind would be the first cell's burden.
    await sleep(2000);
    const stopProbing = probe(running.url, server.health);
    let memory = 0;
    for (const [request, load] of loads) {
      for (const count of connections) {
        const figures = load(count, seconds);
        await sleep(seconds * 500);
        memory = Math.max(memory, pss(running.pid));
        const cell: Cell = { server: name, model, request, connections: count, ...(await figures) };
        results.cells.push(cell);
      }
    }
    const { p99: pingP99, failures: pingFailures } = await stopProbing();
    const { startup } = running;
    results.starts.push({ server: name, model, startup, pss: memory, pingP99, pingFailures });
  } finally {
    await running.stop();
  }
}

/** Rows a second of a model without a server. */
async function alone(
  { venv, rowsFile, models }: Trained,
  model: ModelName,
  seconds: number,
): Promise<number> {
  const args = [join(import.meta.dirname, 'in_process.py'), rowsFile, String(seconds)];
  const env = activated(venv, { ...oneThread, SM_MODEL_DIR: models.get(model)?.folder });
  const { stdout } = await command('python', args, { env });
  return Number(stdout);
}

/** The versions of a server, whatever its models: ours has an environment for each framework. */
async function addVersions(versions: Partial<Record<ServerName, string>>, target: Target): Promise<void> {
  const known = versions[target.name]?.split(', ') ?? [];
  versions[target.name] = [...new Set([...known, ...(await versionsOf(target))])].join(', ');
}
