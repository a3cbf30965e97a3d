import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { UsageError } from '../../settings/problems.ts';
import { service } from '../surroundings/ecr.ts';
import type { Configuration, Registry } from '../surroundings/registry.ts';
import type { Around } from '../surroundings/surroundings.ts';
import { codeOf } from './code.ts';
import containerCli from './container-cli.py?raw';

const label = 'ml-container-creator.folder';
/** Of what a build would take from the folder, so that changed code is another image. */
const codeLabel = 'ml-container-creator.code';
const standInType = 'application/vnd.ml-container-creator.stand-in+json';

/** The folder that an image stands for, if it stands for one. */
export const folderOf = (image: Configuration | undefined): string | undefined =>
  image?.config?.Labels?.[label];

const settingsFile = 'deploy/settings.sh';

/** Throws UsageError where a folder has no project; says what its server will run with, where it has no packages of its own. */
export function lookAtProject(folder: string, say: (line: string) => void): void {
  if (![settingsFile, 'code/serve'].every((file) => existsSync(join(folder, file))))
    throw new UsageError([
      `--process runs the server of the project in the current folder, and ${folder} has none: no code/serve with ${settingsFile}`,
    ]);
  if (existsSync(join(folder, '.venv/bin'))) return;
  const makes = existsSync(join(folder, 'local_env.sh'))
    ? '(. ./local_env.sh)'
    : 'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt';
  say(
    `There is no .venv in ${folder}: its server runs with the packages of the python3 on your PATH. Unless these are what requirements.txt names, make one: ${makes}`,
  );
}

/** Whether the folder that an image stands for has other code than when it was pushed. */
export const isChanged = async (image: Configuration | undefined, folder: string): Promise<boolean> =>
  image?.config?.Labels?.[codeLabel] !== (await codeOf(folder));

/**
 * Puts an image without layers into the repository of a project, as build_and_push.sh would put one: it stands for the
 * project's own server.
 */
export async function pushStandIn(folder: string, { aws, registry }: Around): Promise<void> {
  const settings = join(folder, settingsFile);
  // The values that its scripts have.
  const script =
    '. "$0" && printf "%s\\n" "$AWS_REGION" "$IMAGE_REPOSITORY" "$PLATFORM" "$PROJECT_NAME" "$PROJECT_ID"';
  const { stdout } = await promisify(execFile)('bash', ['-c', script, settings], { cwd: folder });
  const [region = '', repositoryName = '', platform = '', name = '', id = ''] = stdout.split('\n').slice(-6);
  // As build_and_push.sh makes it, so that undeploy.sh knows it for this project's.
  const projectTags = [{ Key: 'ml-container-creator:project', Value: id ? `${name}-${id}` : name }];
  await aws
    .call('ecr', region, `${service}.CreateRepository`, { repositoryName, tags: projectTags })
    .catch((error: Error) => {
      // One that was kept.
      if (error.name !== 'RepositoryAlreadyExistsException') throw error;
    });
  const repository = `${region}/${repositoryName}`;
  // By tags of this form deploy.sh knows the images of this project, and which is the newest.
  const prefix = id && `${id}-`;
  const { imageDetails } = (await aws.call('ecr', region, `${service}.DescribeImages`, {
    repositoryName,
  })) as {
    imageDetails: { imageTags?: string[] }[];
  };
  const tags = imageDetails.flatMap(({ imageTags = [] }) => imageTags);
  const ours = (tag: string) => tag.startsWith(prefix) && /^\d{8}-\d{6}$/.test(tag.slice(prefix.length));
  const newest = tags.filter(ours).sort().at(-1);
  const manifest = newest && (await registry.manifest(repository, newest));
  const image = manifest ? await registry.configuration(manifest) : undefined;
  if (folderOf(image) === folder && !(await isChanged(image, folder))) return;
  // Not of now: build_and_push.sh may push in this very second, and a tag that moves takes its image away.
  const tag = `${prefix}${secondAfter(newest?.slice(prefix.length) ?? '19991231-235959')}`;
  await putStandIn(registry, repository, tag, { folder, platform });
}

/** Of a time as build_and_push.sh writes it, YYYYMMDD-HHMMSS. */
function secondAfter(time: string): string {
  const iso = time.replace(/(....)(..)(..)-(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z');
  const next = new Date(Date.parse(iso) + 1000).toISOString();
  return next.replace(/\.\d+Z|[-:]/g, '').replace('T', '-');
}

/** What an image stands for, as `container-cli.py` pushes it: a project's folder, and the platform of its instances. */
interface StandIn {
  readonly folder: string;
  readonly platform: string;
}

/** Puts an image without layers into a repository: it stands for the server of a project, as its code is now. */
async function putStandIn(
  registry: Registry,
  repository: string,
  tag: string,
  { folder, platform }: StandIn,
): Promise<void> {
  const [os, architecture] = platform.split('/');
  const config = JSON.stringify({
    os,
    architecture,
    config: { Labels: { [label]: folder, [codeLabel]: await codeOf(folder) } },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: Buffer.byteLength(config),
      digest: await registry.putBlob(config),
    },
    layers: [],
  };
  await registry.putManifest(repository, tag, JSON.stringify(manifest));
}

/** The surroundings of servers without containers: what `container-cli.py` pushes becomes an image that stands for its folder. */
export const withStandIns = (around: Around): Around => ({
  ...around,
  handle(request, response) {
    const [, repository = '', tag = ''] = /^\/v2\/(.+)\/manifests\/([\w.-]+)$/.exec(request.url ?? '') ?? [];
    if (request.headers['content-type'] !== standInType || !tag) return around.handle(request, response);
    void (json(request) as Promise<StandIn>)
      .then((standIn) => putStandIn(around.registry, repository, tag, standIn))
      .then(
        () => response.writeHead(201).end(),
        (error: Error) => response.writeHead(400).end(error.message),
      );
  },
});

/** Puts the program at a path that takes Docker's place in the deploy scripts, by CONTAINER_CLI. */
export const putContainerCli = (path: string): void => writeFileSync(path, containerCli, { mode: 0o755 });
