import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { type Between, between, type Ended, type Fault, reading } from './between.ts';
import { running, type Scene, scenes } from './scenes.ts';
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

function run({ project, file, args, first }: Scene, plan?: { nth: number; fault: Fault }): Promise<Ended> {
  const env = { ...world.env, PATH: `${first}:${world.env.PATH}` };
  return proxy.run(join(project, file), args, env, plan);
}

/** What a user reads of a failure: one message, of the script itself, and nothing of its inside. */
function expectMessage({ code, stderr }: Ended, file: string, what: string): void {
  expect([1, 3, 4, 5], `${what}\n${stderr}`).toContain(code);
  const messages = stderr.split('\n').filter((line) => line.startsWith(`${basename(file)}: `));
  expect(messages, `${what}\n${stderr}`).toHaveLength(1);
  expect(stderr, what).not.toMatch(/line \d+|unbound|Traceback/);
}

/** A call of a script, by its place among all, and what is done to it. */
interface Cell {
  readonly nth: number;
  readonly call: string;
  readonly fault: Fault;
}

/** Whether the script ended by it, and whether there was something left for the next run. */
async function tryOut(scene: Scene, { nth, call, fault }: Cell) {
  await scene.prepare();
  const ended = await run(scene, { nth, fault });
  const what = `${fault} at ${nth}, ${call}`;
  if (ended.code !== 0 && fault !== 'killed') expectMessage(ended, scene.file, what);
  if (scene.keepsEndpoint) {
    const now = await running(world, scene.name);
    expect(now, what).toBeDefined();
    expect(await inSageMaker(world, scene.name), what).toEqual(
      expect.arrayContaining([`configuration ${now}`, `model ${now}`]),
    );
  }
  const done = await scene.isDone();
  if (ended.code === 0) expect(done, `${what} ended with 0\n${ended.stderr}`).toBe(true);
  // Where nothing was changed, the next run is what this one would have been.
  const isBegun = !done && ended.changes.length > 0;
  if (isBegun) {
    const again = await run(scene);
    expect(again, `${what}\n${ended.stderr}`).toMatchObject({ code: 0, stderr: '' });
    expect(await scene.isDone(), what).toBe(true);
  }
  return { hasEnded: ended.code !== 0, isBegun };
}

/** Tries out some cells of the table of a script, and prints their counts. */
async function fill(name: string, scene: Scene, chosen: (cells: Cell[]) => Cell[]): Promise<void> {
  await scene.prepare();
  const { calls, ...ended } = await run(scene);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const faults: readonly Fault[] = ['denied', 'cut', 'lost', 'killed'];
  for (const fault of faults) {
    const cells = chosen(calls.map((call, n) => ({ nth: n + 1, call, fault })));
    const met: Awaited<ReturnType<typeof tryOut>>[] = [];
    for (const cell of cells) met.push(await tryOut(scene, cell));
    const count = (what: 'hasEnded' | 'isBegun') => met.filter((one) => one[what]).length;
    if (cells.length)
      console.log(`| ${name} | ${fault} | ${cells.length} | ${count('hasEnded')} | ${count('isBegun')} |`);
  }
  // Where the last cell has changed nothing, what there is may not be the project's yet.
  if (!(await scene.isDone())) expect(await run(scene)).toMatchObject({ code: 0 });
  expect(await script(world, scene.project, 'deploy/undeploy.sh', { args: ['--yes'] })).toMatchObject({
    code: 0,
  });
  expect(await inSageMaker(world, scene.name)).toEqual(scene.others ?? []);
}

const minutes = (count: number) => count * 60_000;

/** The answer is lost, or the script killed, at every sixth change: what is left is the most. */
const some = (cells: Cell[]) =>
  cells
    .filter(({ call, fault }) => !reading.test(call) && (fault === 'lost' || fault === 'killed'))
    .filter((_, n) => n % 6 === 0);

/** All others, but that a kill at a look is one at the change before it. */
const others = (cells: Cell[]) => {
  const tried = new Set(some(cells));
  const isKnown = ({ call, fault, nth }: Cell) => fault === 'killed' && reading.test(call) && nth > 1;
  return cells.filter((cell) => !tried.has(cell) && !isKnown(cell));
};

/** They come to the same changes as an update does, by another way. */
const likeAnUpdate = ['deploy.sh --adopt', 'deploy.sh, where the endpoint is Failed'];

describe.concurrent.each(Object.entries(scenes))('%s', (name, of) => {
  for (const [fault, options] of [
    // Then the AWS CLI itself tries again.
    ['throttled', all],
    ['lost once', {}],
  ] as const)
    test(`each call ${fault}, it gets through`, options, async () => {
      const scene = await of(world);
      await scene.prepare();
      const { calls, ...ended } = await run(scene, { nth: 0, fault });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect(await scene.isDone(), ended.stdout).toBe(true);
      console.log(`| ${name} | ${fault} | ${calls.length} | 0 | 0 |`);
    });

  test(
    'without an answer to some changes, or killed at them, it leaves what the next run completes, and undeploy.sh removes',
    {
      ...(likeAnUpdate.includes(name) && all),
      timeout: minutes(10),
    },
    async () => fill(name, await of(world), some),
  );

  test(
    'refused, cut off, without an answer or killed at any call, it ends with one message, and the next run completes it',
    {
      ...all,
      timeout: minutes(20),
    },
    async () => fill(name, await of(world), others),
  );
});
