import { user } from '../containers/sign-out.ts';
import { account } from '../hosting.ts';
import type { Aws } from './aws.ts';
import { type Manifest, Refusal, type Registry } from './registry.ts';

/** By which calls of ECR are named. */
export const service = 'AmazonEC2ContainerRegistry_V20150921';

/** The host of ECR's registry in a region, where moto names one. */
const host = new RegExp(`(https://)?${account}\\.dkr\\.ecr\\.([\\w-]+)\\.[\\w.]+(/?)`, 'g');

/**
 * An answer of ECR as it is here: its registry is at `here`, HOST:PORT. One registry has the repositories of all regions,
 * so the region is in their paths: HOST:PORT/REGION/REPOSITORY. Whoever signs in there gets `password`.
 */
export const onLoopback = (here: string, password: string) => (body: string) =>
  body
    .replace(host, (_all, scheme, region, slash) =>
      scheme ? `http://${here}${slash}` : `${here}/${region}${slash}`,
    )
    .replace(/("authorizationToken": *)"[^"]*"/g, `$1"${btoa(`${user}:${password}`)}"`);

/** Region and repository of a path in the registry. */
function repositoryOf(path: string): { readonly region: string; readonly repositoryName: string } {
  const [region = '', ...name] = path.split('/');
  return { region, repositoryName: name.join('/') };
}

/** Tells ECR of a manifest that was pushed, and refuses it as ECR does: a repository that is not there, a tag that may not move. */
export async function putImage(
  aws: Aws,
  path: string,
  imageTag: string | undefined,
  manifest: Manifest,
): Promise<void> {
  const { region, repositoryName } = repositoryOf(path);
  // moto stores images of a repository that is not there nowhere, and says so in a way that no client understands.
  await call(aws, region, 'DescribeRepositories', { repositoryNames: [repositoryName] });
  // Parts of an image list come by their digests, and are no images of their own.
  if (imageTag === undefined) return;
  await call(aws, region, 'PutImage', {
    repositoryName,
    imageTag,
    imageManifest: manifest.content,
    imageManifestMediaType: manifest.mediaType,
    imageDigest: manifest.digest,
  });
}

async function call(aws: Aws, region: string, operation: string, parameters: object): Promise<void> {
  await aws.call('ecr', region, `${service}.${operation}`, parameters).catch((error: Error) => {
    if (error.name === 'RepositoryNotFoundException') throw new Refusal(404, 'NAME_UNKNOWN', error.message);
    if (error.name === 'ImageAlreadyExistsException') return;
    throw new Refusal(
      400,
      error.name === 'ImageTagAlreadyExistsException' ? 'TAG_INVALID' : 'UNKNOWN',
      error.message,
    );
  });
}

/** The manifest that an image's URI names: HOST:PORT/REGION/REPOSITORY, with a tag, a digest or both. */
export async function manifestOf(aws: Aws, registry: Registry, uri: string): Promise<Manifest | undefined> {
  const [, path = '', tag, digest] = /^[^/]+\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(uri) ?? [];
  const reference = digest ?? tag ?? 'latest';
  const { region, repositoryName } = repositoryOf(path);
  const imageIds = [digest ? { imageDigest: digest } : { imageTag: reference }];
  // The registry keeps what has been deleted: that it is there, ECR says.
  const known = await aws
    .call('ecr', region, `${service}.DescribeImages`, { repositoryName, imageIds })
    .catch(() => undefined);
  return known && registry.manifest(path, reference);
}
