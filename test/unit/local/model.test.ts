import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, expect, test } from 'vitest';
import { removeFolder } from '../../../generators/hosting/containers/folder.ts';
import { layOut, layOutOne } from '../../../generators/local/containers/model.ts';
import { Aws } from '../../../generators/local/surroundings/aws.ts';
import { tempFolder } from '../../harness.ts';

let close = () => {};

afterEach(() => close());

/** S3 with the objects of one bucket, two of a listing at a time. */
async function s3(objects: Record<string, Buffer | string>): Promise<Aws> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const key = decodeURIComponent(pathname.replace('/bucket/', ''));
    const prefix = searchParams.get('prefix');
    if (prefix !== null) {
      const from = Number(searchParams.get('continuation-token') ?? 0);
      const keys = Object.keys(objects).filter((one) => one.startsWith(prefix));
      const page = keys.slice(from, from + 2).map((one) => `<Key>${encodeURIComponent(one)}</Key>`);
      const next = from + 2 < keys.length ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : '';
      response.end(`<ListBucketResult>${page.join('')}${next}</ListBucketResult>`);
    } else if (objects[key] === undefined) {
      response.statusCode = 404;
      response.end('<Error><Message>The specified key does not exist.</Message></Error>');
    } else response.end(objects[key]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  close = () => server.close();
  return new Aws((server.address() as AddressInfo).port);
}

async function archive({ gzip = true, link = '' } = {}): Promise<Buffer> {
  const folder = tempFolder();
  mkdirSync(join(folder, 'a folder'));
  writeFileSync(join(folder, 'model.pkl'), 'a model');
  writeFileSync(join(folder, 'a folder/labels.txt'), 'yes');
  if (link) symlinkSync('model.pkl', join(folder, link));
  const file = join(tempFolder(), 'model.tar.gz');
  await create({ gzip, cwd: folder, file }, ['.']);
  return readFileSync(file);
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('an archive is unpacked, readable to all and writable to nobody', async () => {
  const aws = await s3({ 'mine/model.tar.gz': await archive() });
  const folder = tempFolder();
  await layOut(aws, { uri: 's3://bucket/mine/model.tar.gz', form: 'archive' }, 'us-east-1', folder);
  expect(readFileSync(join(folder, 'a folder/labels.txt'), 'utf8')).toBe('yes');
  expect(['', 'a folder', 'model.pkl'].map((path) => mode(join(folder, path)))).toEqual([
    '555',
    '555',
    '444',
  ]);
  await removeFolder(folder);
});

test('a prefix becomes the files below it, of all pages', async () => {
  const aws = await s3({
    'mine/a b+c.txt': 'odd',
    'mine/deep/er/weights': 'w',
    'mine/last': 'l',
    'mine2/no': 'n',
  });
  const folder = join(tempFolder(), 'in', 'it');
  mkdirSync(folder, { recursive: true });
  await layOut(aws, { uri: 's3://bucket/mine/', form: 'prefix' }, 'us-east-1', folder);
  expect(readFileSync(join(folder, 'a b+c.txt'), 'utf8')).toBe('odd');
  expect(readFileSync(join(folder, 'deep/er/weights'), 'utf8')).toBe('w');
  expect(readFileSync(join(folder, 'last'), 'utf8')).toBe('l');
  await removeFolder(folder);
});

test('an object that is the model itself becomes a file with the last part of its key for a name', async () => {
  const aws = await s3({ 'mine/v1/weights.bin': 'w', 'mine/v1/weights.bin/other': 'o' });
  const folder = tempFolder();
  await layOut(aws, { uri: 's3://bucket/mine/v1/weights.bin', form: 'object' }, 'us-east-1', folder);
  expect(readdirSync(folder)).toEqual(['weights.bin']);
  expect(readFileSync(join(folder, 'weights.bin'), 'utf8')).toBe('w');
  await removeFolder(folder);
});

test.each([
  ['mine/../../outside', 'of the object mine/../../outside, ".." can be no name'],
  ['mine/a//b', 'of the object mine/a//b, "" can be no name'],
  [`mine/${'n'.repeat(256)}`, 'can be no name of a file or a folder'],
  ['mine/empty/', 'the object mine/empty/ stands for a folder, as the console of S3 makes them: delete it'],
])(
  'a model with the object %s is refused as SageMaker refuses it, and nothing is written elsewhere',
  async (key, why) => {
    const aws = await s3({ 'mine/model': 'm', [key]: 'x' });
    const folder = join(tempFolder(), 'in', 'it');
    mkdirSync(folder, { recursive: true });
    await expect(
      layOut(aws, { uri: 's3://bucket/mine/', form: 'prefix' }, 'us-east-1', folder),
    ).rejects.toThrow(why);
    expect(() => statSync(join(folder, '../../outside'))).toThrow('ENOENT');
  },
);

test.each([
  ['s3://bucket/none.tar.gz', 'archive', 'The specified key does not exist.'],
  ['s3://bucket/none/', 'prefix', 'there is no object below that prefix'],
  ['s3://bucket/none', 'object', 'The specified key does not exist.'],
] as const)('%s is refused in words of SageMaker', async (uri, form, why) => {
  const aws = await s3({});
  const laid = layOut(aws, { uri, form }, 'us-east-1', tempFolder());
  await expect(laid).rejects.toThrow(
    `Failed to download model data for container "container_1" from URL: "${uri}". Please ensure`,
  );
  await expect(laid).rejects.toThrow(why);
});

test.each([
  ['no archive at all', async () => 'text', 'incorrect header check'],
  ['a tar without gzip', () => archive({ gzip: false }), 'incorrect header check'],
  ['an archive that was cut off', async () => (await archive()).subarray(0, 100), 'unexpected end of file'],
  ['one with a symbolic link', () => archive({ link: 'latest' }), 'it has symbolic links: ./latest'],
])('%s is refused as SageMaker refuses it', async (_, content, why) => {
  const aws = await s3({ 'model.tar.gz': await content() });
  const uri = 's3://bucket/model.tar.gz';
  await expect(layOut(aws, { uri, form: 'archive' }, 'us-east-1', tempFolder())).rejects.toThrow(
    `Failed to extract model data archive for container "container_1" from URL "${uri}". Please ensure that the ` +
      `object located at the URL is a valid tar.gz archive. (${why})`,
  );
});

test('one of several models is laid out once as a whole, and leaves nothing where it cannot be had', async () => {
  const aws = await s3({ 'models/a.tar.gz': await archive(), 'models/broken.tar.gz': 'no archive' });
  const models = tempFolder();
  const fetch = (key: string, name: string) =>
    layOutOne(aws, `s3://bucket/models/${key}`, 'us-east-1', models, name);
  for (let time = 0; time < 2; time++) expect(await fetch('a.tar.gz', 'one')).toBe(join('one', 'model'));
  expect(readFileSync(join(models, 'one/model/model.pkl'), 'utf8')).toBe('a model');
  expect([mode(join(models, 'one')), mode(join(models, 'one/model'))]).toEqual(['555', '555']);
  for (const key of ['none.tar.gz', 'broken.tar.gz'])
    await expect(fetch(key, 'two')).rejects.toThrow('Failed to ');
  expect(readdirSync(models)).toEqual(['one']);
  await removeFolder(models);
});
