// @module-tag all
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { signedFor } from '../../../generators/local/service/request.ts';
import { bin, command, tempFolder } from '../../harness.ts';
import { baseImage, removeImage } from '../docker.ts';
import { type Trained, trained } from '../trained.ts';
import { processesOf, run, userEnvironment } from './local.ts';

/** How often it is killed, and what the moments follow from: other ones by TEST_KILLS and TEST_KILLS_SEED. */
const points = Number(process.env.TEST_KILLS ?? 12);
const seed = Number(process.env.TEST_KILLS_SEED ?? 18);

const phases = ['start', 'deploy', 'serving', 'update'] as const;
/** Milliseconds of a phase in which it is killed. */
const longest = { start: 2500, deploy: 4000, serving: 500, update: 4000 };

let made: Trained;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  made = await trained('kills', '--framework=sklearn', '--instance-type=ml.m5.large');
  symlinkSync(made.venv, join(made.project, '.venv'));
  env = await userEnvironment();
  await command('tar', ['-czf', join(made.project, 'model.tar.gz'), '-C', join(made.project, 'model'), '.']);
});

/** Numbers from 0 to 1 that only look as if by chance. */
function chance(): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const region = 'us-east-1';

/** Calls of AWS by its JSON protocol. */
function clientOf(url: string) {
  const call = async (service: string, target: string, input: object) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        Authorization: signedFor(region, service),
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': target,
      },
      body: JSON.stringify(input),
    });
    const answer = JSON.parse((await response.text()) || '{}');
    if (!response.ok) throw new Error(`${target}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    sagemaker: (operation: string, input: object) => call('sagemaker', `SageMaker.${operation}`, input),
    ecr: (operation: string, input: object) =>
      call('ecr', `AmazonEC2ContainerRegistry_V20150921.${operation}`, input),
    put: async (path: string, body?: Buffer) => {
      const headers = { Authorization: signedFor(region, 's3') };
      const answer = await fetch(`${url}${path}`, { method: 'PUT', headers, ...(body && { body }) });
      if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status}`);
    },
    invoke: async () => {
      const headers = { Authorization: signedFor(region, 'sagemaker'), 'Content-Type': 'text/csv' };
      const init = { method: 'POST', headers, body: '5.1,3.5,1.4,0.2' };
      return (await fetch(`${url}/endpoints/kills/invocations`, init)).status;
    },
  };
}

type Client = ReturnType<typeof clientOf>;

/** Ways to run containers: their flags, the URI of an image that runs so, and what is left of the containers. */
interface Way {
  readonly flags: readonly string[];
  image(client: Client, url: string): Promise<string>;
  /** Names of containers. */
  containers(folder: string): Promise<string[]>;
  networks(): Promise<string>;
  tidy(): Promise<void>;
}

const byProcess: Way = {
  flags: ['--process'],
  async image({ ecr }) {
    const { repositories } = await ecr('DescribeRepositories', {});
    const { repositoryName, repositoryUri } = repositories[0];
    const { imageDetails } = await ecr('DescribeImages', { repositoryName });
    return `${repositoryUri}@${imageDetails[0].imageDigest}`;
  },
  containers: async () => [],
  networks: async () => '',
  tidy: async () => undefined,
};

/** The registry has a manifest for the image, and Docker the image by that name: nothing has to be pushed. */
function byDocker(): Way {
  const name = 'local-kills-test';
  const names = new Set<string>();
  const lines = (text: string) => text.split('\n').filter(Boolean);
  return {
    flags: [],
    async image({ ecr }, url) {
      if (!names.size) {
        const program = `import http.server
class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    do_POST = do_GET
http.server.ThreadingHTTPServer(("", 8080), Server).serve_forever()`;
        const change = ['--change', `ENTRYPOINT ${JSON.stringify(['python3', '-c', program])}`];
        const { stdout: container } = await command('docker', ['create', baseImage, 'true']);
        await command('docker', ['commit', ...change, container.trim(), name]);
        await command('docker', ['rm', container.trim()]);
        names.add(name);
      }
      const { repository } = await ecr('CreateRepository', { repositoryName: 'kills' });
      const config = JSON.stringify({ os: 'linux', architecture: 'amd64' });
      const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
      const path = `${url}/v2/${region}/kills`;
      const begun = await fetch(`${path}/blobs/uploads/`, { method: 'POST' });
      const to = new URL(begun.headers.get('location') ?? '', url);
      to.searchParams.set('digest', digest);
      await fetch(to, { method: 'PUT', body: config });
      const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
      const of = { mediaType: 'application/vnd.docker.container.image.v1+json', size: config.length, digest };
      const body = JSON.stringify({ schemaVersion: 2, mediaType, config: of, layers: [] });
      const pushed = await fetch(`${path}/manifests/1`, {
        method: 'PUT',
        headers: { 'Content-Type': mediaType },
        body,
      });
      if (pushed.status !== 201) throw new Error(`${pushed.status} ${await pushed.text()}`);
      const uri = `${repository.repositoryUri}:1`;
      await command('docker', ['tag', name, uri]);
      names.add(uri);
      return uri;
    },
    containers: async (folder) => {
      const label = `label=ml-container-creator.local=${folder}`;
      const format = ['--format', '{{.Names}}', '--filter', label];
      return lines((await command('docker', ['ps', '--all', ...format])).stdout);
    },
    networks: async () => (await command('docker', ['network', 'ls', '--quiet', '--no-trunc'])).stdout,
    tidy: async () => removeImage(...names),
  };
}

async function deploy(client: Client, way: Way, url: string, archive: Buffer): Promise<void> {
  await client.put('/kills');
  await client.put('/kills/model.tar.gz', archive);
  const Image = await way.image(client, url);
  for (const name of ['one', 'two']) {
    await client.sagemaker('CreateModel', {
      ModelName: name,
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/r',
      PrimaryContainer: { Image, ModelDataUrl: 's3://kills/model.tar.gz' },
    });
    const variant = {
      VariantName: 'v',
      ModelName: name,
      InstanceType: 'ml.m5.large',
      InitialInstanceCount: 1,
    };
    await client.sagemaker('CreateEndpointConfig', {
      EndpointConfigName: name,
      ProductionVariants: [variant],
    });
  }
  await client.sagemaker('CreateEndpoint', { EndpointName: 'kills', EndpointConfigName: 'one' });
}

/** Whether a process has a name on its command line. */
const isNamed = (name: string) =>
  readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name);
    } catch {
      return false;
    }
  });

const isOpen = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe.each([
  ['with Docker', byDocker],
  ['with --process', () => byProcess],
])('%s', (_, way) => {
  test(`killed at ${points} moments, the next start is clean, and no container, network, process or port is left`, {
    timeout: points * 60_000,
  }, async () => {
    console.log(`TEST_KILLS_SEED=${seed} TEST_KILLS=${points}`);
    const archive = readFileSync(join(made.project, 'model.tar.gz'));
    const used = way();
    const random = chance();
    const folder = join(tempFolder(), 'state');
    const flags = [`--folder=${folder}`, '--time-scale=20', ...used.flags];
    const networks = await used.networks();
    const reached: Record<string, number> = {};
    try {
      for (let point = 0; point < points; point++) {
        const phase = phases[point % phases.length] as (typeof phases)[number];
        const patience = random() * longest[phase];
        const service = spawn(process.execPath, [bin, 'local', ...flags], { cwd: made.project, env });
        const ended = new Promise((done) => service.on('exit', done));
        let url = '';
        const answers = new Promise<void>((done) => {
          service.stderr.on('data', (chunk) => {
            url = /answers at (\S+)\./.exec(String(chunk))?.[1] ?? url;
            if (url) done();
          });
        });
        if (phase !== 'start') {
          await answers;
          const client = clientOf(url);
          const deployed = deploy(client, used, url, archive);
          if (phase === 'deploy') deployed.catch(() => undefined);
          else {
            await deployed;
            const statusOf = async () =>
              (await client.sagemaker('DescribeEndpoint', { EndpointName: 'kills' })).EndpointStatus;
            await expect.poll(statusOf, { timeout: 240_000 }).toBe('InService');
            expect(await client.invoke()).toBe(200);
            if (phase === 'update')
              await client.sagemaker('UpdateEndpoint', { EndpointName: 'kills', EndpointConfigName: 'two' });
          }
        }
        await sleep(patience);
        service.kill('SIGKILL');
        await ended;
        reached[phase] = (reached[phase] ?? 0) + 1;
        const left = await used.containers(folder);

        const next = await run(
          process.execPath,
          [bin, 'local', ...flags, '--', 'bash', '-c', 'echo "$AWS_ENDPOINT_URL"'],
          made.project,
          env,
        );
        const where = `point ${point}, ${Math.round(patience)} ms into ${phase}`;
        expect(next, where).toMatchObject({ code: 0, stderr: '' });
        expect(await processesOf(folder), where).toEqual([]);
        expect(await used.containers(folder), where).toEqual([]);
        // What follows the log of a container is no child of ours any more.
        expect(left.filter(isNamed), where).toEqual([]);
        for (const one of [url, next.stdout.trim()]) expect(one && (await isOpen(one)), where).toBeFalsy();
        // The mark by which it knows the folder for its own.
        expect(readdirSync(folder), where).toEqual(['.ml-container-creator-local']);
      }
      expect(await used.networks()).toBe(networks);
      console.log(reached);
    } finally {
      await used.tidy();
    }
  });
});
