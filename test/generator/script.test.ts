import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { frameworks, servers, serversOf } from '../../generators/registry.ts';
import { renderProject } from '../../generators/render/render.ts';
import { nameOf, projectFor, stacks } from '../combinations.ts';
import { bin, CommandError, command, tempFolder } from '../harness.ts';

// A project with a script of the user's: --inference-script.

const script = 'import helpers\n\n\ndef predict_fn(data, model):\n    return model.predict(data)\n';

const scripted = stacks.filter(({ modelServer }) => servers.get(modelServer)?.ours);

/** A folder with a script, a module that it imports, and a model. */
function place(): string {
  const folder = tempFolder();
  writeFileSync(join(folder, 'serve.py'), script);
  writeFileSync(join(folder, 'helpers.py'), 'x = 1\n');
  writeFileSync(join(folder, 'a.pkl'), 'a model');
  return folder;
}

const run = (cwd: string, ...args: string[]) => command(process.execPath, [bin, ...args], { cwd });

const make = (cwd: string, ...args: string[]) =>
  run(cwd, 'mine', '--framework=sklearn', '--skip-prompts', '--inference-script=serve.py', ...args);

const read = (...parts: string[]) => readFileSync(join(...parts), 'utf8');

test.each(scripted.map((of) => [nameOf(of), of] as const))(
  '%s has these files with a script',
  async (name, of) => {
    const files = renderProject(projectFor({ ...of, inferenceScript: 'code/inference.py' }));
    // Beside those without one. Of the server, which folders.
    const shown = ({ path }: { path: string }) => path.replace(/^(code\/ml_serving\/\w+\/).*/, '$1');
    const [before, after] = [renderProject(projectFor(of)), files].map((some) => new Set(some.map(shown)));
    const listing = [
      ...[...(before ?? [])].filter((path) => !after?.has(path)).map((path) => `- ${path}`),
      ...[...(after ?? [])].filter((path) => !before?.has(path)).map((path) => `+ ${path}`),
    ];
    await expect(`${listing.join('\n')}\n`).toMatchFileSnapshot(`__trees__/${name}-script.files.txt`);
    const modules = new Set(files.map(({ path }) => path.replace(/^code\/|(\/__init__)?\.py$/g, '')));
    for (const { path, contents } of files.filter(({ path }) => path.endsWith('.py')))
      for (const [, imported = ''] of contents
        .replace(/if TYPE_CHECKING:\n( .*\n|\n)+/, '')
        .matchAll(/^\s*from (ml_serving[\w.]*) import/gm))
        expect(modules, `${path} imports ${imported}`).toContain(imported.replaceAll('.', '/'));
  },
);

describe('a project', () => {
  test('gets the script and its modules byte for byte, and says whose they are', async () => {
    const cwd = place();
    const { stdout } = await make(cwd, '--model-path=a.pkl');
    expect(read(cwd, 'mine/code/inference.py')).toBe(script);
    expect(read(cwd, 'mine/code/helpers.py')).toBe('x = 1\n');
    expect(stdout).toContain('code/inference.py         your script: its functions answer requests');
    expect(read(cwd, 'mine/README.md')).toContain('| `code/inference.py` | your script');
    expect(JSON.parse(read(cwd, 'mine/ml-container.config.json')).inferenceScript).toBe('code/inference.py');
    expect(Object.keys(JSON.parse(read(cwd, 'mine/ml-container.lock.json')).files)).not.toContain(
      'code/inference.py',
    );
    expect(read(cwd, 'mine/code/model_handler.py')).toMatch(/^SCRIPT = /m);
  });

  test('made again in its folder stays as it is, edits of the script included', async () => {
    const cwd = place();
    await make(cwd);
    const project = join(cwd, 'mine');
    writeFileSync(join(project, 'code/inference.py'), `${script}# mine\n`);
    await run(project, '--skip-prompts');
    expect(read(project, 'code/inference.py')).toBe(`${script}# mine\n`);
  });

  test('is not written over another script, and with --force that one is kept', async () => {
    const cwd = place();
    mkdirSync(join(cwd, 'mine/code'), { recursive: true });
    writeFileSync(join(cwd, 'mine/code/inference.py'), 'another\n');
    await expect(make(cwd)).rejects.toThrow(
      'has files that differ from what would be written: code/inference.py.',
    );
    await make(cwd, '--force');
    expect(read(cwd, 'mine/code/inference.py')).toBe(script);
    expect(read(cwd, 'mine/code/inference.py.old')).toBe('another\n');
  });

  test('that gets one later is told where to put it, and update leaves it alone', async () => {
    const cwd = place();
    await run(cwd, 'mine', '--framework=sklearn', '--skip-prompts');
    const update = (...args: string[]) => run(cwd, 'update', 'mine', '--force', ...args);
    await expect(update('--inference-script=serve.py')).rejects.toThrow(
      'inferenceScript: code/inference.py is not there, and is left to you: copy the script there',
    );
    writeFileSync(join(cwd, 'mine/code/inference.py'), script);
    await expect(update('--inference-script=serve.py')).rejects.toThrow('give that as inferenceScript');
    await update('--inference-script=mine/code/inference.py');
    expect(read(cwd, 'mine/code/model_handler.py')).toMatch(/^SCRIPT = /m);
    expect(existsSync(join(cwd, 'mine/code/ml_serving/scripts/adapter.py'))).toBe(true);
    expect(read(cwd, 'mine/code/inference.py')).toBe(script);
    writeFileSync(join(cwd, 'mine/code/inference.py'), `${script}# mine\n`);
    expect((await update()).stdout).toContain('is up to date');
    expect(read(cwd, 'mine/code/inference.py')).toBe(`${script}# mine\n`);
  });

  test('has a serving stack that calls scripts, unless another one is asked for', async () => {
    const cwd = place();
    const answers = [
      '--framework=transformers',
      '--task=text-generation',
      '--inference-script=serve.py',
      '--skip-prompts',
    ];
    const { stdout } = await run(cwd, 'mine', ...answers);
    expect(stdout).toContain('served by FastAPI');
    expect(read(cwd, 'mine/code/model_handler.py')).toContain(
      'SCRIPT = scripted_pipeline("text-generation")',
    );
  });

  const engines = [...servers].filter(([, { ours }]) => !ours).map(([name]) => name);
  test.each(engines)('with %s is refused, with those that call scripts', async (name) => {
    const [framework = ''] = [...frameworks].find(([, one]) => serversOf(one).includes(name)) ?? [];
    const answers = [
      `--framework=${framework}`,
      `--model-server=${name}`,
      '--task=text-generation',
      '--skip-prompts',
    ];
    const failed = await run(place(), ...answers, '--inference-script=serve.py').catch(
      (error: CommandError) => error,
    );
    expect(failed).toBeInstanceOf(CommandError);
    expect((failed as CommandError).stderr).toBe(
      `error: inferenceScript: "serve.py" (--inference-script): ${name} loads the model itself, and calls no functions of a ` +
        'script; with --model-server=fastapi or flask they are called\n',
    );
  });

  test('without the script that was named is not made', async () => {
    await expect(
      run(place(), '--framework=sklearn', '--inference-script=a.pkl', '--skip-prompts'),
    ).rejects.toThrow(
      'error: inferenceScript: "a.pkl" (--inference-script): not a Python file (*.py), a folder with inference.py, ' +
        'or a tar.gz with code/inference.py',
    );
  });

  test('is told what of the files beside the script it has not', async () => {
    const cwd = place();
    writeFileSync(join(cwd, 'requirements.txt'), 'shap==0.46\n');
    const { stderr } = await make(cwd);
    expect(stderr).toContain('warning: requirements.txt beside the script asks for shap==0.46');
  });
});
