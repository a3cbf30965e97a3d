import { appendFileSync, cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { tempFolder } from '../../harness.ts';
import { type Between, between, type Ended, reading } from './between.ts';
import { digits, make, running, sceneOf, start, wipe } from './scenes.ts';
import { inSageMaker, script, startAws, type World } from './world.ts';

let world: World;
let proxy: Between;

beforeAll(async () => {
  world = await startAws('eu-west-1');
  proxy = await between(world.env.AWS_ENDPOINT_URL ?? '');
});

afterAll(() => {
  proxy.close();
  world.close();
});

const deploy = ['deploy/deploy.sh'];
const undeploy = ['deploy/undeploy.sh', '--yes'];

const pairs = [
  { what: 'a deployment, another of something else', one: deploy, other: deploy, differ: true, options: {} },
  { what: 'a deployment, another of the same', one: deploy, other: deploy, differ: false, options: all },
  { what: 'a deployment, undeploy.sh', one: deploy, other: undeploy, differ: true, options: {} },
  { what: 'undeploy.sh, a deployment', one: undeploy, other: deploy, differ: false, options: all },
];

/** All that is there is a pair of a model and a configuration, and what the endpoint runs is among these. */
async function expectWhole(name: string, what: string): Promise<void> {
  const found = await inSageMaker(world, name);
  const of = (kind: string) =>
    found.filter((text) => text.startsWith(kind)).map((text) => text.split(' ')[1] ?? '');
  expect(of('model').sort(), what).toEqual(of('configuration').sort());
  if (of('endpoint').length) expect(of('configuration'), what).toContain(await running(world, name));
}

/** What whoever was not first is told. */
function expectMessage({ code, stderr }: Ended, file: string, what: string): void {
  if (code === 0) return;
  const told = stderr.split('\n').filter((line) => line.startsWith(`${basename(file)}: `));
  expect(told, `${what}\n${stderr}`).toHaveLength(1);
}

/** Two clones of a project that is deployed. In the middle of the one's run, before its nth call, the other runs. */
async function race({ one, other, differ }: (typeof pairs)[number], isMeant: (call: string) => boolean) {
  const { project, name, first, tag, set } = await sceneOf(world, 'race');
  const clone = join(tempFolder(), name);
  cpSync(project, clone, { recursive: true });
  if (differ) appendFileSync(join(clone, 'deploy/settings.sh'), "export TAGS='Key=of,Value=clone'\n");
  set('UPDATE_WAIT', '0');
  const env = { ...world.env, PATH: `${first}:${world.env.PATH}` };
  const run = (
    folder: string,
    [file = '', ...args]: readonly string[],
    ...plan: Parameters<Between['run']>[3][]
  ) => proxy.run(join(folder, file), args, env, ...plan);
  const prepare = async () => {
    await wipe(world, name);
    const old = `${name}-${digits(1)}`;
    await make(world, old, tag);
    await start(world, name, old, tag);
  };
  const ends: string[] = [];
  await prepare();
  const { calls } = await run(project, one);
  for (const [n, call] of calls.entries()) {
    // Before that, nothing is known of the endpoint.
    if (n < calls.indexOf('DescribeEndpoint') || !isMeant(call)) continue;
    await prepare();
    let second: Ended | undefined;
    const meanwhile = async () => {
      second = await run(clone, other);
    };
    const ended = await run(project, one, { nth: n + 1, meanwhile });
    const what = `${other} before ${n + 1}, ${call}, of ${one}`;
    if (!second) throw new Error(`${what} did not run`);
    ends.push(`${call} ${ended.code} ${second.code}`);
    expect([ended.code, second.code], `${what}\n${ended.stderr}\n${second.stderr}`).toContain(0);
    expectMessage(ended, one[0] ?? '', what);
    expectMessage(second, other[0] ?? '', what);
    await expectWhole(name, `${what}\n${ended.stdout}${ended.stderr}\n${second.stdout}${second.stderr}`);
    if (other === one) expect(await running(world, name), what).toBeDefined();
  }
  await script(world, project, 'deploy/undeploy.sh', { args: ['--yes'], first });
  expect(await inSageMaker(world, name)).toEqual([]);
  console.log(ends.join('\n'));
}

describe.concurrent.each(pairs)('$what, at once', (pair) => {
  test(
    'before each change: no half of anything stays, and who comes too late is told',
    { ...pair.options, timeout: 600_000 },
    () => race(pair, (call) => !reading.test(call)),
  );

  test('before each look: the same', { ...all, timeout: 1_200_000 }, () =>
    race(pair, (call) => reading.test(call)),
  );
});
