import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { afterAll, expect } from 'vitest';
import { activated, bin, type CommandError, cachedVenv, command, tempFolder } from '../../harness.ts';
import { baseImage, inspectImage, removeImage } from '../docker.ts';
import { awsCli } from '../tools/background.ts';

/** A service that `local --keep` has started, and what runs against it. */
export interface Local {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a program in a folder; resolves also when it fails. */
  run(cwd: string, program: string, ...args: string[]): Promise<Ended>;
  /** Asks the AWS CLI. */
  // biome-ignore lint/suspicious/noExplicitAny: answers have the form that AWS gives them
  aws(...args: string[]): Promise<any>;
  /** `ml-container-creator local`, with more arguments. */
  local(...args: string[]): Promise<Ended>;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const certificates = '/etc/ssl/certs/ca-certificates.crt';

/**
 * In front of Docker's client and `sleep`. Builds get the base image of this machine, and what pip needs to reach a
 * package index here; the deploy script's waits are shorter.
 */
function inFront(dockerfile: string, client: string): string {
  const folder = tempFolder();
  const mount =
    'RUN --mount=type=secret,id=certificates,target=/run/certificates PIP_CERT=/run/certificates ';
  const programs = {
    docker: `[[ $1 == build ]] || exec ${client} "$@"
shift
sed '/^RUN .*pip /s#^RUN #${mount}#' Dockerfile >${dockerfile}
exec ${client} build --network host --build-arg PYTHON_IMAGE=${baseImage} --file ${dockerfile} \\
  --secret id=certificates,src=${certificates} "$@"`,
    sleep: 'exec /bin/sleep 0.5',
  };
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

let cli: ReturnType<typeof awsCli> | undefined;

afterAll(async () => (await cli)?.close());

/** The environment of a user of the AWS CLI, which is loaded once for a file of tests; moto is installed once for all. */
export async function userEnvironment(): Promise<NodeJS.ProcessEnv> {
  const venv = await cachedVenv(join(import.meta.dirname, '../tools/requirements.txt'));
  const env = activated(venv);
  cli ??= awsCli(venv, env);
  const { folder } = await cli;
  const { stdout: client } = await command('bash', ['-c', 'command -v docker || true']);
  const first = inFront(join(tempFolder(), 'Dockerfile'), client.trim());
  return {
    ...env,
    PATH: `${first}:${folder}:${env.PATH}`,
    XDG_CACHE_HOME: resolve('.cache/local'),
    HOME: tempFolder(),
  };
}

/** Runs a program; resolves also when it fails. */
export const run = (
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> =>
  command(program, args, { cwd, env }).then(
    (printed) => ({ code: 0, ...printed }),
    ({ code, stdout, stderr }: CommandError) => ({ code, stdout, stderr }),
  );

/** Starts a service from a folder, and goes on without waiting for its end. */
export async function startLocal(cwd: string, ...flags: string[]): Promise<Local> {
  const user = await userEnvironment();
  const folder = join(tempFolder(), 'state');
  const local = (...args: string[]) =>
    run(process.execPath, [bin, 'local', ...args, `--folder=${folder}`], cwd, user);
  const started = await local('--keep', ...flags);
  if (started.code !== 0) throw new Error(started.stderr);
  const exported = await command('bash', ['-c', `${started.stdout}\nenv -0`], { env: user });
  const env = Object.fromEntries(
    exported.stdout
      .split('\0')
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  return {
    folder,
    env,
    local,
    run: (where, program, ...args) => run(join(where, program), args, where, env),
    async aws(...args) {
      const { stdout } = await command('aws', [...args, '--output', 'json'], { env });
      return stdout ? JSON.parse(stdout) : undefined;
    },
  };
}

/** Runs lines of bash in a project, against a service of its own, which has ended with all that it started. */
export async function runThroughLocal(
  project: string,
  lines: readonly string[],
  flags: readonly string[],
): Promise<Ended> {
  const folder = join(tempFolder(), 'state');
  const local = [bin, 'local', `--folder=${folder}`, ...flags, '--'];
  const bash = ['bash', '-c', ['set -e', ...lines].join('\n')];
  const user = await userEnvironment();
  const ended = await run(process.execPath, [...local, ...bash], project, user);
  expect(await processesOf(folder)).toEqual([]);
  expect(signedInTo(join(user.HOME ?? '', '.docker'))).toEqual([]);
  return ended;
}

/**
 * Removes an image that was pushed by all its names in registries here, at the port of a restart and a digest among them.
 * Other tests may run what is, layer by layer, the same image.
 */
export async function removePushed(image: string): Promise<void> {
  const { RepoTags, RepoDigests } = await inspectImage(image);
  const [, ours = ''] = /^[^/]+(\/[^:@]+)/.exec(image) ?? [];
  await removeImage(...[...RepoTags, ...RepoDigests].filter((name) => name.includes(ours)));
}

/**
 * The deploy scripts as they are, with the project's own server in that environment, or without one with its image; then
 * invoke-endpoint of the AWS CLI for each sample request, by its type. A folder with the answers, by the names of the requests.
 */
export async function answersThroughLocal(
  project: string,
  contentTypes: Readonly<Record<string, string>>,
  timeScale: number,
  venv?: string,
): Promise<string> {
  const name = basename(project);
  const answers = tempFolder();
  const invocations = Object.entries(contentTypes).map(
    ([payload, type]) =>
      `aws sagemaker-runtime invoke-endpoint --region us-east-1 --endpoint-name ${name} ` +
      `--body fileb://sample_model/payloads/${payload} --content-type ${type} ` +
      // No model answers in plain text.
      `--accept ${type === 'text/plain' ? 'application/json' : type} ` +
      `${answers}/${payload} >/dev/null`,
  );
  if (venv) symlinkSync(venv, join(project, '.venv'));
  const first = venv ? [] : ['deploy/build_and_push.sh'];
  const lines = [...first, 'deploy/upload_to_s3.sh', 'deploy/deploy.sh', ...invocations];
  const flags = [`--time-scale=${timeScale}`, ...(venv ? ['--process'] : [])];
  const { code, stdout, stderr } = await runThroughLocal(project, lines, flags);
  const [, image] = /^Pushed (\S+)$/m.exec(stdout) ?? [];
  if (image) await removePushed(image);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(`The endpoint ${name} is in service on `);
  return answers;
}

/** Changes a file of a project. */
export function change(project: string, file: string, from: RegExp, to: string): void {
  const text = readFileSync(join(project, file), 'utf8');
  if (!from.test(text)) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(project, file), text.replace(from, to));
}

/** What a service has left: its processes, by the variable that all of them have. */
export async function processesOf(folder: string): Promise<string[]> {
  const script = `grep -lsz '^ML_CONTAINER_CREATOR_LOCAL=${folder}$' /proc/[0-9]*/environ || true`;
  const { stdout } = await command('bash', ['-c', script]);
  return stdout.trim().split('\n').filter(Boolean);
}

/** The registries whose passwords Docker's client keeps there. */
export function signedInTo(dockerConfig: string): string[] {
  const file = join(dockerConfig, 'config.json');
  return existsSync(file) ? Object.keys(JSON.parse(readFileSync(file, 'utf8')).auths ?? {}) : [];
}

/** Starts it as a user does, in the foreground; once it answers. */
export async function inForeground(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  const service = spawn(process.execPath, [bin, 'local', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  await new Promise<void>((done, fail) => {
    service.stderr.on('data', (chunk) => {
      printed += chunk;
      if (printed.includes('answers at')) done();
    });
    service.on('exit', () => fail(new Error(printed)));
  });
  const ended = new Promise<number | null>((done) => service.on('exit', done));
  return { service, ended };
}
