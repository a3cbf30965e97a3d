import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bin, cleanEnv, tempFolder } from '../harness.ts';

/** CPU seconds, user and system, of one whole process. */
function cpuSeconds(args: string[]): number {
  const cwd = tempFolder();
  const { status, stderr } = spawnSync('bash', ['-c', 'time "$@"', 'bash', process.execPath, ...args], {
    cwd,
    env: { ...cleanEnv, TIMEFORMAT: 'cpu %U %S' },
    encoding: 'utf8',
  });
  const [, user, system] = /cpu (\S+) (\S+)/.exec(stderr) ?? [];
  if (status !== 0 || !user) throw new Error(stderr);
  return Number(user) + Number(system);
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

// Where further certificates are set, reading them is more than half of what starting node takes.
const limit = process.env.NODE_EXTRA_CA_CERTS ? 3 : 6;

test(`generating a project costs at most ${limit} times the CPU of starting node`, () => {
  const rounds = Array.from({ length: 15 }, () => {
    const node = cpuSeconds(['-e', '0']);
    const generate = cpuSeconds([bin, 'x', '--framework=xgboost', '--skip-prompts']);
    return { node, generate, ratio: generate / node };
  });
  const figures = (['node', 'generate', 'ratio'] as const).map((name) => [
    name,
    median(rounds.map((round) => round[name])),
  ]);
  console.log(figures.map(([name, figure]) => `${name} ${Number(figure).toFixed(3)}`).join(', '));
  expect(median(rounds.map(({ ratio }) => ratio))).toBeLessThanOrEqual(limit);
});
