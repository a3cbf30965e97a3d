// npm run types [-- all]: pyright, strictly, over python/ and what projects get that is no part of ml_serving.
// With `all`: what imports PyTorch, which is left out else.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environments, run } from './python-environments.js';
import { cachedVenv } from './venv.js';

const { rows, texts } = environments;
const { requirements, typed } = process.argv[2] === 'all' ? texts : rows;
const pyright = fileURLToPath(import.meta.resolve('pyright'));
const interpreter = join(await cachedVenv(...requirements), 'bin/python');
process.exitCode = await run(process.execPath, [pyright, '--pythonpath', interpreter, ...typed]);
