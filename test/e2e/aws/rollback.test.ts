import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digits, make, running, sceneOf, start } from './scenes.ts';
import { aws, inFront, script, startAws, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startAws('eu-west-1');
});

afterAll(() => world.close());

/** An AWS CLI that refuses calls whose words match a pattern of bash. */
const refusing = (calls: string, error: string) =>
  inFront(world, {
    aws: `[[ " $*" != ${calls} ]] || { echo "An error occurred (${error}" >&2; exit 254; }\nexec "$real" "$@"`,
    sleep: ':',
  });

const unknown = '  (not known to have served)';

test('rollback.sh goes by itself only to what is known to have served, and to what is not by its number, saying so', async () => {
  const { project, name, set, tag } = await sceneOf(world, 'rollback');
  const now = async () => (await running(world, name)) ?? '';
  const run = (file: string, args: string[] = [], first?: string) =>
    script(world, project, `deploy/${file}.sh`, first ? { args, first } : { args });
  const deploy = async (count: number, first?: string) => {
    set('INSTANCE_COUNT', String(count));
    const { code } = await run('deploy', [], first);
    return { code, it: await now() };
  };
  mkdirSync(join(project, 'sample_model/payloads'), { recursive: true });
  writeFileSync(join(project, 'sample_model/payloads/payload.json'), '{"instances": [[1, 2]]}');

  const good = await deploy(1);
  expect(good.code).toBe(0);
  const silent = await deploy(2, refusing('*invoke-endpoint*', 'ModelError): client error (400)'));
  expect(silent.code).toBe(5);
  const never = `${name}-${digits(1)}`;
  await make(world, never, tag);
  const newest = await deploy(3);
  expect(newest.code).toBe(0);

  const listed = `  1  ${never}${unknown}\n  2  ${silent.it}${unknown}\n  3  ${good.it}\n`;
  expect((await run('rollback', ['--list'])).stdout.split('first:\n')[1]).toBe(listed);
  expect((await run('status')).stdout).toContain(`moto${unknown}\n`);
  expect(await run('rollback')).toMatchObject({ code: 0, stderr: '' });
  expect(await now()).toBe(good.it);

  const asked = await run('rollback', ['3']);
  expect(asked.stdout).toContain(`Going back to ${silent.it}${unknown}; where`);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  // It answers now.
  expect((await run('rollback')).code).toBe(0);
  expect((await run('rollback', ['--list'])).stdout).toContain(`  ${silent.it}\n`);
});

test('that a deployment has served is noted by the next run where it could not be, and nothing else fails by that', async () => {
  const { project, name, set, tag } = await sceneOf(world, 'rollback');
  // As by scripts that noted nothing.
  const [older, old] = [1, 2].map((n) => `${name}-${digits(n)}`) as [string, string];
  for (const one of [older, old]) await make(world, one, tag);
  await start(world, name, old, tag);
  const back = await script(world, project, 'deploy/rollback.sh');
  expect(back.code).toBe(1);
  expect(back.stderr).toMatch(/^rollback.sh: none of these is known to have served: /);
  expect(await running(world, name)).toBe(old);

  const first = refusing('*add-tags*:endpoint-config/*', 'AccessDeniedException): no add-tags');
  const deployed = await script(world, project, 'deploy/deploy.sh', { first });
  const it = await running(world, name);
  expect(deployed).toMatchObject({
    code: 0,
    stderr: `An error occurred (AccessDeniedException): no add-tags\nThat ${it} has served could not be noted: deploy/rollback.sh goes back to it by its name or number only\n`,
  });
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('nothing to do'),
  });
  const since = async () => {
    const { EndpointConfigArn } = await aws(
      world,
      ...['sagemaker', 'describe-endpoint-config', '--endpoint-config-name', it ?? ''],
    );
    const { Tags } = await aws(world, 'sagemaker', 'list-tags', '--resource-arn', EndpointConfigArn);
    return Tags.find(({ Key }: { Key: string }) => Key === 'ml-container-creator:served')?.Value;
  };
  const noted = await since();
  expect(noted).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  // Once is enough.
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
  expect(await since()).toBe(noted);
  set('INSTANCE_COUNT', '2');
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  expect(await script(world, project, 'deploy/rollback.sh')).toMatchObject({ code: 0, stderr: '' });
  expect(await running(world, name)).toBe(it);
});
