import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../../harness.ts';
import { aws, deployable, inFront, pushImage, script, startAws, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startAws('us-east-1');
});

afterAll(() => world.close());

test("deploy.sh takes this project's newest image, whatever else comes into the repository, or the one that is asked for", async () => {
  const { project, digest: first } = await deployable(world, 'chosen');
  const newest = await pushImage(world, project);
  const { images } = await aws(
    world,
    ...['ecr', 'batch-get-image', '--repository-name', 'chosen', '--image-ids', `imageDigest=${first}`],
  );
  // An older image pushed again, under tags that are not of this project's builds.
  for (const tag of ['latest', 'sha256-0123.sig', '20991231-000000'])
    await aws(
      world,
      ...['ecr', 'put-image', '--repository-name', 'chosen', '--image-tag', tag],
      ...['--image-manifest', images[0].imageManifest],
    );
  const running = async () => {
    const status = await script(world, project, 'deploy/status.sh');
    expect(status, status.stderr).toMatchObject({ code: 0, stderr: '' });
    return /^Image +\S+@(\S+)$/m.exec(status.stdout)?.[1];
  };
  const options = { first: inFront(world, { sleep: ':' }) };
  expect(await script(world, project, 'deploy/deploy.sh', options)).toMatchObject({ code: 0 });
  expect(await running()).toBe(newest);
  const env = { IMAGE_DIGEST: first };
  expect(await script(world, project, 'deploy/deploy.sh', { ...options, env })).toMatchObject({ code: 0 });
  expect(await running()).toBe(first);
  const { stdout } = await script(world, project, 'deploy/status.sh');
  expect(stdout).toMatch(/^Endpoint +chosen, InService since /);
  const by = 'by arn:aws:sts::123456789012:user/moto';
  const one = `\\n {2}chosen-[0-9a-f]{12} {2}20\\S+Z {2}${by}`;
  expect(stdout).toMatch(new RegExp(`\\nChanged by +${by.slice(3)}\\n`));
  expect(stdout).toMatch(new RegExp(`${one}${one}, which runs\\n$`));
  const unknown = { IMAGE_DIGEST: `sha256:${'a'.repeat(64)}` };
  const refused = await script(world, project, 'deploy/deploy.sh', { env: unknown });
  expect(refused.stderr).toBe(`deploy.sh: there is no image ${unknown.IMAGE_DIGEST} in chosen of ECR\n`);
});

test('logs.sh prints the lines of the containers, those of one request, and those with an error', async () => {
  const { project } = await deployable(world, 'logged');
  expect(await script(world, project, 'deploy/status.sh')).toMatchObject({ code: 1 });
  expect(await script(world, project, 'deploy/logs.sh')).toMatchObject({
    code: 0,
    stderr: 'There is nothing in /aws/sagemaker/Endpoints/logged, of the last hour\n',
  });
  const group = ['--log-group-name', '/aws/sagemaker/Endpoints/logged'];
  const stream = [...group, '--log-stream-name', 'AllTraffic/i-1'];
  await aws(world, 'logs', 'create-log-group', ...group);
  await aws(world, 'logs', 'create-log-stream', ...stream);
  const lines = ['started', 'request abc-1 answered', 'ERROR request abc-2 failed'];
  const events = lines.map((message) => ({ timestamp: Date.now(), message }));
  await aws(world, 'logs', 'put-log-events', ...stream, '--log-events', JSON.stringify(events));
  const said = async (...args: string[]) => (await script(world, project, 'deploy/logs.sh', { args })).stdout;
  expect(await said()).toBe(lines.map((line) => `i-1  ${line}\n`).join(''));
  expect(await said('--request', 'abc-1')).toBe('i-1  request abc-1 answered\n');
  // moto takes several terms of a filter for none.
  expect(await said('--last-failure')).toMatch(/i-1 {2}ERROR request abc-2 failed\n$/);
  const wrong = await script(world, project, 'deploy/logs.sh', { args: ['--request', '"; x'] });
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
});

test('logs.sh --last-failure shows only instances whose container did not come up, and says where that cannot be told', async () => {
  const { project } = await deployable(world, 'mixed');
  const group = ['--log-group-name', '/aws/sagemaker/Endpoints/mixed'];
  await aws(world, 'logs', 'create-log-group', ...group);
  let at = Date.now() - 60_000;
  const put = async (instance: string, ...messages: string[]) => {
    const stream = [...group, '--log-stream-name', `AllTraffic/${instance}`];
    await aws(world, 'logs', 'create-log-stream', ...stream);
    const events = messages.map((message) => ({ timestamp: at++, message }));
    await aws(world, 'logs', 'put-log-events', ...stream, '--log-events', JSON.stringify(events));
  };
  const serving = '{"level":"INFO","event":"serving","port":8080}';
  const ofRequest = '{"level":"ERROR","event":"request","status":500}';
  const said = async (reason: string) => {
    const first = inFront(world, {
      aws: `[[ "$*" != *FailureReason* ]] || exec echo "${reason}"\nexec "$real" "$@"`,
    });
    const printed = await script(world, project, 'deploy/logs.sh', { args: ['--last-failure'], first });
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    return printed.stdout;
  };
  const unhealthy = 'did not pass the ping health check';
  const head = `The endpoint mixed: ${unhealthy}\n\n`;
  const healthy = `i-well  ${ofRequest}\n`;
  await put('i-well', 'INFO:     Application startup complete.', ofRequest);
  expect(await said(unhealthy)).toBe(`${head}${healthy}`);
  await put('i-own', serving, ofRequest);
  await put('i-dead', 'Traceback (most recent call last):', 'ValueError: no model');
  const dead = 'i-dead  Traceback (most recent call last):\ni-dead  ValueError: no model\n';
  const omitted =
    '\nLines of instances whose container came up are left out: deploy/logs.sh prints those of the last hour\n';
  expect(await said(unhealthy)).toBe(`${head}${dead}${omitted}`);
  // Where nothing has failed to start, requests have.
  const all = `${healthy}i-own  ${ofRequest}\n${dead}`;
  expect(await said('None')).toBe(all);
  const which = (count: number) =>
    `\nThese lines are of ${count} instances. Which of them failed, AWS does not say, and their logs do not tell\n`;
  expect(await said('alarm went off')).toBe(`The endpoint mixed: alarm went off\n\n${all}${which(3)}`);
  await put('i-other', 'Killed');
  expect(await said(unhealthy)).toBe(`${head}${dead}i-other  Killed\n${omitted}${which(2)}`);
});

test("--plan says what an hour costs by AWS's price list, and that it is not known where that says nothing or several things", async () => {
  const { project } = await deployable(world, 'priced');
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('INSTANCE_COUNT=1', 'INSTANCE_COUNT=3'));
  const product = (price: string) =>
    `{"product":{"attributes":{"component":"Hosting"}},"terms":{"OnDemand":{"A":{"priceDimensions":{"A.B":{"unit":"Hrs","pricePerUnit":{"USD":"${price}"}}}}}}}`;
  const plan = async (...prices: string[]) => {
    const asked = '*" --region us-east-1 "*"Value=us-east-1 "*"Value=ml.m6g.large "*"Value=Hosting"*';
    const first = inFront(world, {
      aws: `[[ "$1 $2" != "pricing get-products" ]] || { [[ " $*" == ${asked} ]] && printf '%s\\t' '${prices.map(product).join("' '")}'; exit; }\nexec "$real" "$@"`,
    });
    const planned = await script(world, project, 'deploy/deploy.sh', { args: ['--plan'], first });
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    return planned.stdout.split('\n').at(-2);
  };
  const run = 'It would run on 3 × ml.m6g.large, at';
  expect(await plan('0.0924000000')).toBe(`${run} 0.2772 USD per hour, by AWS's price list`);
  const unknown = `${run} a price that is not known here, see https://aws.amazon.com/sagemaker/ai/pricing/`;
  expect(await plan('0.0924000000', '0.1')).toBe(unknown);
  expect(await plan('free')).toBe(unknown);
});

test('an AWS CLI that is too old for what is to be deployed is refused by its version', async () => {
  const { project } = await deployable(world, 'aged');
  const settings = join(project, 'deploy/settings.sh');
  const by = async (version: string, pool = '') => {
    writeFileSync(
      settings,
      readFileSync(settings, 'utf8').replace(/INSTANCE_POOL='.*'/, `INSTANCE_POOL='${pool}'`),
    );
    const first = inFront(world, {
      aws: `[[ $1 != --version ]] || exec echo "aws-cli/${version} Python/3.11"\nexec "$real" "$@"`,
    });
    return (await script(world, project, 'deploy/deploy.sh', { args: ['--plan'], first })).stderr;
  };
  const takes = (has: string, wanted: string) =>
    `deploy.sh: the AWS CLI here is ${has}, and what is to be deployed takes ${wanted} or later: https://aws.amazon.com/cli/\n`;
  expect(await by('1.21.9')).toBe(takes('1.21.9', '1.22.0'));
  expect(await by('2.3.4')).toBe(takes('2.3.4', '2.3.5'));
  expect(await by('1.22.0')).toBe('');
  expect(await by('2.34.9', 'ml.m8g.large')).toBe(takes('2.34.9', '2.34.40'));
});

test('logs.sh --follow prints each line once, as it comes, until Ctrl-C, also where asking fails now and then', async () => {
  const { project } = await deployable(world, 'followed');
  const group = ['--log-group-name', '/aws/sagemaker/Endpoints/followed'];
  const stream = [...group, '--log-stream-name', 'AllTraffic/i-1'];
  await aws(world, 'logs', 'create-log-group', ...group);
  await aws(world, 'logs', 'create-log-stream', ...stream);
  const put = async (...messages: string[]) => {
    const events = messages.map((message) => ({ timestamp: Date.now(), message }));
    await aws(world, 'logs', 'put-log-events', ...stream, '--log-events', JSON.stringify(events));
  };
  await put('one', 'two');
  const asked = join(tempFolder(), 'asked');
  const first = inFront(world, {
    // It ends by itself whatever comes, as a command does that had just ended when Ctrl-C was pressed.
    sleep: "trap 'exit 0' INT\n/bin/sleep 0.4",
    aws: `echo x >>${asked}
[[ $1 != logs || $(($(wc -l <${asked}) % 3)) != 0 ]] || { echo "Connection refused" >&2; exit 255; }
exec "$real" "$@"`,
  });
  const followed = spawn(join(project, 'deploy/logs.sh'), ['--follow'], {
    detached: true,
    env: { ...world.env, PATH: `${first}:${world.env.PATH}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  followed.stdout.on('data', (chunk) => (printed += chunk));
  const lines = async (...messages: string[]) =>
    expect
      .poll(() => printed, { timeout: 240_000 })
      .toBe(messages.map((message) => `i-1  ${message}\n`).join(''));
  await lines('one', 'two');
  await put('three');
  await lines('one', 'two', 'three');
  await put('four', 'five');
  await lines('one', 'two', 'three', 'four', 'five');
  const ended = once(followed, 'close');
  await sleep(150);
  // As a terminal does: to all that runs there.
  process.kill(-(followed.pid ?? 0), 'SIGINT');
  expect([
    [null, 'SIGINT'],
    [130, null],
  ]).toContainEqual(await ended);
});
