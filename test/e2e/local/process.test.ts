import { cpSync, existsSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { all } from '../../all.ts';
import { bin, tempFolder } from '../../harness.ts';
import { type Trained, trained } from '../trained.ts';
import { change, inForeground, processesOf, run, userEnvironment } from './local.ts';

let made: Trained;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  made = await trained('as-process', '--framework=sklearn');
  symlinkSync(made.venv, join(made.project, '.venv'));
  env = await userEnvironment();
});

/** `ml-container-creator local --process`, in the project. */
const local = (folder: string, ...args: string[]) =>
  run(process.execPath, [bin, 'local', `--folder=${folder}`, ...args], made.project, env);

const deploy = ['bash', '-c', 'deploy/upload_to_s3.sh && deploy/deploy.sh && test/test_endpoint.sh'];

test("without Docker, the deploy scripts as they are make an endpoint of the project's own server", async () => {
  const folder = join(tempFolder(), 'state');
  const { code, stdout, stderr } = await local(folder, '--process', '--', ...deploy);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('The endpoint as-process is in service on ml.m6g.large.');
  expect(stdout).toMatch(/{"predictions":\["virginica","versicolor","setosa"\]}\n$/);
  expect(await processesOf(folder)).toEqual([]);
});

test('without Docker, build_and_push.sh pushes what stands for the project, and undeploy.sh --all takes it away', async () => {
  const folder = join(tempFolder(), 'state');
  const project = join(tempFolder(), 'project');
  cpSync(made.project, project, { recursive: true });
  const handler = join(project, 'code/model_handler.py');
  const script = `cd ${project}
count() { aws ecr describe-images --repository-name as-process --region us-east-1 --query 'length(imageDetails)' --output text | sed "s/^/$1 /"; }
set -e
deploy/build_and_push.sh && count first
deploy/build_and_push.sh && count same
echo '# Changed.' >>${handler}
deploy/build_and_push.sh && count changed
deploy/undeploy.sh --all --yes`;
  const { code, stdout, stderr } = await local(folder, '--process', '--', 'bash', '-c', script);
  expect(code, stderr).toBe(0);
  // One of the start, which stands for the same folder elsewhere.
  expect(stdout.match(/^(first|same|changed) \d+$/gm)).toEqual(['first 2', 'same 2', 'changed 3']);
  expect(stdout).toContain('Nothing is built: the server of the project in ');
  expect(stdout).toMatch(/^Pushed 127\.0\.0\.1:\d+\/us-east-1\/as-process:[0-9a-f]{8}-\d{8}-\d{6}$/m);
  expect(stdout).toMatch(/Deleted the images and uploads\nKept: the bucket, the log/);
});

test(
  'several models on one endpoint, serverless ones and batch transform answer as the model does',
  all,
  async () => {
    const folder = join(tempFolder(), 'state');
    const ways = join(import.meta.dirname, 'ways.py');
    const { code, stdout, stderr } = await local(folder, '--process', '--', 'python', ways);
    expect(code, stderr).toBe(0);
    const flowers = ['virginica', 'versicolor', 'setosa'];
    expect(JSON.parse(stdout)).toEqual({
      several: [flowers, flowers],
      serverless: flowers,
      transformed: Array(100).fill(flowers).flat(),
    });
    expect(await processesOf(folder)).toEqual([]);
  },
);

test('calls fail as often as they are told to, in the words of AWS', async () => {
  const folder = join(tempFolder(), 'state');
  const list = 'aws sagemaker list-models --region us-east-1 --output text';
  const failing = ['--process', '--fail=ListModels:AccessDeniedException'];
  const { code, stdout, stderr } = await local(
    folder,
    ...failing,
    '--',
    'bash',
    '-c',
    `${list}; ${list} && echo fine`,
  );
  expect(code).toBe(0);
  expect(stdout).toBe('fine\n');
  expect(stderr).toContain('An error occurred (AccessDeniedException) when calling the ListModels operation');
});

test('each service refuses in its own words, and the AWS CLI tries again where a connection was cut', async () => {
  const folder = join(tempFolder(), 'state');
  const denied = ['GetCallerIdentity', 'CreateRepository', 'PutObject', 'DescribeLogGroups', 'GetRole'];
  const flags = [
    ...denied.map((operation) => `--fail=${operation}:AccessDeniedException`),
    '--fail=CreateBucket:cut-before',
    '--fail=CreateLogGroup:cut-after',
    '--fail=DescribeAlarms:ExpiredTokenException',
  ];
  const script = `export AWS_REGION=us-east-1
aws s3 mb s3://cut && aws s3 ls
aws logs create-log-group --log-group-name lost
aws sts get-caller-identity
aws ecr create-repository --repository-name denied
echo x >"$HOME/x" && aws s3 cp "$HOME/x" s3://cut/x
aws logs describe-log-groups
aws iam get-role --role-name denied
aws cloudwatch describe-alarms
aws logs describe-log-groups --query 'logGroups[].logGroupName' --output text`;
  const { stdout, stderr } = await local(folder, '--process', ...flags, '--', 'bash', '-c', script);
  expect(stdout).toMatch(/ cut\n/);
  expect(stdout).toMatch(/lost\n$/);
  // Done at the first try, whose answer was lost.
  expect(stderr).toContain('(ResourceAlreadyExistsException) when calling the CreateLogGroup operation');
  for (const [code, operation] of [
    ['AccessDenied', 'GetCallerIdentity'],
    ['AccessDeniedException', 'CreateRepository'],
    ['AccessDenied', 'PutObject'],
    ['AccessDeniedException', 'DescribeLogGroups'],
    ['AccessDenied', 'GetRole'],
  ])
    expect(stderr).toContain(`(${code}) when calling the ${operation} operation`);
  expect(stderr).toMatch(/\(ExpiredToken(Exception)?\) when calling the DescribeAlarms operation/);
});

test('the exit code is that of the command, and one that is not there is named', async () => {
  const folder = join(tempFolder(), 'state');
  expect(await local(folder, '--process', '--', 'bash', '-c', 'exit 7')).toMatchObject({ code: 7 });
  expect(await local(folder, '--process', '--', 'no-such-program')).toMatchObject({
    code: 4,
    stderr: 'error: no-such-program cannot be run: there is no such program\n',
  });
});

test('Ctrl-C ends it with all that it has started; what a kill leaves behind, the next start ends', async () => {
  const folder = join(tempFolder(), 'state');
  const args = [`--folder=${folder}`, '--process'];
  const first = await inForeground(made.project, env, ...args);
  expect(await local(folder, '--process')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('a service runs already'),
  });
  first.service.kill('SIGINT');
  expect(await first.ended).toBe(130);
  expect(await processesOf(folder)).toEqual([]);

  // As Ctrl-Z does.
  const paused = await inForeground(made.project, env, ...args);
  paused.service.kill('SIGSTOP');
  expect((await local(folder, 'stop')).stdout).toMatch(/^Stopped the service at /);
  await paused.ended;
  expect(await processesOf(folder)).toEqual([]);

  const second = await inForeground(made.project, env, ...args);
  expect(await local(folder, '--keep', '--', ...deploy)).toMatchObject({ code: 0 });
  second.service.kill('SIGKILL');
  await second.ended;
  expect(await processesOf(folder)).not.toEqual([]);
  expect(await local(folder, '--process', '--', 'true')).toMatchObject({ code: 0, stderr: '' });
  expect(await processesOf(folder)).toEqual([]);
});

test(
  'where AWS has too few of INSTANCE_TYPE, the next type of INSTANCE_POOL is taken; one that may not do is refused',
  all,
  async () => {
    const lacking = async (pool: string) => {
      change(made.project, 'deploy/settings.sh', /INSTANCE_POOL='.*'/, `INSTANCE_POOL='${pool}'`);
      const flags = [
        join(tempFolder(), 'state'),
        '--process',
        '--fail=host:InsufficientInstanceCapacity',
        '--',
      ];
      const scripts = 'deploy/upload_to_s3.sh && deploy/deploy.sh && deploy/status.sh';
      return local(...(flags as [string]), 'bash', '-c', scripts);
    };
    const taken = await lacking('ml.m8g.large ml.m6g.xlarge');
    expect(taken.code, taken.stderr).toBe(0);
    expect(taken.stdout).toMatch(/^Instance +ml\.m6g\.large ml\.m8g\.large ml\.m6g\.xlarge$/m);
    const without = await lacking('');
    expect(without).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('too few ml.m6g.large here just now'),
    });
    expect(without.stderr).toMatch(
      /INSTANCE_POOL there may name some that are tried in its place, of ml\.m8g\.large /,
    );
    expect(await lacking('ml.m5.large')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'INSTANCE_POOL in deploy/settings.sh has ml.m5.large, which is not known to take',
      ),
    });
  },
);

test(
  'several that start for the first time at once get moto once, and none takes it away from another',
  all,
  async () => {
    const cache = tempFolder();
    const folder = join(cache, 'ml-container-creator');
    /** Whole ones: those that are being made have a process's number. */
    const installed = () =>
      (existsSync(folder) ? readdirSync(folder) : [])
        .filter((name) => /^moto-\d+\.\d+\.\d+$/.test(name) && existsSync(join(folder, name, 'pyvenv.cfg')))
        .map((name) => `${name} ${statSync(join(folder, name), { throwIfNoEntry: false })?.ino}`);
    const seen = new Set<string>();
    const look = setInterval(() => installed().forEach((one) => void seen.add(one)), 20);
    onTestFinished(() => clearInterval(look));
    const buckets = ['bash', '-c', 'aws s3 mb s3://bucket && aws s3 ls'];
    const runs = await Promise.all(
      Array.from({ length: 3 }, () =>
        run(
          process.execPath,
          [bin, 'local', `--folder=${join(tempFolder(), 'state')}`, '--process', '--', ...buckets],
          made.project,
          { ...env, XDG_CACHE_HOME: cache },
        ),
      ),
    );
    for (const { code, stdout, stderr } of runs) {
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/ bucket\n$/);
    }
    expect(installed()).toEqual([...seen]);
    expect(seen.size).toBe(1);
  },
);
