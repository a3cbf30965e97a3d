import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';

const folder = join(import.meta.dirname, 'python/server');

// What differs between the stacks is app.py alone: files that never come near it run with one of them.
const both = ['edges', 'targets', 'not_http', 'fuzz', 'load', 'stop', 'routes'];
const once = [
  'abandoned',
  'batch',
  'bodies',
  'cpus',
  'deaths',
  'identity',
  'logs',
  'multi_model',
  'multi_model_memory',
  'overload',
  'slow_clients',
  'start',
  'threads',
];

describe('the running server', () => {
  test.each([
    ['keeps its promises, whatever is sent', 'sklearn', 'fastapi', [...both, ...once]],
    ['keeps them with Flask too', 'sklearn', 'flask', both],
    ['keeps them where a library has threads of its own', 'xgboost', 'fastapi', ['threads']],
  ])('%s (%s, %s; see python/server)', { timeout: 900_000 }, async (_, framework, server, subjects) => {
    const project = await generate([
      'stress',
      `--framework=${framework}`,
      `--model-server=${server}`,
      '--include-sample',
    ]);
    const listed = ['requirements.txt', 'sample_model/requirements.txt'].map((name) => join(project, name));
    const venv = await cachedVenv(...listed, join(folder, 'requirements.txt'));
    const files = subjects.map((subject) => join(folder, `test_${subject}.py`));
    // Several at once: most of the time goes into starts of servers.
    const options = ['-q', '-rA', '-p', 'no:cacheprovider', '--color=no', '-n', '3'];
    const { stdout } = await command(join(venv, 'bin/python'), ['-m', 'pytest', ...options, ...files], {
      cwd: tempFolder(),
      env: activated(venv, { PROJECT: project }),
    });
    console.log(stdout.replace(/^(PASSED|=+|-+ Captured|\.).*\n/gm, ''));
    // Nothing is skipped.
    expect(stdout).toMatch(/\n\d+ passed(, \d+ warnings?)? in /);
  });
});
