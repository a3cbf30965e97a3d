import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnv, command, tempFolder } from '../harness.ts';

/** What images are built on here: python:3.12-slim, or a stand-in where it cannot be pulled (see .ci/docker). */
export const baseImage = process.env.TEST_PYTHON_IMAGE ?? 'python:3.12-slim';
export const arm64BaseImage = process.env.TEST_ARM64_IMAGE ?? 'python:3.12-slim';

const certificates = '/etc/ssl/certs/ca-certificates.crt';

interface BuildOptions {
  readonly base?: string;
  readonly flags?: readonly string[];
}

/** An image, and what its build printed: one line for each step that begins, is taken from the cache, or ends. */
interface Built {
  readonly image: string;
  readonly log: string;
  readonly seconds: number;
}

/**
 * Builds a project's image by Docker, from its own Dockerfile. What pip needs to reach a package index here is given to
 * the build alone, by a mount: no user sees it.
 */
export async function build(
  project: string,
  { base = baseImage, flags = [] }: BuildOptions = {},
): Promise<Built> {
  const image = `test-${randomBytes(4).toString('hex')}`;
  const dockerfile = join(tempFolder(), 'Dockerfile');
  const mount = '--mount=type=secret,id=certificates,target=/run/certificates PIP_CERT=/run/certificates';
  const text = readFileSync(join(project, 'Dockerfile'), 'utf8');
  const trusted = existsSync(certificates);
  writeFileSync(dockerfile, trusted ? text.replace(/^RUN (?=.*(?<![-\w])pip )/m, `RUN ${mount} `) : text);
  const args = [
    ...['build', '--progress=plain', '--network=host', '--tag', image, '--file', dockerfile],
    ...['--build-arg', `PYTHON_IMAGE=${base}`, ...flags],
    ...(trusted ? ['--secret', `id=certificates,src=${certificates}`] : []),
  ];
  const start = performance.now();
  const { stderr } = await command('docker', [...args, project], {
    env: { ...cleanEnv, DOCKER_BUILDKIT: '1' },
  });
  return { image, log: stderr, seconds: (performance.now() - start) / 1000 };
}

/** The same where only the image's name is of interest. */
export async function buildImage(project: string): Promise<string> {
  return (await build(project)).image;
}

export async function removeImage(...names: readonly string[]): Promise<void> {
  if (names.length) await command('docker', ['image', 'rm', '--force', ...names]);
}

/** What Docker knows of an image. */
export async function inspectImage(name: string): Promise<{
  Id: string;
  /** Names of it, by tag and by digest. */
  RepoTags: string[];
  RepoDigests: string[];
  Size: number;
  Architecture: string;
  Config: { Healthcheck?: unknown; Labels?: Record<string, string> };
  RootFS: { Layers: string[] };
}> {
  return JSON.parse((await command('docker', ['image', 'inspect', name])).stdout)[0];
}

/** Runs a program of an image as root, with nothing to write to; what it prints, both outputs together. */
export async function inImage(image: string, flags: readonly string[], ...program: readonly string[]) {
  const [first = '', ...args] = program;
  const run = ['run', '--rm', '--read-only', '--user=0', `--entrypoint=${first}`, ...flags, image, ...args];
  const { stdout, stderr } = await command('docker', run);
  return stdout + stderr;
}

/** Bytes of an image, of its base, and of the wheels that it holds, unpacked: their own records list them. */
export async function sizes(image: string): Promise<{ base: number; packages: number; size: number }> {
  const script =
    'from importlib.metadata import distributions as all\n' +
    'print(sum(file.size or 0 for one in all() for file in one.files or () if file.suffix != ".pyc"))';
  const [base, packages, { Size }] = await Promise.all([
    inspectImage(baseImage),
    inImage(image, [], '/opt/venv/bin/python', '-c', script),
    inspectImage(image),
  ]);
  return { base: base.Size, packages: Number(packages), size: Size };
}

/**
 * What the compiled libraries in the virtual environment of a container need, and neither bring themselves nor find in the
 * image, as in `lightgbm/lib/lib_lightgbm.so needs libgomp.so.1`. The dynamic linker says it; nothing of them is run.
 */
export async function missingLibraries(image: string, flags: readonly string[] = []): Promise<string[]> {
  const look = String.raw`cd /opt/venv/lib/python*/site-packages
    find -L . -type f -name '*.so*' -printf '%P\n' > /tmp/all
    while read -r one; do ldd "./$one" 2>&1 | sed -n "s:^\s*\(\S*\) => not found$:$one needs \1:p"; done < /tmp/all
    sed 's:.*/:brought :' /tmp/all | sort -u`;
  const lines = (await inImage(image, ['--tmpfs=/tmp', ...flags], 'bash', '-c', look)).trim().split('\n');
  const brought = new Set(lines.filter((line) => line.startsWith('brought ')).map((line) => line.slice(8)));
  // Or nothing was looked at, and nothing is missing.
  if (!brought.size) throw new Error(`no compiled library in ${image}`);
  return lines.filter((line) => / needs /.test(line) && !brought.has(line.replace(/.* needs /, ''))).sort();
}
