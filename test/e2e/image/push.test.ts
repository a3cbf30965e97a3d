import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { generate, tempFolder } from '../../harness.ts';
import { aws, inFront, script, startAws, type World } from '../aws/world.ts';
import { arm64BaseImage, baseImage, removeImage } from '../docker.ts';

/** An instance type, its platform, and what images for it are built on. */
type Target = [type: string, platform: string, base: string];
const types: Record<'x64' | 'arm64', Target> = {
  x64: ['ml.m5.large', 'linux/amd64', baseImage],
  arm64: ['ml.m6g.large', 'linux/arm64', arm64BaseImage],
};
const own = process.arch === 'arm64' ? types.arm64 : types.x64;
const images: string[] = [];
let world: World;
let registry: { readonly host: string; readonly close: () => void };

beforeAll(async () => {
  [world, registry] = await Promise.all([startAws('us-east-1'), startRegistry()]);
});

afterAll(async () => {
  world.close();
  registry.close();
  if (images.length) await removeImage(...images);
});

/** A registry in ECR's place: ECR's own API, which the AWS CLI asks, is a server's on this machine too. */
async function startRegistry(): Promise<typeof registry> {
  const folder = tempFolder();
  const settings = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: folder } },
    http: { addr: '127.0.0.1:0' },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(settings));
  const server = spawn('docker-registry', ['serve', join(folder, 'registry.yml')]);
  let said = '';
  const port = await new Promise<string>((done, fail) => {
    server.on('error', fail);
    server.on('exit', () => fail(new Error(said)));
    server.stderr.on('data', (chunk) => {
      said += chunk;
      const [, found] = /listening on 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (found) done(found);
    });
  });
  return { host: `127.0.0.1:${port}`, close: () => void server.kill() };
}

function change(project: string, file: string, from: RegExp, to: string): void {
  const text = readFileSync(join(project, file), 'utf8');
  expect(text).toMatch(from);
  writeFileSync(join(project, file), text.replace(from, to));
}

/** An AWS CLI to which ECR says that its repositories are in our registry. */
const inOurRegistry = () =>
  inFront(world, {
    aws: `set -o pipefail
"$real" "$@" | sed -E 's#[0-9]+\\.dkr\\.ecr\\.[^/]+/#${registry.host}/#'`,
  });

/** A project whose image is built in seconds. */
async function pushable(name: string, [type, , base]: Target): Promise<string> {
  const project = await generate([name, '--framework=sklearn', `--instance-type=${type}`]);
  change(project, 'Dockerfile', /^ARG PYTHON_IMAGE=.*/m, `ARG PYTHON_IMAGE=${base}`);
  writeFileSync(join(project, 'requirements.txt'), '# none\n');
  return project;
}

/** What the registry has under a name, by its media type. */
async function manifestOf(image: string): Promise<{ type: string | null; architecture: string }> {
  const [, name, tag] = /^[^/]+\/(.+):(.+)$/.exec(image) ?? [];
  const url = `http://${registry.host}/v2/${name}`;
  const kinds = ['oci.image.index.v1', 'oci.image.manifest.v1', 'docker.distribution.manifest.list.v2'];
  const accept = [...kinds, 'docker.distribution.manifest.v2'].map((kind) => `application/vnd.${kind}+json`);
  const answer = await fetch(`${url}/manifests/${tag}`, { headers: { Accept: accept.join(', ') } });
  const { config } = (await answer.json()) as { config: { digest: string } };
  const blob = await fetch(`${url}/blobs/${config.digest}`);
  const { architecture } = (await blob.json()) as { architecture: string };
  return { type: answer.headers.get('content-type'), architecture };
}

for (const target of [types.x64, types.arm64]) {
  const [type, platform] = target;
  const what = 'build_and_push.sh makes an image and pushes it in the form that SageMaker takes';
  test(`for ${type}, ${platform}, ${what}`, target === own ? {} : all, async () => {
    const name = `pushed-${platform.slice('linux/'.length)}`;
    const project = await pushable(name, target);
    const { code, stdout, stderr } = await script(world, project, 'deploy/build_and_push.sh', {
      first: inOurRegistry(),
    });
    expect(code, stderr).toBe(0);
    const [, image = ''] = /^Pushed (\S+)$/m.exec(stdout) ?? [];
    images.push(image);
    expect(image).toMatch(new RegExp(`^${registry.host}/${name}:\\d{8}-\\d{6}$`));
    expect(await manifestOf(image)).toEqual({
      type: 'application/vnd.docker.distribution.manifest.v2+json',
      architecture: platform.slice('linux/'.length),
    });
    const { repositories } = await aws(world, 'ecr', 'describe-repositories', '--repository-names', name);
    expect(repositories[0]).toMatchObject({
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
    });
  });
}

test('an image for another architecture than its instance type is not pushed, and the instance type is named', async () => {
  const [type, platform] = own === types.x64 ? types.arm64 : types.x64;
  const project = await pushable('mismatch', [type, platform, own[2]]);
  // As a base image that is pinned by the digest of one architecture would be.
  change(project, 'Dockerfile', /^FROM /gm, `FROM --platform=${own[1]} `);
  const { code, stderr } = await script(world, project, 'deploy/build_and_push.sh', {
    first: inOurRegistry(),
  });
  expect(code).toBe(1);
  expect(stderr).toContain(`the image is for ${own[1]}, but ${type} runs ${platform}; not pushed`);
  const catalog = await fetch(`http://${registry.host}/v2/_catalog`);
  expect(await catalog.text()).not.toContain('mismatch');
  await expect(aws(world, 'ecr', 'describe-repositories', '--repository-names', 'mismatch')).rejects.toThrow(
    'RepositoryNotFoundException',
  );
});

/** Runs the script with a Docker client that only says what it is told to; what it was asked for. */
async function calls(options: string, platform: string) {
  const project = await pushable('builders', own);
  const first = join(tempFolder(), 'bin');
  mkdirSync(first);
  const client = `#!/bin/sh
echo "$@" >> ${first}/calls
case "$*" in
  *--help) echo "${options}" ;;
  "image inspect "*) echo ${platform} ;;
  login*) cat > /dev/null ;;
esac
`;
  writeFileSync(join(first, 'docker'), client);
  chmodSync(join(first, 'docker'), 0o755);
  const ended = await script(world, project, 'deploy/build_and_push.sh', { first });
  return { ...ended, asked: readFileSync(join(first, 'calls'), 'utf8') };
}

test('builders that attest by themselves are told not to; older ones, which know nothing of that, are not', async () => {
  const recent = await calls('--provenance --sbom', own[1]);
  expect(recent).toMatchObject({ code: 0 });
  expect(recent.asked).toContain(
    `\nbuildx build --load --provenance=false --sbom=false --platform ${own[1]} --tag `,
  );
  const old = await calls('--progress', own[1]);
  expect(old).toMatchObject({ code: 0 });
  expect(old.asked).toContain(`\nbuildx build --load --platform ${own[1]} --tag `);
});

test('an image that names another architecture is not pushed, also where it cannot be run', async () => {
  const { code, stderr, asked } = await calls('', 'linux/s390x');
  expect(code).toBe(1);
  expect(stderr).toContain(`the image is for linux/s390x, but ${own[0]} runs ${own[1]}; not pushed`);
  expect(asked).not.toMatch(/^(push|login)/m);
});
