import { describe, expect, test } from 'vitest';
import { frameworks, servers } from '../../generators/registry.ts';
import { renderProject } from '../../generators/render/render.ts';
import { combinations, nameOf, projectFor } from '../combinations.ts';

// The tests of python/ run with what projects get that is no part of ml_serving, and pyright reads it.

/** Writes what a project holds at a path, or compares it with what is written. */
async function keep(path: string, of: Parameters<typeof projectFor>[0], as: string) {
  const file = renderProject(projectFor(of)).find((one) => one.path === path);
  await expect(file?.contents).toMatchFileSnapshot(`../../python/tests/rendered/${as}`);
}

describe('what python/tests runs with is what projects get', () => {
  const handlers = [...frameworks].flatMap(([framework, { formats, servedBy, defaultServer }]) =>
    Object.keys(formats).flatMap((modelFormat) => {
      const tasks = Object.keys(servedBy.python?.layersByTask ?? {});
      const name = (of: string) => `handlers/${framework}_${of}.py`.replaceAll('-', '_');
      const ours = [...servers].find(([, { ours }]) => ours)?.[0] ?? defaultServer;
      const of = { framework, modelFormat, modelServer: ours };
      return tasks.length
        ? tasks.map((task) => [name(task), { ...of, task }] as const)
        : [[name(modelFormat), of] as const];
    }),
  );
  // Each framework in its first format, with a script of the user's.
  const scripted = [...frameworks].flatMap(([framework, { formats, servedBy, sample }]) => {
    const [modelFormat] = Object.keys(formats);
    const [modelServer] = [...servers].find(([, { ours }]) => ours) ?? [];
    if (!servedBy.python?.script || !modelFormat || !modelServer) return [];
    const task = sample.task && { task: sample.task };
    const of = { framework, modelFormat, modelServer, ...task, inferenceScript: 'inference.py' };
    return [[`handlers/${framework}_script.py`, of] as const];
  });
  test.each([...handlers, ...scripted])('%s', (name, of) => keep('code/model_handler.py', of, name));

  const ours = (modelServer: string) => servers.get(modelServer)?.ours;
  const stacks = [...servers.keys()].map(
    (name) => [name, combinations.find(({ modelServer }) => modelServer === name)] as const,
  );
  test.each(stacks)('%s: serve and app.py', async (name, of) => {
    if (!of) throw new Error(`nothing is served by ${name}`);
    await keep('code/serve', of, `serve/${name}.py`);
    if (ours(name)) await keep('code/app.py', of, `apps/${name}.py`);
  });

  // The engines themselves, in the versions of their images: tests ask their parsers.
  const engines = [...servers].flatMap(([name, { image }]) => {
    const [, version] = /:v([\d.]+)$/.exec(image.name) ?? [];
    return version ? [[name, `${name}==${version}\n`] as const] : [];
  });
  test.each(engines)('%s: its version', (name, pin) =>
    expect(pin).toMatchFileSnapshot(`../../python/tests/rendered/engines/${name}.txt`),
  );

  // What is said of them, which their code is asked for.
  test('what engines can do', async () => {
    const able = Object.fromEntries(
      [...servers].flatMap(([name, server]) => (server.able ? [[name, server.able]] : [])),
    );
    const text = `${JSON.stringify(able, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../python/tests/rendered/engines/able.json');
  });

  test.each(combinations.map((of) => [nameOf(of), of] as const))('%s: requirements.txt', (name, of) =>
    keep('requirements.txt', of, `requirements/${name}.txt`),
  );
});
