import { afterAll, beforeAll, expect, test } from 'vitest';
import { sceneOf, scenes } from './scenes.ts';
import { inSageMaker, onTerminal, startAws, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startAws('eu-west-1');
});

afterAll(() => world.close());

test('undeploy.sh on a terminal shows what it would delete, and deletes it by yes, by no other answer', async () => {
  const scene = await scenes['undeploy.sh']?.(world);
  if (!scene) throw new Error('no such scene');
  await scene.prepare();
  const before = await inSageMaker(world, scene.name);
  const asked = (keys: string) =>
    onTerminal(world, scene.project, [scene.file], ['Delete all of it? (yes/no) ', keys]);

  // An end of input, Ctrl-D, is no answer; Ctrl-C ends it as a signal does.
  for (const keys of ['no\r', 'n\r', '\r', 'yes please\r', '\x04']) {
    const kept = await asked(keys);
    expect(kept, keys).toMatchObject({ code: 1 });
    expect(kept.screen).toContain('undeploy.sh: nothing was deleted');
    expect(await inSageMaker(world, scene.name)).toEqual(before);
  }
  expect(await asked('\x03')).toMatchObject({ code: null });
  expect(await inSageMaker(world, scene.name)).toEqual(before);

  const { code, screen } = await asked('y\r');
  expect(code, screen).toBe(0);
  expect(screen).toContain(`  endpoint ${scene.name} (InService)\n`);
  for (const one of before.filter((text) => text.startsWith('model'))) expect(screen).toContain(one);
  expect(await inSageMaker(world, scene.name)).toEqual([]);
});

test('deploy.sh on a terminal asks for a role where there is none, and takes no empty answer and no role of another account', async () => {
  const scene = await sceneOf(world, 'deploy');
  scene.set('ROLE_ARN', '');
  const asked = (keys: string) =>
    onTerminal(world, scene.project, [scene.file], ['ARN of the IAM role that SageMaker takes on: ', keys]);
  const none = await asked('\x04');
  expect(none.code).toBe(1);
  expect(none.screen).toContain('deploy.sh: no role: set ROLE_ARN');
  for (const [typed, said] of [
    [
      'arn:aws:iam::999999999999:role/abroad',
      'the role is of another: arn:aws:iam::999999999999:role/abroad',
    ],
    ['SageMakerExecution', 'the ARN of the role is SageMakerExecution, which has not the form of one'],
  ]) {
    const refused = await asked(`${typed}\r`);
    expect(refused.code).toBe(1);
    expect(refused.screen).toContain(said);
    expect(await inSageMaker(world, scene.name)).toEqual([]);
  }
  const given = await asked('arn:aws:iam::123456789012:role/given\r');
  expect(given.code, given.screen).toBe(0);
});
