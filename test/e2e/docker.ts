import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnv, command, tempFolder } from '../harness.ts';

const certificates = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Builds a project's image by Docker, from its own Dockerfile; returns its name. What pip needs to reach a package
 * index here is given to the build alone, by a mount: no user sees it.
 */
export async function buildImage(project: string): Promise<string> {
  const name = `test-${randomBytes(4).toString('hex')}`;
  const dockerfile = join(tempFolder(), 'Dockerfile');
  const mount = '--mount=type=secret,id=certificates,target=/run/certificates PIP_CERT=/run/certificates';
  const text = readFileSync(join(project, 'Dockerfile'), 'utf8');
  const trusted = existsSync(certificates);
  writeFileSync(dockerfile, trusted ? text.replace(/^RUN (?=\S*pip )/m, `RUN ${mount} `) : text);
  const base = process.env.TEST_PYTHON_IMAGE;
  const args = [
    ...['build', '--quiet', '--network', 'host', '--tag', name, '--file', dockerfile],
    ...(base ? ['--build-arg', `PYTHON_IMAGE=${base}`] : []),
    ...(trusted ? ['--secret', `id=certificates,src=${certificates}`] : []),
  ];
  await command('docker', [...args, project], { env: { ...cleanEnv, DOCKER_BUILDKIT: '1' } });
  return name;
}

export async function removeImage(name: string): Promise<void> {
  await command('docker', ['image', 'rm', '--force', name]);
}
