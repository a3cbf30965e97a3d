// npm run python [-- all]: pytest over python/tests, in environments made of what the projects in rendered/ require.
// With `all`: what is left out else, tests that are marked so and folders whose packages take gigabytes.
import { basename, join } from 'node:path';
import { unlessPassed } from './passed.js';
import { environments, run } from './python-environments.js';
import { cachedVenv } from './venv.js';

// Several at once, where most of the time goes into starts of servers.
const several = ['-n', '3'];
const two = ['-n', '2'];
const runs = {
  some: [{ ...environments.rows, options: [...several, '-m', 'not all'] }],
  all: [
    { ...environments.rows, options: [...several, '-m', 'all'] },
    { ...environments.clients, options: two },
    { ...environments.texts, options: two },
    environments.parsers,
    // What each has found is printed.
    { ...environments.fuzz, options: [...two, '-rP'] },
  ],
};

const which = process.argv[2] === 'all' ? 'all' : 'some';
const venvs = [];
for (const { requirements } of runs[which]) venvs.push(await cachedVenv(...requirements));

/** Whether all of them pass. */
async function passes() {
  let passed = true;
  for (const [n, { alone, folders, options = [] }] of runs[which].entries()) {
    const interpreter = join(venvs[n], 'bin/python');
    if (alone) {
      const install = ['-m', 'pip', '--python', interpreter, 'install', '--quiet', '--no-deps', '-r', alone];
      if ((await run('python3', install)) !== 0) return false;
    }
    const pytest = ['-m', 'pytest', '--verbose', '--durations=15', '-p', 'tests.counts'];
    passed = (await run(interpreter, [...pytest, ...options, ...folders])) === 0 && passed;
  }
  return passed;
}

// Of the generator these tests read what the server tells it, and nothing else.
const without = /^(test|generators)\/(?!serving-facts\.ts$)/;
// The name of an environment is that of its interpreter and packages.
const settings = venvs.map((venv) => basename(venv));
if (!(await unlessPassed(`npm run python ${which}`, { without, settings }, passes))) process.exitCode = 1;
