import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Project } from '../../generators/render/project.ts';
import { renderProject } from '../../generators/render/render.ts';
import { writeProject } from '../../generators/render/write.ts';
import { nameOf, ofRows, projectFor, sources, stacks } from '../combinations.ts';
import { cleanEnv, command, tempFolder } from '../harness.ts';

let folder: string;
const git = async (...args: string[]) => {
  const identity = ['-c', 'user.name=me', '-c', 'user.email=me@localhost'];
  const env = { ...cleanEnv, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return (await command('git', [...identity, ...args], { cwd: folder, env })).stdout;
};

beforeEach(async () => {
  folder = join(tempFolder(), 'project');
  mkdirSync(folder);
  await git('init', '--quiet');
});

/** Writes a project, and what its use leaves beside it. */
async function written(project: Project, ...others: string[]) {
  const files = renderProject(project);
  await writeProject(project, files, false, console.error);
  for (const path of others) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'x\r\n');
  }
  return files;
}

const added = async () => {
  await git('add', '.');
  return (await git('ls-files', '-z')).split('\0').filter(Boolean).sort();
};

const leavings = ['.venv/bin/python', 'code/__pycache__/app.cpython-312.pyc', '.pytest_cache/README.md'];

test.each(stacks.map((stack) => [nameOf(stack), stack] as const))(
  'git add . takes every generated file of %s as it was written, and nothing that its use leaves there',
  async (_, stack) => {
    const files = await written(projectFor({ ...stack, projectDir: folder }, '/'), ...leavings);
    expect(await added()).toEqual(files.map(({ path }) => path).sort());
    const lock = files.find(({ path }) => path === 'ml-container.lock.json')?.contents ?? '';
    const stages = (await git('ls-files', '--stage')).matchAll(/^\d+ (\w+) 0\t(.*)$/gm);
    const kept = Object.fromEntries([...stages].map(([, id, path]) => [path, id]));
    // What `update` starts from, when it merges: git has it under the recorded name.
    expect(kept).toMatchObject(JSON.parse(lock).files);
  },
);

const model = ['model/config.json', 'model/model.safetensors', 'model/.cache/huggingface/x.metadata'];
const [ofFolders] = stacks.filter((stack) => !ofRows(stack));

test.each(Object.entries(sources))(
  'the gigabytes of a model from %s are no part of the repository',
  async (_, source) => {
    if (!ofFolders) throw new Error('no framework has models that are folders');
    const project = projectFor({ ...ofFolders, ...source, projectDir: folder }, '/');
    const files = await written(project, ...model);
    expect(await added()).toEqual(files.map(({ path }) => path).sort());
  },
);

test('a model that is one file is kept only where git is told so, then byte for byte, and scripts have the line ends of Linux', async () => {
  const [ofRow] = stacks.filter(ofRows);
  if (!ofRow) throw new Error('no framework has models that are one file');
  await written(projectFor({ ...ofRow, projectDir: folder }, '/'), 'model/model.pkl');
  writeFileSync(join(folder, 'model/input_schema.json'), '{"columns": []}');
  const inModel = async () => (await added()).filter((path) => path.startsWith('model/'));
  expect(await inModel()).toEqual(['model/input_schema.json']);
  await git('add', '--force', 'model/model.pkl');
  expect(await inModel()).toContain('model/model.pkl');
  expect(await git('show', ':model/model.pkl')).toBe('x\r\n');
  await git('commit', '--quiet', '--message=all');
  await git('config', 'core.autocrlf', 'true');
  await git('rm', '--quiet', '--cached', '-r', '.');
  await git('reset', '--quiet', '--hard');
  expect((await git('ls-files', '--eol')).match(/^.*w\/crlf.*$/gm)).toEqual([
    expect.stringContaining('model/model.pkl'),
  ]);
});
