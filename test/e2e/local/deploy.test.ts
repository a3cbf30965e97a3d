import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { confined } from '../../../generators/hosting/containers/image.ts';
import { ServiceFolder } from '../../../generators/local/folder.ts';
import { all } from '../../all.ts';
import { command, tempFolder } from '../../harness.ts';
import { copyOf, type Trained, trained } from '../trained.ts';
import { change, type Local, processesOf, removePushed, signedInTo, startLocal } from './local.ts';

const [type, other] =
  process.arch === 'arm64' ? ['ml.m6g.large', 'ml.m5.large'] : ['ml.m5.large', 'ml.m6g.large'];
const region = ['--region', 'us-east-1'];
let made: Trained;
let world: Local;
let image = '';
let deployed: Awaited<ReturnType<Local['run']>>;

beforeAll(async () => {
  made = await trained('local-iris', '--framework=sklearn', `--instance-type=${type}`);
  world = await startLocal(made.project, '--time-scale=20');
  const pushed = await world.run(made.project, 'deploy/build_and_push.sh');
  expect(pushed.code, pushed.stderr).toBe(0);
  [, image = ''] = /^Pushed (\S+)$/m.exec(pushed.stdout) ?? [];
  expect(await world.run(made.project, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
  deployed = await world.run(made.project, 'deploy/deploy.sh');
});

afterAll(async () => {
  await world.local('remove');
  if (image) await removePushed(image);
  expect(signedInTo(join(world.env.HOME ?? '', '.docker'))).toEqual([]);
});

/** What scikit-learn itself says of the rows in the sample requests. */
async function expected(): Promise<string[]> {
  const script = `import json, joblib
rows = json.load(open("sample_model/payloads/payload.json"))
print(json.dumps(joblib.load("model/model.pkl").predict(rows["instances"]).tolist()))`;
  const { stdout } = await command(join(made.venv, 'bin/python'), ['-W', 'ignore', '-c', script], {
    cwd: made.project,
  });
  return JSON.parse(stdout);
}

/** What invoke-endpoint of the AWS CLI writes. */
async function invoke(payload: string, contentType: string): Promise<string> {
  const answer = join(tempFolder(), 'answer');
  const body = `fileb://${join(made.project, 'sample_model/payloads', payload)}`;
  await world.aws(
    ...['sagemaker-runtime', 'invoke-endpoint', '--endpoint-name', 'local-iris', '--body', body],
    ...['--content-type', contentType, '--accept', contentType, ...region, answer],
  );
  return readFileSync(answer, 'utf8');
}

/** The lines of an endpoint's containers, in CloudWatch Logs. */
async function logged(endpoint = 'local-iris'): Promise<string> {
  const { events } = await world.aws(
    ...['logs', 'filter-log-events', '--log-group-name', `/aws/sagemaker/Endpoints/${endpoint}`, ...region],
  );
  return events.map(({ message }: { message: string }) => message).join('\n');
}

/** A project of another name with the same image. */
function another(name: string): string {
  const copy = copyOf(made.project);
  change(copy, 'deploy/settings.sh', /PROJECT_NAME='.*'/, `PROJECT_NAME='${name}'`);
  return copy;
}

const containers = async () =>
  (
    await command('docker', [
      'ps',
      '--all',
      '--quiet',
      '--filter',
      `label=ml-container-creator.local=${world.folder}`,
    ])
  ).stdout
    .trim()
    .split('\n')
    .filter(Boolean);

test('the deploy scripts, as they are, make an endpoint that answers in JSON and CSV what the model says', async () => {
  expect(signedInTo(join(world.env.HOME ?? '', '.docker'))).toEqual([image.split('/')[0]]);
  expect(image).toMatch(/^127\.0\.0\.1:\d+\/us-east-1\/local-iris:[0-9a-f]{8}-\d{8}-\d{6}$/);
  expect(deployed.code, deployed.stderr).toBe(0);
  expect(deployed.stdout).toContain(`The endpoint local-iris is in service on ${type}.`);
  expect(deployed.stdout).toContain('It answers the request in sample_model/payloads/payload.json\n');
  writeFileSync(join(made.project, 'wrong.csv'), '1,2,3\n');
  change(made.project, 'deploy/settings.sh', /SMOKE_TEST=.*/, "SMOKE_TEST='wrong.csv'");
  const wrong = await world.run(made.project, 'deploy/deploy.sh');
  expect(wrong).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('row 1 has 3 features, expected 4'),
  });

  const flowers = await expected();
  expect(new Set(flowers).size).toBeGreaterThan(1);
  expect(JSON.parse(await invoke('payload.json', 'application/json'))).toEqual({ predictions: flowers });
  expect((await invoke('payload.csv', 'text/csv')).trim().split('\n')).toEqual(flowers);
  expect((await world.run(made.project, 'test/test_endpoint.sh')).stdout).toContain(flowers[0]);
  expect(await containers()).toHaveLength(1);
  expect((await world.local('status')).stdout).toMatch(
    /local-iris in us-east-1: InService since .*, local-iris-[0-9a-f]{12}/,
  );
  expect(await logged()).toContain('model');
  expect((await world.local('logs')).stdout).toMatch(/^Endpoints\/local-iris AllTraffic\/\S+ .*model/m);
});

test('a container may do what a server that starts as root does, and no more', async () => {
  const [id = ''] = await containers();
  const { stdout } = await command('docker', ['exec', id, 'cat', '/proc/1/status']);
  expect(stdout).toMatch(/^NoNewPrivs:\t1$/m);
  // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE, SYS_CHROOT; of Docker's own not NET_RAW, MKNOD.
  const allowed = [0, 1, 3, 4, 5, 6, 7, 10, 18].reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
  expect(BigInt(`0x${/^CapBnd:\t(\w+)$/m.exec(stdout)?.[1]}`)).toBe(allowed);
  const [inspected] = JSON.parse((await command('docker', ['inspect', id])).stdout);
  expect(inspected.Config.Env).toContain('AWS_EC2_METADATA_DISABLED=true');
  expect(inspected.HostConfig.PidsLimit).toBe(4096);
  const asRoot = 'touch /tmp/mine && chown 1000:1000 /tmp/mine && su -s /bin/sh nobody -c "id -u"';
  const options = ['run', '--rm', '--user=0', '--entrypoint=sh', ...confined];
  expect((await command('docker', [...options, image, '-c', asRoot])).stdout).toBe('65534\n');
});

test("tidying up takes no container of another service at the same path, as one in a container with this machine's Docker", async () => {
  const folder = new ServiceFolder(join(tempFolder(), 'state'));
  folder.make();
  const labels = [`ml-container-creator.local=${folder.path}`, 'ml-container-creator.local.id=another'];
  const create = async (...own: string[]) =>
    (await command('docker', ['create', ...own.flatMap((label) => ['--label', label]), image])).stdout.trim();
  const [others, left] = [await create(...labels), await create(...folder.labels)];
  await folder.tidy();
  const there = (id: string) => command('docker', ['inspect', id]);
  await expect(there(left)).rejects.toThrow('No such object');
  expect(JSON.parse((await there(others)).stdout)).toHaveLength(1);
  await command('docker', ['rm', others]);
});

test.each(['in its own file', 'by a credential helper'])(
  'tidying up has Docker forget the registry that a service had, and no other, where it keeps passwords %s',
  async (kept) => {
    const folder = new ServiceFolder(join(tempFolder(), 'state'));
    folder.make();
    const [docker, programs] = [tempFolder(), tempFolder()];
    const passwords = { '127.0.0.1:21001': folder.registryPassword, '127.0.0.1:21002': 'mine' };
    for (const [registry, Secret] of Object.entries(passwords))
      writeFileSync(join(docker, registry), JSON.stringify({ Username: 'AWS', Secret }));
    const helper = `#!/usr/bin/env bash\nread -r registry || true\ncase $1 in
      get) cat "${docker}/$registry" ;;
      erase) rm "${docker}/$registry" ;;
    esac\n`;
    writeFileSync(join(programs, 'docker-credential-test'), helper, { mode: 0o755 });
    const isHelper = kept !== 'in its own file';
    const auths = Object.fromEntries(
      Object.entries(passwords).map(([registry, password]) => [
        registry,
        isHelper ? {} : { auth: btoa(`AWS:${password}`) },
      ]),
    );
    const others = { HttpHeaders: { a: 'b' }, ...(isHelper && { credsStore: 'test' }) };
    writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths, ...others }));
    vi.stubEnv('DOCKER_CONFIG', docker);
    vi.stubEnv('PATH', `${programs}:${process.env.PATH}`);
    await folder.tidy();
    vi.unstubAllEnvs();
    expect(signedInTo(docker)).toEqual(['127.0.0.1:21002']);
    expect(JSON.parse(readFileSync(join(docker, 'config.json'), 'utf8'))).toMatchObject(others);
    expect(existsSync(join(docker, '127.0.0.1:21001'))).toBe(!isHelper);
    expect(existsSync(join(docker, '127.0.0.1:21002'))).toBe(true);
  },
);

test(
  'several models on one endpoint, serverless ones and batch transform answer from the same image',
  all,
  async () => {
    const { stdout } = await command('python', [join(import.meta.dirname, 'ways.py')], {
      cwd: made.project,
      env: world.env,
    });
    const flowers = await expected();
    expect(JSON.parse(stdout)).toEqual({
      several: [flowers, flowers],
      serverless: flowers,
      transformed: Array(100).fill(flowers).flat(),
    });
    expect(await containers()).toHaveLength(1);
  },
);

test('an update to a model that cannot be loaded goes back, and the old one answers on', all, async () => {
  const broken = copyOf(made.project);
  writeFileSync(join(broken, 'model/model.pkl'), 'no model');
  expect(await world.run(broken, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
  const updated = await world.run(broken, 'deploy/deploy.sh');
  expect(updated.code).toBe(3);
  expect(updated.stderr).toMatch(/SageMaker went back to local-iris-[0-9a-f]{12}, which is in service: /);
  expect(updated.stderr).toMatch(/\nThe last lines of its log:\n.*model\.pkl/s);
  expect((await invoke('payload.csv', 'text/csv')).trim().split('\n')).toEqual(await expected());
});

test(
  'a model that cannot be loaded ends in Failed, with the reason and what the container printed',
  all,
  async () => {
    const broken = another('local-broken');
    writeFileSync(join(broken, 'model/model.pkl'), 'no model');
    expect(await world.run(broken, 'deploy/upload_to_s3.sh')).toMatchObject({ code: 0 });
    const failed = await world.run(broken, 'deploy/deploy.sh');
    expect(failed.code).toBe(3);
    expect(failed.stderr).toMatch(
      /the endpoint is Failed: The primary container for production variant AllTraffic did not pass the ping health check/,
    );
    expect(failed.stderr).toMatch(/\nThe last lines of its log:\n.*model\.pkl/s);
    expect(await logged('local-broken')).toContain('model.pkl');
  },
);

test(
  'an image for another architecture than its instance type ends in Failed, which its log says',
  all,
  async () => {
    const wrong = another('local-wrong');
    change(wrong, 'deploy/settings.sh', /INSTANCE_TYPE='.*'/, `INSTANCE_TYPE='${other}'`);
    await world.run(wrong, 'deploy/upload_to_s3.sh');
    const failed = await world.run(wrong, 'deploy/deploy.sh');
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain('the endpoint is Failed: ');
    expect(failed.stderr).toMatch(/\nThe last lines of its log:\nexec \S+: exec format error\n/);
    // As often as it was tried, and nothing else.
    const lines = new Set((await logged('local-wrong')).split('\n'));
    expect([...lines]).toEqual([expect.stringMatching(/^exec \S+: exec format error$/)]);
  },
);

test(
  'after a stop the containers are started anew, from images at another port where that is taken',
  all,
  async () => {
    const before = await containers();
    await world.local('stop');
    expect(await containers()).toEqual([]);
    const port = Number(new URL(world.env.AWS_ENDPOINT_URL ?? '').port);
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { code, stderr } = await world.local('--keep', '--time-scale=20');
      expect(code).toBe(0);
      expect(stderr).toContain(`Port ${port} is taken by now`);
      world.env.AWS_ENDPOINT_URL = JSON.parse(readFileSync(join(world.folder, 'local.json'), 'utf8')).url;
      const status = ['sagemaker', 'describe-endpoint', '--endpoint-name', 'local-iris', ...region];
      await expect
        .poll(async () => (await world.aws(...status)).EndpointStatus, { timeout: 240_000 })
        .toBe('InService');
      expect((await invoke('payload.csv', 'text/csv')).trim().split('\n')).toEqual(await expected());
      expect(await containers()).toHaveLength(1);
      expect(await containers()).not.toEqual(before);
    } finally {
      other.close();
    }
  },
);

test('undeploy leaves no endpoint, configuration, model or container; stop ends all that was started', async () => {
  const { code, stdout } = await world.run(made.project, 'deploy/undeploy.sh', '--yes');
  expect(code).toBe(0);
  expect(stdout).toContain('There is no endpoint local-iris any more');
  const named = ['--name-contains', 'local-iris', ...region];
  for (const kind of ['endpoints', 'endpoint-configs', 'models'])
    expect(Object.values(await world.aws('sagemaker', `list-${kind}`, ...named))).toEqual([[]]);
  expect(await containers()).toEqual([]);
  expect(await processesOf(world.folder)).not.toEqual([]);
  expect(await world.local('stop')).toMatchObject({ code: 0 });
  expect(await processesOf(world.folder)).toEqual([]);
  expect((await world.local('status')).stdout).toMatch(
    /^Nothing runs\. (What was uploaded and pushed is kept in .*, until local remove|For the next local --keep there is, in .*:(\nlocal-\w+ .*Failed.*)+)\n$/,
  );
});
