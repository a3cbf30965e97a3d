import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { all } from '../all.ts';
import { repository, tempFolder } from '../harness.ts';
import { processesOf, run, userEnvironment } from './local/local.ts';

const demo = join(repository, 'scripts/demo.js');

/** The demo in a folder of its own. */
async function place() {
  const [env, folder] = [await userEnvironment(), tempFolder()];
  return { env, folder, args: [demo, '--process', `--folder=${folder}`], service: join(folder, '.local') };
}

/** What a line says on any machine. */
const masked = (line: string) =>
  line
    .replace(/, put into .*? here/, '')
    .replaceAll(/[\d.,:]*\d/g, 'N')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The lines of a picture of a terminal. */
function linesOf(picture: string): string[] {
  const lines = new Map<string, string[]>();
  for (const [, y = '', text = ''] of picture.matchAll(/<text [^>]*?y="(\d+)"[^>]*>([^<]*)</g))
    lines.set(y, [...(lines.get(y) ?? []), text]);
  return [...lines.values()].map((parts) => parts.join(' '));
}

const steps = (lines: readonly string[]) => lines.map(masked).filter((line) => /^[✓✗]/.test(line));

test(
  'the demo updates an endpoint under load, says each step in a line as the picture shows it, and leaves nothing running',
  all,
  async () => {
    const { env, folder, args, service } = await place();
    const { code, stdout, stderr } = await run(process.execPath, args, repository, env);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    const [, requests = '0'] =
      /✓ Update the endpoint under load +([\d,]+) requests meanwhile, 0 failed/.exec(stdout) ?? [];
    expect(Number(requests.replace(',', ''))).toBeGreaterThan(100);
    expect(stdout).toContain('{"predictions":["virginica","versicolor","setosa"]}');
    // No terminal's controls, where there is no terminal.
    expect(stdout).not.toContain('\u001B');
    // `npm run picture demo` makes it anew.
    const picture = readFileSync(join(repository, 'docs/demo.svg'), 'utf8').replaceAll('&amp;', '&');
    expect(steps(linesOf(picture))).toEqual(steps(stdout.split('\n')));
    expect(await processesOf(service)).toEqual([]);
    expect(existsSync(service)).toBe(false);
    expect(existsSync(join(folder, 'sklearn-demo/deploy/deploy.sh'))).toBe(true);
  },
);

test('a script that fails ends the demo with what it printed, and with all that runs', all, async () => {
  const { env, args, service } = await place();
  const first = join(tempFolder(), 'bin');
  mkdirSync(first);
  writeFileSync(
    join(first, 'aws'),
    `#!/bin/sh\n[ "$1" = --version ] && exec echo aws-cli/1.2.3\necho "it is down" >&2\nexit 9\n`,
  );
  chmodSync(join(first, 'aws'), 0o755);
  const failed = await run(process.execPath, args, repository, { ...env, PATH: `${first}:${env.PATH}` });
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/✗ Upload the model .*\n {2}✓ Stop +nothing is left running/);
  expect(failed.stderr).toMatch(
    /^\n {4}it is down\n.*\n\nerror: deploy\/upload_to_s3\.sh ended with 1; npm run demo -- --verbose shows all that is printed\n$/s,
  );
  expect(await processesOf(service)).toEqual([]);
});

test('a project that lies where the demo would make its own is left as it is', async () => {
  const { env, folder, args } = await place();
  mkdirSync(join(folder, 'sklearn-demo'));
  writeFileSync(join(folder, 'sklearn-demo/mine.txt'), 'mine');
  const refused = await run(process.execPath, args, repository, env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/sklearn-demo exists: remove it, or name another --folder/);
  expect(readFileSync(join(folder, 'sklearn-demo/mine.txt'), 'utf8')).toBe('mine');
});

test('Ctrl-C ends the demo with all that it has started', async () => {
  const { env, args, service } = await place();
  const child = spawn(process.execPath, args, { cwd: repository, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const ended = new Promise((done) => child.on('close', done));
  await expect.poll(() => processesOf(service), { timeout: 240_000 }).not.toEqual([]);
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(said).toBe('Stopped: nothing is left running.\n');
  expect(await processesOf(service)).toEqual([]);
});
