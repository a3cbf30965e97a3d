import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activated, cachedVenv, command, freePort, generate, repository, tempFolder } from '../../harness.ts';

const here = import.meta.dirname;
const connections = 16;
const seconds = Number(process.env.BENCH_SECONDS ?? 20);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
/** How many times as many requests a second ours must answer. */
const target = 2.5;

interface Load {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}
type Answer = readonly [{ readonly label: string; readonly score: number }];

test(
  'docs/benchmarks-transformers.md: ours answers 2.5 times the requests of pipeline() behind FastAPI, and the same',
  async () => {
    const project = await generate([
      ...['bench', '--framework=transformers', '--task=text-classification', '--model-server=fastapi'],
    ]);
    const requirements = join(project, 'requirements.txt');
    const ownVenv = await cachedVenv(requirements);
    const venv = await cachedVenv(requirements, join(here, 'requirements.txt'));
    const model = join(tempFolder(), 'model');
    await command(join(venv, 'bin/python'), [join(here, 'model.py'), model]);
    const starts: Record<string, (port: number) => Running> = {
      plain: (port) =>
        start(join(venv, 'bin/python'), [join(here, 'plain.py'), model, String(port)], activated(venv)),
      ours: (port) =>
        start(
          join(project, 'code/serve'),
          ['serve'],
          activated(ownVenv, { SAGEMAKER_BIND_TO_PORT: String(port), SM_MODEL_DIR: model }),
        ),
    };
    const loads: Record<string, Load[]> = { plain: [], ours: [] };
    const answers: Record<string, Answer[]> = {};
    for (let round = 0; round < rounds; round++) {
      for (const [name, starting] of Object.entries(starts)) {
        const port = await freePort();
        const running = starting(port);
        const url = `http://127.0.0.1:${port}`;
        const ask = async (...args: number[]) => {
          const { stdout } = await command(join(venv, 'bin/python'), [
            ...[join(here, 'load.py'), url, ...args.map(String)],
          ]);
          return JSON.parse(stdout);
        };
        try {
          await answering(url);
          answers[name] = await ask(1, 0);
          await ask(connections, 3);
          const load: Load = await ask(connections, seconds);
          loads[name]?.push(load);
          console.log(name, load);
        } finally {
          await running.stop();
        }
      }
    }
    const { plain = [], ours = [] } = answers;
    const differences = plain.map(([one], at) => Math.abs(one.score - (ours[at]?.[0].score ?? Number.NaN)));
    const difference = Math.max(...differences);
    expect(ours.map(([{ label }]) => label)).toEqual(plain.map(([{ label }]) => label));
    expect(difference).toBeLessThan(1e-5);
    const ratio = median(loads.ours ?? []).rate / median(loads.plain ?? []).rate;
    writeFileSync(join(repository, 'docs/benchmarks-transformers.md'), page(loads, ratio, difference));
    expect(ratio).toBeGreaterThanOrEqual(target);
  },
  60 * 60 * 1000,
);

interface Running {
  stop(): Promise<unknown>;
}

function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((done) => child.on('close', done));
  return {
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await fetch(`${url}/ping`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error(`${url} does not answer`);
}

function median(loads: readonly Load[]): Load {
  const middle = [...loads].sort((a, b) => a.rate - b.rate)[Math.floor(loads.length / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

function page(loads: Readonly<Record<string, Load[]>>, ratio: number, difference: number): string {
  const row = (name: string, title: string) => {
    const { rate, p50, p99 } = median(loads[name] ?? []);
    return `| ${title} | ${rate.toFixed(1)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} |`;
  };
  return `# Transformers on CPUs

A classifier of 6 layers of 384 (as MiniLM, random weights, float32), texts of 5 to 120 tokens, ${connections} clients that
each wait for their answer; ${seconds} s, the median of ${rounds} rounds, on ${cpus().length} × ${cpus()[0]?.model.trim()}. Made by
\`npm run bench:transformers\`.

| server | requests/s | p50 ms | p99 ms |
| --- | ---: | ---: | ---: |
${row('plain', '`pipeline()` behind FastAPI, one request at a time')}
${row('ours', 'ours')}

**${ratio.toFixed(2)} times** as many requests. The labels are the same, and no score differs by more than ${difference.toExponential(0)}.
`;
}
