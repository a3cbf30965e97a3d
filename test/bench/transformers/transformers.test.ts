import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  activated,
  cachedVenv,
  command,
  freePort,
  generate,
  ready,
  repository,
  type Served,
  serve,
  stop,
  tempFolder,
} from '../../harness.ts';

const here = import.meta.dirname;
const connections = 16;
const seconds = Number(process.env.BENCH_SECONDS ?? 10);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
/** How many times as many requests a second ours must answer. */
const target = 2.5;

/** Requests a second, and times in milliseconds. */
interface Load {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}
interface Round {
  readonly plain: Load;
  readonly ours: Load;
}
type Answers = readonly (readonly [{ readonly label: string; readonly score: number }])[];

test(
  'docs/benchmarks-transformers.md: ours answers 2.5 times the requests of pipeline() behind FastAPI, and the same',
  async () => {
    const project = await generate([
      ...['bench', '--framework=transformers', '--task=text-classification', '--model-server=fastapi'],
    ]);
    const requirements = join(project, 'requirements.txt');
    const ownVenv = await cachedVenv(requirements);
    const venv = await cachedVenv(requirements, join(here, 'requirements.txt'));
    const python = (file: string, ...args: string[]) =>
      command(join(venv, 'bin/python'), [join(here, file), ...args]);
    const model = join(tempFolder(), 'model');
    await python('model.py', model);

    const ask = async ({ url }: Served, forSeconds: number) =>
      JSON.parse((await python('load.py', url, String(connections), String(forSeconds))).stdout);
    const measured = async (served: Served): Promise<{ answers: Answers; load: Load }> => {
      try {
        await ready(served);
        // This warms it up, too.
        const answers = await ask(served, 0);
        return { answers, load: await ask(served, seconds) };
      } finally {
        await stop(served);
      }
    };

    const all: Round[] = [];
    let difference = 0;
    for (let round = 0; round < rounds; round++) {
      const plain = await measured(await servePlain(venv, model));
      const ours = await measured(await serve(project, ownVenv, { SM_MODEL_DIR: model }));
      const labels = plain.answers.map(([{ label }]) => label);
      expect(new Set(labels).size).toBeGreaterThan(1);
      expect(ours.answers.map(([{ label }]) => label)).toEqual(labels);
      difference = Math.max(difference, furthest(plain.answers, ours.answers));
      all.push({ plain: plain.load, ours: ours.load });
      console.log(all.at(-1));
    }
    expect(difference).toBeLessThan(1e-5);
    const ratio = median(all.map(({ plain, ours }) => ours.rate / plain.rate));
    writeFileSync(join(repository, 'docs/benchmarks-transformers.md'), page(all, ratio, difference));
    expect(ratio).toBeGreaterThanOrEqual(target);
  },
  60 * 60 * 1000,
);

async function servePlain(venv: string, model: string): Promise<Served> {
  const port = await freePort();
  const args = [join(here, 'plain.py'), model, String(port)];
  const child = spawn(join(venv, 'bin/python'), args, { env: activated(venv) });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exit = new Promise<number | null>((done) => child.on('close', done));
  return { url: `http://127.0.0.1:${port}`, process: child, output: () => output, exit };
}

/** The largest difference between two scores of the same text. */
function furthest(some: Answers, others: Answers): number {
  return Math.max(...some.map(([{ score }], at) => Math.abs(score - (others[at]?.[0].score ?? Number.NaN))));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function page(all: readonly Round[], ratio: number, difference: number): string {
  const row = (name: keyof Round, title: string) => {
    const figures = (['rate', 'p50', 'p99'] as const).map((figure) =>
      median(all.map((round) => round[name][figure])).toFixed(figure === 'rate' ? 1 : 0),
    );
    return `| ${title} | ${figures.join(' | ')} |`;
  };
  const each = all.map(({ plain, ours }) => (ours.rate / plain.rate).toFixed(2)).join(', ');
  return `# Transformers on CPUs

A classifier of 6 layers of 384 (as MiniLM, random weights, float32); texts of 5 to 60 words, half of them of at most 20;
${connections} clients that each wait for their answer. ${rounds} rounds of ${seconds} s for each, in turns, on
${cpus().length} × ${cpus()[0]?.model.trim()}; medians. Made by \`npm run bench:transformers\`.

| server | requests/s | p50 ms | p99 ms |
| --- | ---: | ---: | ---: |
${row('plain', '`pipeline()` behind FastAPI, one request at a time')}
${row('ours', 'ours')}

**${ratio.toFixed(2)} times** as many requests (the rounds: ${each}). Asked the same texts at once, both give the same labels,
and no score differs by more than ${difference.toExponential(0)}.
`;
}
