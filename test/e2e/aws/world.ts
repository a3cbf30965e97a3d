import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { activated, type CommandError, cachedVenv, command, generate, tempFolder } from '../../harness.ts';
import { awsCli, background } from '../tools/background.ts';

export const account = '123456789012';
export const role = `arn:aws:iam::${account}:role/service-role/SageMakerExecution`;

/** An AWS account behind an API server on this machine, and the real AWS CLI that is signed in to it. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly region: string;
  /** The folder with the AWS CLI. */
  readonly cli: string;
  readonly close: () => void;
}

export async function startAws(region: string): Promise<World> {
  const venv = await cachedVenv(join(import.meta.dirname, '../tools/requirements.txt'));
  const api = await background(venv, join(import.meta.dirname, 'server.py'), [], activated(venv));
  const signedIn = activated(venv, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${JSON.parse(api.printed).port}`,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    HOME: tempFolder(),
  });
  const cli = await awsCli(venv, signedIn);
  const close = () => {
    cli.close();
    api.started.kill();
  };
  return { env: { ...signedIn, PATH: `${cli.folder}:${signedIn.PATH}` }, region, cli: cli.folder, close };
}

/** Asks the AWS CLI. */
export async function aws({ cli, env, region }: World, ...args: string[]) {
  const { stdout } = await command(join(cli, 'aws'), [...args, '--output', 'json', '--region', region], {
    env,
  });
  return stdout ? JSON.parse(stdout) : undefined;
}

interface ScriptOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A folder to find before all others on the PATH. */
  readonly first?: string;
}

/** Runs a script of a project from some other folder; resolves also when it fails. */
export function script(
  { env }: World,
  project: string,
  name: string,
  { args = [], env: extra, first }: ScriptOptions = {},
) {
  const PATH = first ? `${first}:${env.PATH}` : env.PATH;
  return command(join(project, name), args, { cwd: tempFolder(), env: { ...env, PATH, ...extra } }).then(
    (printed) => ({ code: 0, ...printed }),
    ({ code, stdout, stderr }: CommandError) => ({ code, stdout, stderr }),
  );
}

/** A folder for the PATH with programs in front of the real ones; `$real` is the AWS CLI. */
export function inFront({ cli }: World, bodies: Record<string, string>): string {
  const folder = tempFolder();
  for (const [name, body] of Object.entries(bodies)) {
    writeFileSync(join(folder, name), `#!/usr/bin/env bash\nreal=${cli}/aws\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** A project with a model file. */
export async function withModel({ region }: World, name: string, ...flags: string[]): Promise<string> {
  const project = await generate([name, '--framework=sklearn', `--region=${region}`, ...flags]);
  mkdirSync(join(project, 'model'));
  writeFileSync(join(project, 'model/model.pkl'), 'a model');
  writeFileSync(join(project, 'model/.DS_Store'), 'left behind');
  return project;
}

let layers = 0;

/** Puts an image into a project's repository: its manifest, since no engine builds one here. Returns its digest. */
export async function pushImage(world: World, project: string): Promise<string> {
  const repository = basename(project);
  const [, id = ''] =
    /^export PROJECT_ID='?(\w*)/m.exec(readFileSync(join(project, 'deploy/settings.sh'), 'utf8')) ?? [];
  await aws(world, 'ecr', 'create-repository', '--repository-name', repository).catch(() => undefined);
  // moto makes the image's digest from those of its layers.
  layers += 1;
  const layer = layers.toString(16).padStart(64, '0');
  const tag = `${id && `${id}-`}20261129-${String(layers).padStart(6, '0')}`;
  const type = 'application/vnd.docker';
  const manifest = {
    schemaVersion: 2,
    mediaType: `${type}.distribution.manifest.v2+json`,
    config: { mediaType: `${type}.container.image.v1+json`, size: 1, digest: `sha256:${'0'.repeat(64)}` },
    layers: [{ mediaType: `${type}.image.rootfs.diff.tar.gzip`, size: 1, digest: `sha256:${layer}` }],
  };
  const { image } = await aws(
    world,
    ...['ecr', 'put-image', '--repository-name', repository, '--image-tag', tag],
    ...['--image-manifest', JSON.stringify(manifest)],
  );
  return image.imageId.imageDigest;
}

/** A project that can be deployed, with the newest of its images and of its uploaded models. */
export async function deployable(world: World, name: string, ...flags: string[]) {
  const project = await withModel(world, name, `--role-arn=${role}`, ...flags);
  const digest = await pushImage(world, project);
  const { stdout } = await script(world, project, 'deploy/upload_to_s3.sh');
  return { project, digest, uploaded: /Uploaded (\S+)/.exec(stdout)?.[1] ?? '' };
}

/** Calls SageMaker without the AWS CLI, which takes its time. */
// biome-ignore lint/suspicious/noExplicitAny: answers have the form that AWS gives them
export async function sagemaker({ env, region }: World, operation: string, input: object = {}): Promise<any> {
  const scope = `testing/20260101/${region}/sagemaker/aws4_request`;
  const answer = await fetch(env.AWS_ENDPOINT_URL ?? '', {
    method: 'POST',
    headers: {
      'X-Amz-Target': `SageMaker.${operation}`,
      'Content-Type': 'application/x-amz-json-1.1',
      Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${said}`);
  return said ? JSON.parse(said) : undefined;
}

/** Everything in SageMaker that a project has made. */
export async function inSageMaker(world: World, project: string): Promise<string[]> {
  const most = { MaxResults: 100, NameContains: project };
  const lists: (readonly [kind: string, operation: string, field: string])[] = [
    ['model', 'Models', 'ModelName'],
    ['configuration', 'EndpointConfigs', 'EndpointConfigName'],
    ['endpoint', 'Endpoints', 'EndpointName'],
  ];
  const all: string[] = [];
  for (const [kind, list, field] of lists)
    for (const one of (await sagemaker(world, `List${list}`, most))[list]) all.push(`${kind} ${one[field]}`);
  return all.filter((text) => new RegExp(` ${project}(-[0-9a-f]{12})?$`).test(text));
}

/** Runs a script on a terminal: what is typed after which text. The code is null where a signal ended it. */
export async function onTerminal(
  { env }: World,
  project: string,
  [name = '', ...args]: readonly string[],
  ...steps: readonly (readonly [text: string, keys: string])[]
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const scenario = { command: [join(project, name), ...args], cwd: tempFolder(), env, uid: null, steps };
  const terminal = join(import.meta.dirname, '../python/terminal.py');
  const { stdout } = await command('python', [terminal, JSON.stringify(scenario)], { env });
  return JSON.parse(stdout);
}
