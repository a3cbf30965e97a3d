// What the demo runs against: SageMaker hosting on this machine, and the AWS CLI.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup } from './stage.js';

const repository = resolve(import.meta.dirname, '../..');
export const bin = join(repository, 'dist/generators/cli.cjs');

/** Whether an engine of Docker answers, with a client that can build. */
export function hasDocker(env) {
  return printed('docker', ['info', '--format', '{{.ServerVersion}}'], env) !== undefined;
}

/** What a program prints on its standard output; undefined where it fails, or is not there. */
function printed(file, args, env) {
  try {
    return execFileSync(file, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** The AWS CLI: the one of this machine, else one that is installed in the repository's .cache, at the version of the tests. */
export async function awsCli(stage, env) {
  const [name] = printed('aws', ['--version'], env)?.split(' ') ?? [];
  if (name) return { env, name: name.replace('/', ' ') };
  const pins = readFileSync(join(repository, 'test/e2e/tools/requirements.txt'), 'utf8');
  const [pin, version] = /^awscli==(.*)$/m.exec(pins);
  const folder = join(repository, `.cache/aws-cli-${version}`);
  const own = { ...env, PATH: `${join(folder, 'bin')}:${env.PATH}` };
  const isThere = () =>
    existsSync(join(folder, 'bin/aws')) && printed(join(folder, 'bin/aws'), ['--version'], env);
  if (!isThere()) {
    // Half of one, whose Python may be gone.
    rmSync(folder, { recursive: true, force: true });
    await stage.run('python3', ['-m', 'venv', folder], { env });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', pin];
    await stage.run(join(folder, 'bin/python'), pip, { env });
  }
  return { env: own, name: `aws-cli ${version}, put into .cache: there is none here` };
}

/** Starts `ml-container-creator local` in a project, with a folder of its own; once it answers. */
export async function startLocal(stage, { project, folder, isProcess, env }) {
  const args = [bin, 'local', `--folder=${folder}`, ...(isProcess ? ['--process'] : [])];
  // One that a run before this has left, if it was killed.
  await stage.run(process.execPath, [bin, 'local', 'stop', `--folder=${folder}`], { cwd: project, env });
  const service = stage.start(process.execPath, args, { cwd: project, env });
  let code;
  void service.ended.then((ended) => {
    code = ended;
  });
  while (!service.printed().all.includes('answers at ')) {
    if (code !== undefined)
      throw Object.assign(new Error(`ml-container-creator local ended with ${code}`), {
        printed: service.printed().all,
      });
    await sleep(50);
  }
  const exported = printed('bash', ['-c', `${service.printed().stdout}\nenv -0`], env).split('\0');
  const values = Object.fromEntries(exported.filter(Boolean).map((line) => line.split(/=(.*)/s).slice(0, 2)));
  return {
    env: values,
    url: values.AWS_ENDPOINT_URL,
    region: values.AWS_REGION,
    /** Ends it; throws where it leaves something behind. */
    async stop() {
      if (service.child.exitCode === null && service.child.signalCode === null)
        endGroup(service.child, 'SIGTERM');
      await service.ended;
      const left = leftOvers(folder, values);
      rmSync(folder, { recursive: true, force: true });
      if (left.length) throw new Error(`left behind: ${left.join(', ')}`);
    },
  };
}

/** Containers of the service, and what still answers where it did. */
function leftOvers(folder, env) {
  const label = `label=ml-container-creator.local=${folder}`;
  const containers = printed('docker', ['ps', '--all', '--quiet', '--filter', label], env) ?? '';
  const state = printed(process.execPath, [bin, 'local', 'status', `--folder=${folder}`], env);
  return [
    ...containers
      .split('\n')
      .filter(Boolean)
      .map((id) => `container ${id}`),
    ...(state === 'Nothing runs, and nothing is kept' ? [] : [`${state}`]),
    ...(existsSync(join(folder, 'work')) ? [`${folder}/work`] : []),
  ];
}

/** Removes the images that were pushed to a registry, but for what Docker's build cache keeps. */
export function removeImages(registry, env) {
  const names = printed('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'], env) ?? '';
  const ours = names.split('\n').filter((name) => name.startsWith(`${registry}/`));
  if (ours.length) printed('docker', ['image', 'rm', ...ours], env);
}
