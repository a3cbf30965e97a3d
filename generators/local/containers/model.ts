import { createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar';
import { removeFolder } from '../../hosting/containers/folder.ts';
import type { ToRun } from '../hosting.ts';
import type { Aws } from '../surroundings/aws.ts';

type Model = NonNullable<ToRun['model']>;

/**
 * Brings a model from S3 into a folder, as SageMaker fills /opt/ml/model: readable to all and writable to nobody. Rejects
 * in SageMaker's words where that cannot be done.
 */
export async function layOut(aws: Aws, { uri, form }: Model, region: string, folder: string): Promise<void> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  const content = await (form === 'prefix'
    ? fill(aws, bucket, key, region, folder)
    : object(aws, bucket, key, region)
  ).catch(notDownloaded(uri));
  if (content && form === 'archive')
    await unpack(content, folder).catch((error: Error) => {
      throw new Error(
        `Failed to extract model data archive for container "container_1" from URL "${uri}". Please ensure that the ` +
          `object located at the URL is a valid tar.gz archive. (${error.message})`,
      );
    });
  else if (content) await asFile(content, key, folder).catch(notDownloaded(uri));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (!entry.isSymbolicLink())
      await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
  await chmod(folder, 0o555);
}

/**
 * Brings the archive of one of several models below a folder that the container sees, as SageMaker fills /opt/ml/models:
 * it is there as a whole, or not at all. Resolves to its place below that folder.
 */
export async function layOutOne(
  aws: Aws,
  uri: string,
  region: string,
  models: string,
  name: string,
): Promise<string> {
  const place = join(name, 'model');
  if (existsSync(join(models, name))) return place;
  const fresh = await mkdtemp(join(models, '.new-'));
  try {
    await mkdir(join(fresh, 'model'));
    await layOut(aws, { uri, form: 'archive' }, region, join(fresh, 'model'));
    await rename(fresh, join(models, name));
  } catch (error) {
    await removeFolder(fresh);
    throw error;
  }
  await chmod(join(models, name), 0o555);
  return place;
}

const notDownloaded = (uri: string) => (error: Error) => {
  throw new Error(
    `Failed to download model data for container "container_1" from URL: "${uri}". Please ensure that there is an ` +
      `object located at the URL and that the role passed to CreateModel has permissions to download the model. ` +
      `(${error.message})`,
  );
};

/** A tar in gzip: SageMaker takes no other compression, and no symbolic links. */
async function unpack(archive: IncomingMessage, folder: string): Promise<void> {
  const links: string[] = [];
  const filter = (path: string, entry: object) => {
    const isLink = 'type' in entry && entry.type === 'SymbolicLink';
    if (isLink) links.push(path);
    return !isLink;
  };
  await pipeline(archive, createGunzip(), extract({ cwd: folder, strict: true, filter }));
  if (links.length) throw new Error(`it has symbolic links: ${links.slice(0, 5).join(', ')}`);
}

/** An object that is the model itself, by the last part of its key. */
async function asFile(content: IncomingMessage, key: string, folder: string): Promise<void> {
  const name = placeOf(key, key.slice(key.lastIndexOf('/') + 1));
  await pipeline(content, createWriteStream(join(folder, name)));
}

/** All objects below a prefix, at their paths below it. */
async function fill(aws: Aws, bucket: string, prefix: string, region: string, folder: string): Promise<void> {
  let found = 0;
  let next: string | undefined = '';
  while (next !== undefined) {
    const query: URLSearchParams = new URLSearchParams({ 'list-type': '2', prefix, 'encoding-type': 'url' });
    if (next) query.set('continuation-token', next);
    const page: string = await text(await whole(await aws.get(`/${bucket}?${query}`, region)));
    for (const [, encoded = ''] of page.matchAll(/<Key>([^<]*)<\/Key>/g)) {
      const key = decodeURIComponent(encoded.replaceAll('+', ' '));
      const file = join(folder, placeOf(key, key.slice(prefix.length)));
      await mkdir(dirname(file), { recursive: true });
      await pipeline(await object(aws, bucket, key, region), createWriteStream(file));
      found++;
    }
    next = /<NextContinuationToken>([^<]*)</.exec(page)?.[1];
  }
  if (!found) throw new Error('there is no object below that prefix');
}

/** The part of a key that is a path below the model's folder. Throws for names that SageMaker refuses, as S3 takes any. */
function placeOf(key: string, path: string): string {
  if (key.endsWith('/'))
    throw new Error(`the object ${key} stands for a folder, as the console of S3 makes them: delete it`);
  for (const part of path.split('/'))
    if (!part.trim() || part === '.' || part === '..' || part.includes('\0') || Buffer.byteLength(part) > 255)
      throw new Error(`of the object ${key}, ${JSON.stringify(part)} can be no name of a file or a folder`);
  return path;
}

const object = async (aws: Aws, bucket: string, key: string, region: string) =>
  whole(await aws.get(`/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, region));

/** An answer that is what was asked for; otherwise rejects with S3's reason. */
async function whole(answer: IncomingMessage): Promise<IncomingMessage> {
  if (answer.statusCode === 200) return answer;
  const body = await text(answer);
  throw new Error(/<Message>([^<]*)</.exec(body)?.[1] ?? `S3 answered ${answer.statusCode}`);
}
