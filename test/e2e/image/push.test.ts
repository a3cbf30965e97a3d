import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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
const kinds = [
  'oci.image.index',
  'oci.image.manifest',
  'docker.distribution.manifest.list',
  'docker.distribution.manifest',
].map((kind) => `application/vnd.${kind}.${kind.startsWith('oci') ? 'v1' : 'v2'}+json`);
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

/** An AWS CLI to which ECR says that its repositories are in our registry, and of which form an image there is. */
const inOurRegistry = () =>
  inFront(world, {
    aws: `set -o pipefail
if [[ $2 == describe-images ]]; then
  url=http://${registry.host}/v2/$4/manifests/\${6#imageTag=}
  exec curl --silent --fail --head --output /dev/null --header "Accept: ${kinds.join(', ')}" --write-out '%{content_type}' "$url"
fi
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
  const answer = await fetch(`${url}/manifests/${tag}`, { headers: { Accept: kinds.join(', ') } });
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
    expect(image).toMatch(new RegExp(`^${registry.host}/${name}:[0-9a-f]{8}-\\d{8}-\\d{6}$`));
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

/** A program in the place of Docker's, or of another, that only says what it is told to. */
interface Client {
  readonly version?: string;
  /** What `buildx build --help` has; none: there is no buildx. */
  readonly buildx?: string;
  readonly machine?: string;
  readonly platform?: string;
  /** Of the manifest that it pushes, in the end of its media type. */
  readonly manifest?: string;
  readonly more?: string;
}

/** Runs the script with such a client alone, and an ECR that says what it pushes; what the two were asked for. */
async function calls(client: Client, env: NodeJS.ProcessEnv = {}, called = 'docker') {
  const {
    version = 'Docker version 29.0.0',
    buildx,
    machine = own[1] === 'linux/amd64' ? 'x86_64' : 'aarch64',
    platform = own[1],
    manifest = 'docker.distribution.manifest.v2',
    more = '',
  } = client;
  const project = await pushable('builders', own);
  const first = inFront(world, {
    aws: `echo "$@" >> "$CALLS"
[[ $2 != describe-images ]] || exec echo application/vnd.${manifest}+json
[[ $2 != batch-delete-image ]] || exit 0
exec "$real" "$@"`,
    [called]: `echo "$@" >> "$CALLS"
${more}
case "$*" in
  --version) echo "${version}" ;;
  "buildx version") ${buildx === undefined ? 'exit 1' : 'echo v0'} ;;
  *--help) echo "${buildx}" ;;
  info*) echo ${machine} ;;
  "buildx inspect"*) echo "Platforms: linux/${machine === 'x86_64' ? 'amd64, linux/386' : 'arm64'}" ;;
  "image inspect "*) echo ${platform} ;;
  login*) cat > /dev/null ;;
esac`,
  });
  const record = join(first, 'calls');
  const ended = await script(world, project, 'deploy/build_and_push.sh', {
    first,
    env: { CALLS: record, ...env },
  });
  return { ...ended, asked: readFileSync(record, 'utf8') };
}

test.each([
  [
    'docker',
    'a Docker whose buildx attests by itself',
    { buildx: '--provenance --sbom' },
    'buildx build --output type=docker,oci-mediatypes=false --provenance=false --sbom=false',
  ],
  [
    'docker',
    'an older buildx',
    { buildx: '--progress' },
    'buildx build --output type=docker,oci-mediatypes=false',
  ],
  ['docker', 'a Docker without buildx', {}, 'build'],
  ['docker', 'a podman that is called docker', { version: 'podman version 5.7.0' }, 'build --format docker'],
  ['podman', 'podman', { version: 'podman version 5.7.0' }, 'build --format docker'],
  ['finch', 'finch', { version: 'finch version v1.14.0' }, 'build --output type=docker,oci-mediatypes=false'],
  [
    'nerdctl',
    'nerdctl',
    { version: 'nerdctl version 2.2.0' },
    'build --output type=docker,oci-mediatypes=false',
  ],
] as const)(
  "%s: %s is asked for Docker's media types in its own way",
  async (called, _what, client, asked) => {
    const ended = await calls(client, { CONTAINER_CLI: called }, called);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.asked).toContain(`\n${asked} --platform ${own[1]} --tag builders:`);
    expect(ended.asked).toMatch(/^push \S+\/builders:[0-9a-f]{8}-\d{8}-\d{6}$/m);
  },
);

test('an image that comes to ECR in another form than SageMaker takes leaves no tag behind, and that is no success', async () => {
  const { code, stdout, stderr, asked } = await calls({ manifest: 'oci.image.manifest.v1' });
  expect(code).toBe(1);
  expect(stderr).toContain(
    'Docker version 29.0.0 has pushed the image as application/vnd.oci.image.manifest.v1+json, which SageMaker refuses',
  );
  expect(stdout).not.toContain('Next:');
  expect(asked).toMatch(
    /^ecr batch-delete-image --repository-name builders --image-ids imageTag=[0-9a-f]{8}-\d{8}-\d{6} /m,
  );
});

test('an image that names another architecture is not pushed, also where it cannot be run', async () => {
  const { code, stderr, asked } = await calls({ platform: 'linux/s390x' });
  expect(code).toBe(1);
  expect(stderr).toContain(`the image is for linux/s390x, but ${own[0]} runs ${own[1]}; not pushed`);
  expect(asked).not.toMatch(/^(push|login)/m);
});

test('without emulation, an image for another architecture is not begun: how to have it, and the nearest type of this one, are said', async () => {
  const machine = own === types.x64 ? 'aarch64' : 'x86_64';
  const { code, stderr, asked } = await calls({ machine, buildx: '' });
  expect(code).toBe(1);
  expect(stderr).toContain(
    `${own[0]} takes images for ${own[1]}, and this machine cannot run what they hold`,
  );
  expect(stderr).toContain(`tonistiigi/binfmt --install ${own[1].slice('linux/'.length)}\n`);
  const nearest = own === types.x64 ? 'ml.m6g.large' : 'ml.m5.large';
  expect(stderr).toContain(`export INSTANCE_TYPE=${nearest}\n`);
  expect(asked).not.toMatch(/^(buildx )?build .*--platform/m);
});

test('whoever may push but not create a repository, or signs in by a credential helper, pushes all the same', async () => {
  await aws(world, 'ecr', 'create-repository', '--repository-name', 'builders').catch(() => undefined);
  const failing = (reason: string) =>
    `[[ $1 != login ]] || { cat >/dev/null; echo "${reason}" >&2; exit 1; }`;
  const { code, stderr, asked } = await calls({
    more: failing('error storing credentials: not implemented'),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(asked).not.toContain('create-repository');
  const signedIn = await calls({ more: failing('permission denied') });
  expect(signedIn).toMatchObject({ code: 0 });
  expect(signedIn.stderr).toContain('going on with the credentials that are there: permission denied');
});

test('a program that is not there is named, with the ones that could be', async () => {
  const { code, stderr } = await calls({}, { CONTAINER_CLI: 'no-such-cli' }).catch((error) => error);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'no-such-cli is not installed: see https://docs.docker.com/get-docker/, or set CONTAINER_CLI',
  );
});
