import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bin, cleanEnv, freePort, generate, tempFolder } from '../harness.ts';

/** The exit code of our bin where a reader takes so many lines of its output, and no more. */
function codeWhereReadBy(reader: string, args: readonly string[], cwd = tempFolder()) {
  const script = `"$@" | ${reader} > /dev/null; exit "\${PIPESTATUS[0]}"`;
  const words = ['-c', script, 'bash', process.execPath, bin, ...args];
  const { status, stderr } = spawnSync('bash', words, { cwd, env: cleanEnv, encoding: 'utf8' });
  return { status, stderr };
}

test('what was found is the exit code, also where nobody reads to the end what is printed', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const failing = ['verify', url, '--timeout=1', '--only=starts'];
  expect(codeWhereReadBy('head -n 2', failing)).toEqual({ status: 1, stderr: '' });
  // As head does when it has what it was asked for: it ends as when its terminal is closed, which is no success.
  expect(codeWhereReadBy('true', failing).status).toBe(130);

  const project = await generate(['--framework=sklearn']);
  const changing = ['update', '--check', '--instance-type=ml.c5.xlarge'];
  for (const reader of ['cat', 'head -n 1', 'true'])
    expect(codeWhereReadBy(reader, changing, project), reader).toEqual({ status: 1, stderr: '' });
  for (const reader of ['cat', 'true'])
    expect(codeWhereReadBy(reader, ['--help'])).toEqual({ status: 0, stderr: '' });
});

test.runIf(process.platform === 'linux')(
  'what cannot be printed on a full disk is a failure, and no answer',
  () => {
    const full = openSync('/dev/full', 'w');
    const { status } = spawnSync(process.execPath, [bin, '--help'], {
      env: cleanEnv,
      stdio: ['ignore', full, 'ignore'],
    });
    expect(status).toBe(4);
  },
);
