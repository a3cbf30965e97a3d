// What python/ is tested and type-checked with: environments made of what the projects in tests/rendered/ require.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const python = resolve(import.meta.dirname, '../python');
const rendered = join(python, 'tests/rendered');
const own = join(python, 'tests/requirements.txt');

/** The requirements.txt of rendered projects whose names fit. */
function projects(fits) {
  const folder = join(rendered, 'requirements');
  return readdirSync(folder)
    .filter((file) => fits.test(file))
    .sort()
    .map((file) => join(folder, file));
}

const engine = (name) => join(rendered, 'engines', `${name}.txt`);

/** Files and folders below python/ whose names fit, or do not. */
const below = (folder, fits, expected = true) =>
  readdirSync(join(python, folder))
    .filter((name) => fits.test(name) === expected && /^\w+(\.py)?$/.test(name) && name !== 'VERSION')
    .map((name) => `${folder}/${name}`);

// What imports PyTorch: gigabytes.
const heavy = /^(texts|generation|pretrained|transformers_\w+)(\.py)?$/;
// Those of tests/typing that need no PyTorch.
const light = /^(rows|mistakes)\.py$/;

/** Of each: `folders` with its tests (none: those that pyproject.toml names), and what is type-checked in it. */
export const environments = {
  // Without PyTorch.
  rows: {
    requirements: [
      ...projects(/^(sklearn|xgboost)-|-vllm/),
      own,
      join(python, 'tests/rows/requirements.txt'),
    ],
    folders: [],
    typed: [
      'facts.py',
      ...below('ml_serving', heavy, false),
      ...below('tests/typing', light),
      ...below('tests/rendered/handlers', heavy, false),
      'tests/rendered/apps',
      'tests/rendered/serve',
    ],
  },
  // Clients of other tools.
  clients: {
    requirements: [
      // MLServer wants a FastAPI of its own.
      ...projects(/^(sklearn|xgboost)-.*-flask/),
      own,
      join(python, 'tests/clients/requirements.txt'),
    ],
    folders: ['tests/clients'],
    typed: [],
  },
  texts: {
    requirements: [
      ...projects(/^transformers-.*-(fastapi|vllm)/),
      own,
      join(python, 'tests/texts/requirements.txt'),
      join(python, 'tests/openai/requirements.txt'),
    ],
    folders: ['tests/texts', 'tests/generation', 'tests/openai', 'tests/facts'],
    typed: [
      ...below('ml_serving', heavy),
      ...below('tests/typing', light, false),
      ...below('tests/rendered/handlers', heavy),
    ],
  },
  // Everything that reads requests.
  fuzz: {
    requirements: [
      ...projects(/^(sklearn-skops|xgboost-json|transformers-pretrained)-fastapi/),
      own,
      join(python, 'tests/fuzz/requirements.txt'),
    ],
    folders: ['tests/fuzz'],
    typed: [],
  },
  parsers: {
    requirements: [engine('vllm'), join(python, 'tests/parsers/requirements.txt'), own],
    // Without the packages that it asks for: what it pins contradicts vLLM.
    alone: engine('sglang'),
    folders: ['tests/parsers'],
    typed: [],
  },
};

/** Resolves with a program's exit code. */
export function run(file, args) {
  // Python's settings and the server's would be those of whoever runs the tests.
  const settings = /^(ML_|PYTHON|AWS_(?!CA_BUNDLE)|SERVER_|SM_|SAGEMAKER_)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
  const child = spawn(file, args, { cwd: python, env, stdio: 'inherit' });
  return new Promise((done, failed) => child.on('close', done).on('error', failed));
}
