import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { docker } from '../../hosting/containers/docker.ts';

interface ClientConfig {
  /** By registry; without `auth` where a credential helper has it. */
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** ECR's user, for whom `docker login` of the deploy scripts stores a password. */
export const user = 'AWS';

/** Has Docker's client forget the registries on loopback that it has this password for, and no other. */
export async function signOut(password: string): Promise<void> {
  const folder = process.env.DOCKER_CONFIG || join(homedir(), '.docker');
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as ClientConfig;
  for (const [registry, { auth }] of Object.entries(config.auths ?? {})) {
    if (!/^127\.0\.0\.1:\d+$/.test(registry)) continue;
    const helper = config.credHelpers?.[registry] ?? config.credsStore;
    const stored = auth
      ? Buffer.from(auth, 'base64').toString()
      : helper && (await askHelper(helper, registry));
    if (stored === `${user}:${password}`) await docker('logout', registry);
  }
}

/** User and password that a credential helper has for a registry. */
async function askHelper(helper: string, registry: string): Promise<string> {
  const program = spawn(`docker-credential-${helper}`, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const [answer] = await Promise.all([
    text(program.stdout),
    new Promise((done, fail) => program.on('error', fail).on('close', done)),
    program.stdin.on('error', () => undefined).end(registry),
  ]);
  const { Username, Secret } = JSON.parse(answer);
  return `${Username}:${Secret}`;
}
