import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../settings/problems.ts';
import type { Configuration } from '../surroundings/registry.ts';
import type { Around } from '../surroundings/surroundings.ts';

const label = 'ml-container-creator.folder';

/** The folder that an image stands for, if it stands for one. */
export const folderOf = (image: Configuration | undefined): string | undefined =>
  image?.config?.Labels?.[label];

/**
 * Puts an image without layers into the repository of a project, as build_and_push.sh would put one: it stands for the
 * project's own server. Throws UsageError where the folder has no project.
 */
export async function pushStandIn(folder: string, { aws, registry }: Around): Promise<void> {
  const settings = join(folder, 'deploy/settings.sh');
  const program = join(folder, 'code/serve');
  if (!existsSync(settings) || !existsSync(program))
    throw new UsageError([
      `--process runs the server of the project in the current folder, and ${folder} has none: no code/serve with deploy/settings.sh`,
    ]);
  // The values that its scripts have.
  const script = '. "$0" && printf "%s\\n" "$AWS_REGION" "$IMAGE_REPOSITORY" "$PLATFORM" "$PROJECT_ID"';
  const { stdout } = await promisify(execFile)('bash', ['-c', script, settings], { cwd: folder });
  const [region = '', repositoryName = '', platform = '', id = ''] = stdout.split('\n').slice(-5);
  const [os, architecture] = platform.split('/');
  await aws
    .call('ecr', region, 'AmazonEC2ContainerRegistry_V20150921.CreateRepository', { repositoryName })
    .catch((error: Error) => {
      // One that was kept.
      if (error.name !== 'RepositoryAlreadyExistsException') throw error;
    });
  const config = JSON.stringify({
    os,
    architecture,
    config: { Labels: { [label]: folder } },
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
  // By a tag of this form deploy.sh knows the image as this project's.
  await registry.putManifest(
    `${region}/${repositoryName}`,
    `${id && `${id}-`}20000101-000000`,
    JSON.stringify(manifest),
  );
}
