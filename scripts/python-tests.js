// npm run python [-- all]: pytest over python/tests, in environments made of what the projects in rendered/ require.
// With `all`: what is left out else, tests that are marked so and folders whose packages take gigabytes.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cachedVenv } from './venv.js';

const python = resolve(import.meta.dirname, '../python');
const tests = join(python, 'tests');
const own = join(tests, 'requirements.txt');

/** The requirements.txt of rendered projects whose names fit. */
function projects(fits) {
  const folder = join(tests, 'rendered/requirements');
  return readdirSync(folder)
    .filter((file) => fits.test(file))
    .sort()
    .map((file) => join(folder, file));
}

const engine = (name) => join(tests, 'rendered/engines', `${name}.txt`);

/** Environments, and the folders that take them. */
const environments = {
  // Those that pyproject.toml names: without PyTorch.
  rows: { requirements: [...projects(/^(sklearn|xgboost)-|-vllm/), own], folders: [] },
  texts: {
    requirements: [
      ...projects(/^transformers-.*-(fastapi|vllm)/),
      own,
      join(tests, 'openai/requirements.txt'),
    ],
    folders: ['tests/texts', 'tests/generation', 'tests/openai'],
  },
  parsers: {
    requirements: [engine('vllm'), join(tests, 'parsers/requirements.txt'), own],
    // Without the packages that it asks for: what it pins contradicts vLLM.
    alone: engine('sglang'),
    folders: ['tests/parsers'],
  },
};
// Several at once, where most of the time goes into starts of servers.
const several = ['-n', '3'];
const runs = {
  some: [{ ...environments.rows, options: [...several, '-m', 'not all'] }],
  all: [
    { ...environments.rows, options: [...several, '-m', 'all'] },
    environments.texts,
    environments.parsers,
  ],
};

/** Resolves with a program's exit code. */
function run(file, args) {
  // Python's settings and the server's would be those of whoever runs the tests.
  const settings = /^(ML_|PYTHON|AWS_(?!CA_BUNDLE)|SERVER_|SM_|SAGEMAKER_)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
  const child = spawn(file, args, { cwd: python, env, stdio: 'inherit' });
  return new Promise((done, failed) => child.on('close', done).on('error', failed));
}

for (const { requirements, alone, folders, options = [] } of runs[process.argv[2] ?? 'some']) {
  const venv = await cachedVenv(...requirements);
  const interpreter = join(venv, 'bin/python');
  if (alone) {
    const install = ['-m', 'pip', '--python', interpreter, 'install', '--quiet', '--no-deps', '-r', alone];
    if ((await run('python3', install)) !== 0) process.exit(1);
  }
  const pytest = [
    '-m',
    'pytest',
    '--verbose',
    '--durations=15',
    '-p',
    'tests.counts',
    ...options,
    ...folders,
  ];
  if ((await run(interpreter, pytest)) !== 0) process.exitCode = 1;
}
