// @module-tag all
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { activated, cachedVenv, cleanEnv, command, generate, tempFolder } from '../../harness.ts';
import { baseImage, build, inImage, inspectImage, removeImage } from '../docker.ts';

let project: string;

beforeAll(async () => {
  project = await generate(['reproducible', '--framework=xgboost', '--model-server=flask']);
});

/** A copy as another checkout might be: made at another time, by a user of other habits, and tried out. */
function checkedOut(): string {
  const copy = join(tempFolder(), 'elsewhere');
  cpSync(project, copy, { recursive: true });
  const entries = readdirSync(join(copy, 'code'), { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    utimesSync(path, 1e9, 1e9);
    chmodSync(path, entry.isDirectory() || entry.name === 'serve' ? 0o700 : 0o600);
  }
  for (const folder of ['__pycache__', '.ipynb_checkpoints']) {
    mkdirSync(join(copy, 'code', folder));
    writeFileSync(join(copy, 'code', folder, 'left'), 'behind');
  }
  for (const name of ['app.py.new', 'app.py.new.2', 'ml_serving/errors.py.old', 'serve.old.10'])
    writeFileSync(join(copy, 'code', name), 'beside edits');
  return copy;
}

/**
 * The base image under another digest. Where a build runs beside one without cache, the steps that they share are no
 * longer taken from the cache in either: with a base of its own, a build shares none.
 */
async function anotherBase(): Promise<string> {
  const name = basename(tempFolder()).toLowerCase();
  const folder = tempFolder();
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${baseImage}\nLABEL test=${name}\n`);
  await command('docker', ['build', '--tag', name, folder], { env: { ...cleanEnv, DOCKER_BUILDKIT: '1' } });
  return name;
}

test('two checkouts of the same files make the same layers', async () => {
  const own = await anotherBase();
  // Without Docker's cache, which would hand out the first one's layers.
  const options = { base: own, flags: ['--no-cache'] };
  const built = [await build(project, options), await build(checkedOut(), options)];
  const images = [own, ...built.map(({ image }) => image)];
  const [base, first, second] = (await Promise.all(images.map(inspectImage))).map(
    ({ RootFS }) => RootFS.Layers,
  );
  await removeImage(...images);
  expect(second).toEqual(first);
  // Packages and code, and not a single layer that happens to be empty.
  expect(new Set(first).size - (base?.length ?? 0)).toBeGreaterThanOrEqual(2);
});

test('the command in the README locks the packages by their hashes, and the image is built from them only', async () => {
  const readme = readFileSync(join(project, 'README.md'), 'utf8');
  const [lock = ''] = /^uv pip compile .*$/m.exec(readme) ?? [];
  const tools = await cachedVenv(join(import.meta.dirname, '../tools/requirements.txt'));
  await command('bash', ['-c', lock], { cwd: project, env: activated(tools) });
  const path = join(project, 'requirements.txt');
  const locked = readFileSync(path, 'utf8');
  const { image } = await build(project);
  const packages = await inImage(
    image,
    [],
    'sh',
    '-c',
    'ls -d /opt/venv/lib/python3*/site-packages/*.dist-info',
  );
  await removeImage(image);
  const pins = (text: string, form: RegExp) =>
    [...text.matchAll(form)].map(
      ([, name, version]) => `${name?.toLowerCase().replace(/[-_.]+/g, '-')} ${version}`,
    );
  const installed = pins(packages, /([^/\n]+)-([^-\n]+)\.dist-info/g);
  expect(installed.length).toBeGreaterThan(6);
  // With those that others bring along.
  expect(pins(locked, /^([^\s=]+)==(\S+)/gm)).toEqual(expect.arrayContaining(installed));

  const forged = locked.replace(/^numpy==(?:.*\\\n)+.*/m, (pin) =>
    pin.replace(/sha256:.{8}/g, 'sha256:00000000'),
  );
  writeFileSync(path, forged);
  await expect(build(project)).rejects.toThrow('THESE PACKAGES DO NOT MATCH THE HASHES');
});
