// npm run python [-- all]: pytest over python/tests, in environments made of what the projects in rendered/ require.
// With `all`: what is left out else, tests that are marked so and folders whose packages take gigabytes.
import { join } from 'node:path';
import { environments, run } from './python-environments.js';
import { cachedVenv } from './venv.js';

// Several at once, where most of the time goes into starts of servers.
const several = ['-n', '3'];
const runs = {
  some: [{ ...environments.rows, options: [...several, '-m', 'not all'] }],
  all: [
    { ...environments.rows, options: [...several, '-m', 'all'] },
    environments.clients,
    environments.texts,
    environments.parsers,
    // Two at a time, and what each has found is printed.
    { ...environments.fuzz, options: ['-n', '2', '-rP'] },
  ],
};

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
