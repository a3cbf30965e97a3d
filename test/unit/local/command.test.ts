import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { told } from '../../../generators/local/disk.ts';
import { localRequest } from '../../../generators/local/flags.ts';
import { ServiceFolder } from '../../../generators/local/folder.ts';
import { environmentFor, exportsFor } from '../../../generators/local/variables.ts';
import { startOf } from '../../../generators/running.ts';
import { bin, command, tempFolder } from '../../harness.ts';

const url = 'http://127.0.0.1:1234';

test('what comes after -- is a command of its own, with flags of its own', () => {
  expect(localRequest(['--keep', '--time-scale=20', '--', 'aws', '--keep', '--', 'x'])).toEqual({
    help: false,
    command: ['aws', '--keep', '--', 'x'],
    keep: true,
    process: false,
    timeScale: 20,
    faults: [],
  });
});

test.each([
  [['statsu'], 'there is no action "statsu"; did you mean status?; a command to run comes after --'],
  [['--'], 'after -- comes a command to run'],
  [['stop', '--', 'true'], 'stop runs no command'],
  [['status', '--process'], 'status takes no --process'],
  [['--time-scale=0'], '--time-scale is "0": it takes a number, 1 or more'],
  [['--kep'], 'unknown flag --kep; did you mean --keep?'],
])('%j is refused, and it is said why', (args, message) => {
  expect(() => localRequest(args)).toThrow(message);
});

test('a command gets no credentials, profile or endpoint of yours, and keeps the rest', () => {
  const yours = {
    PATH: '/bin',
    AWS_PROFILE: 'production',
    AWS_ACCESS_KEY_ID: 'real',
    AWS_SECRET_ACCESS_KEY: 'real',
    AWS_SESSION_TOKEN: 'real',
    AWS_ENDPOINT_URL_S3: 'https://s3.example.com',
    // Of credentials that end, which these do not.
    AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00+00:00, real',
    AWS_BEARER_TOKEN_BEDROCK: 'real',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'real',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/real',
    AWS_SOMETHING_OF_NEXT_YEAR: 'real',
    AWS_MAX_ATTEMPTS: '7',
    ROLE_ARN: 'arn:aws:iam::999999999999:role/real',
    AWS_REGION: 'eu-west-1',
    NO_PROXY: 'example.com',
  };
  const environment = environmentFor({ url }, yours);
  expect(environment).toMatchObject({
    PATH: '/bin',
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_MAX_ATTEMPTS: '7',
    NO_PROXY: 'example.com,127.0.0.1',
  });
  expect(JSON.stringify(environment)).not.toMatch(/real|production|s3\.example/);
});

test('what is printed sets the same in a shell, whatever the values hold', async () => {
  const yours = {
    ...process.env,
    ROLE_ARN: "arn:aws:iam::123456789012:role/it's $HOME",
    AWS_ENDPOINT_URL_S3: 'https://s3.example.com',
  };
  const script = `${exportsFor({ url }, yours)}\nenv -0`;
  const { stdout } = await command('bash', ['-c', script], { env: yours });
  const lines = stdout.split('\0');
  for (const [name, value] of Object.entries(environmentFor({ url }, yours)))
    if (/^(AWS_|ROLE|NO_PROXY)/.test(name)) expect(lines).toContain(`${name}=${value}`);
  expect(stdout).not.toContain('s3.example');
});

test.each([
  [
    'without python3',
    ['--process'],
    'project',
    4,
    /^There is no \.venv in .*\nGetting moto .*\nerror: moto .* cannot be installed: there is no python3 here\. .*\n$/,
  ],
  // What is missing is said before anything is fetched.
  ['without a project', ['--process'], '', 2, /^error: --process runs the server of the project .*\n$/],
  ['without Docker', [], 'project', 4, /^error: .* there is no docker command here; with --process, .*\n$/],
] as const)(
  '%s, a service in the background that cannot start says why, once',
  (_, flags, place, code, why) => {
    const cwd = tempFolder();
    for (const file of ['project/code/serve', 'project/deploy/settings.sh']) {
      mkdirSync(dirname(join(cwd, file)), { recursive: true });
      writeFileSync(join(cwd, file), '');
    }
    const folder = join(tempFolder(), 'state');
    const args = [bin, 'local', '--keep', ...flags, `--folder=${folder}`];
    const env = { ...process.env, PATH: tempFolder(), XDG_CACHE_HOME: tempFolder() };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: join(cwd, place),
      env,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(why);
    // What fails in eval "$(…)", too.
    expect({ status, stdout }).toEqual({ status: code, stdout: 'false\n' });
    expect(readdirSync(folder)).toEqual(['.ml-container-creator-local', 'output']);
  },
);

test('a folder that holds something else is never taken, and one that is taken by nobody who lives is', async () => {
  const full = tempFolder();
  writeFileSync(join(full, 'mine'), '');
  expect(() => new ServiceFolder(full).claim()).toThrow('holds something else');
  const kept = spawnSync(process.execPath, [bin, 'local', '--keep', `--folder=${full}`], {
    encoding: 'utf8',
  });
  expect(kept.stderr).toBe(
    `error: ${JSON.stringify(full)} holds something else: with --folder, give one that is empty or not there\n`,
  );
  expect(readdirSync(full)).toEqual(['mine']);

  const folder = new ServiceFolder(join(tempFolder(), 'state'));
  folder.make();
  // The first process is no service of ours.
  writeFileSync(join(folder.path, 'local.json'), JSON.stringify({ pid: 1, url }));
  expect(folder.holder()).toBeUndefined();
  expect(folder.claim()).toBe(true);
  expect(folder.holder()?.pid).toBe(process.pid);
  expect(new ServiceFolder(folder.path).claim()).toBe(false);
  expect(readdirSync(folder.path).toSorted()).toEqual(['.ml-container-creator-local', 'local.json']);
});

test.each(['local.json', 'kept', 'output'])(
  'a folder of yours that has only a %s, as ours have, is neither taken nor emptied',
  async (name) => {
    const folder = tempFolder();
    mkdirSync(join(folder, name));
    for (const action of ['stop', 'remove']) {
      const { stdout } = await command(process.execPath, [bin, 'local', action, `--folder=${folder}`]);
      expect(stdout).toBe('Nothing runs, and nothing is kept\n');
    }
    expect(() => new ServiceFolder(folder).claim()).toThrow('holds something else');
    expect(readdirSync(folder)).toEqual([name]);
  },
);

test('what a copy of the folder does leaves the service of the original alone', async () => {
  const folder = new ServiceFolder(join(tempFolder(), 'state'));
  const copy = `${folder.path}.bak`;
  folder.make();
  const service = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], {
    env: { ...process.env, ...folder.marker },
  });
  const [id] = Object.values(folder.marker);
  const record = { pid: service.pid, started: startOf(service.pid ?? 0), keep: true, url, id };
  writeFileSync(join(folder.path, 'local.json'), JSON.stringify(record));
  expect(folder.holder()?.pid).toBe(service.pid);
  cpSync(folder.path, copy, { recursive: true });
  const { stdout } = await command(process.execPath, [bin, 'local', 'remove', `--folder=${copy}`]);
  expect(stdout).toBe('Nothing runs, and nothing is kept\n');
  expect(service.signalCode).toBeNull();
  expect(folder.holder()?.pid).toBe(service.pid);
  service.kill();
});

test('a process that has come to the number of a killed service is left alone by stop', async () => {
  const folder = new ServiceFolder(join(tempFolder(), 'state'));
  folder.make();
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', 'local']);
  const record = { pid: other.pid, started: 'before', keep: true, url };
  writeFileSync(join(folder.path, 'local.json'), JSON.stringify(record));
  await command(process.execPath, [bin, 'local', 'stop', `--folder=${folder.path}`]);
  expect(other.kill(0)).toBe(true);
  other.kill();
});

test.runIf(process.getuid?.() === 0)(
  'the folder of another user is not taken: what lies there would be run',
  () => {
    const folder = new ServiceFolder(join(tempFolder(), 'state'));
    folder.make();
    chownSync(folder.path, 12_345, 12_345);
    expect(() => folder.claim()).toThrow('belongs to another user');
    expect(folder.isMade).toBe(false);
  },
);

test('a folder that others may write to is not taken, whatever is in it', () => {
  const folder = new ServiceFolder(join(tempFolder(), 'state'));
  folder.make();
  chmodSync(folder.path, 0o777);
  expect(folder.isMade).toBe(false);
  expect(() => folder.claim()).toThrow('holds something else');
});

test('without containers, the deploy scripts get a program for Docker that builds nothing; else they keep yours', () => {
  const yours = { CONTAINER_CLI: 'podman' };
  const containerCli = join('state', 'container-cli');
  expect(environmentFor({ url, containerCli }, yours).CONTAINER_CLI).toBe(containerCli);
  expect(environmentFor({ url }, yours).CONTAINER_CLI).toBe('podman');
});

test('what a configuration file says of endpoints sends no client to AWS', async () => {
  expect(environmentFor({ url }, {})).toMatchObject({
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
    AWS_USE_FIPS_ENDPOINT: 'false',
    AWS_USE_DUALSTACK_ENDPOINT: 'false',
  });
});

test('where the home folder cannot be written, one sentence says which, and what to do', () => {
  const home = join(tempFolder(), 'file');
  writeFileSync(home, '');
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: '', XDG_CACHE_HOME: '' };
  for (const args of [['--keep'], ['--process', '--', 'true']]) {
    const { status, stderr } = spawnSync(process.execPath, [bin, 'local', ...args], {
      env,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: `error: ${home}/.local/state/ml-container-creator/local cannot be written: what should be a folder above it is none. Give another one with --folder\n`,
    });
  }
  const failed = (code: string, syscall: string) =>
    String(told(Object.assign(new Error('other'), { code, syscall, path: '/home/you/.local' })));
  for (const code of ['EACCES', 'EROFS', 'ENOENT'])
    expect(failed(code, 'mkdir')).toMatch(
      /\/home\/you\/\.local cannot be written: this user may not\. Give a folder of yours with --folder, or by XDG_STATE_HOME/,
    );
  expect(failed('EACCES', 'open')).toContain('cannot be opened');
  expect(failed('ENOENT', 'spawn docker')).toBe('Error: other');
});

test.each([
  [
    '{"process":true,"moto":"5.0.0","port":1}',
    2,
    /was made by another version of ml-container-creator, in another form/,
  ],
  ['{"process":true,"form":', 2, /kept\/made\.json is damaged: it is no JSON/],
])('what is kept and cannot be used, %s, is named, and nothing of it is lost', (made, code, why) => {
  const folder = new ServiceFolder(join(tempFolder(), 'state'));
  folder.make();
  mkdirSync(join(folder.path, 'kept/aws'), { recursive: true });
  writeFileSync(join(folder.path, 'kept/made.json'), made);
  writeFileSync(join(folder.path, 'kept/aws/s3.pickle'), 'mine');
  for (const args of [['--keep', '--process'], ['stop']]) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [bin, 'local', ...args, `--folder=${folder.path}`],
      {
        encoding: 'utf8',
      },
    );
    if (args[0] === '--keep') expect(stderr).toMatch(why);
    if (args[0] === '--keep') expect(status).toBe(code);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(readFileSync(join(folder.path, 'kept/aws/s3.pickle'), 'utf8')).toBe('mine');
  }
});

test('two folders at one path, as on two machines, have ids of their own, and one keeps its own', () => {
  const path = join(tempFolder(), 'state');
  const idOf = () => {
    const folder = new ServiceFolder(path);
    folder.make();
    return folder.labels[0];
  };
  const first = idOf();
  expect(first).toMatch(/^ml-container-creator\.local\.id=[0-9a-f]{32}$/);
  expect(idOf()).toBe(first);
  // As another version left it.
  writeFileSync(join(path, '.ml-container-creator-local'), '');
  const second = idOf();
  expect(second).not.toBe(first);
  rmSync(path, { recursive: true });
  expect([first, second]).not.toContain(idOf());
});
