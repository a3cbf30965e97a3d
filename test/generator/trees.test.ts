import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { frameworks, servers, serversOf } from '../../generators/registry.ts';
import { isEverWritten } from '../../generators/render/ever-written.ts';
import { recordFile } from '../../generators/render/record.ts';
import { layersOf, renderProject } from '../../generators/render/render.ts';
import { combinations, nameOf, ofRows, projectFor, sources } from '../combinations.ts';
import { repository } from '../harness.ts';

const templates = join(repository, 'templates');

test.each(combinations.map((combination) => [nameOf(combination), combination] as const))(
  '%s has these files, and of them these can be run',
  async (name, combination) => {
    const files = renderProject(projectFor(combination));
    // Of the server, which folders: their files are the same in all.
    const shown = (path: string) => path.replace(/^(code\/ml_serving\/\w+\/).*/, '$1');
    const listing = new Set(files.map(({ path, executable }) => `${shown(path)}${executable ? ' *' : ''}`));
    await expect(`${[...listing].join('\n')}\n`).toMatchFileSnapshot(`__trees__/${name}.files.txt`);
  },
);

test('what any project has is known as written by the generator: update removes nothing else', () => {
  const origins = [{}, ...Object.values(sources)];
  const all = combinations.flatMap((combination) =>
    (ofRows(combination) ? [{}] : origins).map((origin) => ({ ...combination, ...origin })),
  );
  for (const one of all)
    for (const { path } of renderProject(projectFor(one)))
      if (path !== recordFile) expect(path, 'to be added in ever-written.ts').toSatisfy(isEverWritten);
});

test.each(combinations.map((combination) => [nameOf(combination), combination] as const))(
  'the server in %s is, byte for byte, what is in python/',
  (_, combination) => {
    const project = projectFor(combination);
    const files = renderProject(project).filter(({ path }) => path.startsWith('code/ml_serving/'));
    for (const { path, contents } of files)
      expect(contents, path).toBe(readFileSync(join(repository, path.replace('code', 'python')), 'utf8'));
    const folders = new Set(files.map(({ path }) => path.split('/')[2]));
    expect([...folders]).toEqual(expect.arrayContaining([...project.packages, 'VERSION', 'errors.py']));
    // What one module imports of the package is there, whatever was left out.
    const modules = new Set(
      files.map(({ path }) => path.slice('code/'.length).replace(/(\/__init__)?\.py$/, '')),
    );
    for (const { path, contents } of files.filter(({ path }) => path.endsWith('.py'))) {
      // Those of other kinds of models are for type checkers only.
      const imported = contents.replace(/if TYPE_CHECKING:\n( .*\n|\n)+/, '');
      for (const [, name = ''] of imported.matchAll(/^\s*from (ml_serving[\w.]*) import/gm))
        expect(modules, `${path} imports ${name}`).toContain(name.replaceAll('.', '/'));
    }
  },
);

test.each(combinations.map((combination) => [nameOf(combination), combination] as const))(
  'what the tests and the handler of %s take of the server is defined there',
  (_, combination) => {
    const files = renderProject(projectFor(combination)).filter(({ path }) => path.endsWith('.py'));
    const contentsOf = new Map(files.map(({ path, contents }) => [path, contents]));
    for (const { path, contents } of files.filter(({ path }) => !path.startsWith('code/ml_serving/')))
      for (const [, module = '', names = ''] of contents.matchAll(
        /^\s*from (ml_serving[\w.]*) import (\([^)]*\)|.*)/gm,
      )) {
        const defined = contentsOf.get(`code/${module.replaceAll('.', '/')}.py`);
        for (const name of names.match(/\w+/g) ?? [])
          expect(defined, `${path} imports ${name} of ${module}`).toMatch(
            new RegExp(`^((async )?def |class )?${name}\\b`, 'm'),
          );
      }
  },
);

test.each([
  ['sample', { framework: 'sklearn', modelFormat: 'pkl', modelServer: 'fastapi' }],
  [
    'china',
    {
      framework: 'xgboost',
      modelFormat: 'json',
      modelServer: 'flask',
      awsRegion: 'cn-north-1',
      includeSampleModel: false,
    },
  ],
  [
    'role',
    {
      framework: 'sklearn',
      modelFormat: 'skops',
      modelServer: 'flask',
      awsRoleArn: 'arn:aws:iam::123456789012:role/path/r',
      includeTesting: false,
    },
  ],
] as const)('what depends on the answers comes out as in %s', async (name, settings) => {
  const whole = new Set(
    layersOf(projectFor(settings)).flatMap((layer) =>
      readdirSync(join(templates, layer), { recursive: true, encoding: 'utf8' }).filter(
        (path) => !path.endsWith('.ejs'),
      ),
    ),
  );
  // Files without a tag are in templates/ as they come out.
  const rendered = renderProject(projectFor({ ...settings, projectName: `my-${name}` })).filter(
    ({ path }) => !whole.has(path) && path !== recordFile && !path.startsWith('code/ml_serving/'),
  );
  const text = rendered.map(({ path, contents }) => `--- ${path}\n${contents}`).join('\n');
  await expect(text).toMatchFileSnapshot(`__trees__/${name}.txt`);
});

describe('adding a framework or a serving stack is one file and one folder', () => {
  test('each has its folder of templates, and no folder is left over', () => {
    const folders = (below: string) => readdirSync(join(templates, below)).sort();
    expect(folders('frameworks')).toEqual([...frameworks.keys()].sort());
    expect(folders('servers')).toEqual([...servers.keys()].sort());
    for (const name of frameworks.keys()) expect(folders(`frameworks/${name}`)).toContain('common');
  });

  test('each framework can be served by its default', () => {
    for (const framework of frameworks.values())
      expect(serversOf(framework)[0]).toBe(framework.defaultServer);
  });

  test('none is named outside its own file, but for the defaults in words', () => {
    const sources = readdirSync(join(repository, 'generators'), { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && path !== 'serving-facts.ts',
    );
    for (const path of sources) {
      const named = [...frameworks.keys(), ...servers.keys()].filter((name) => !path.endsWith(`/${name}.ts`));
      const code = readFileSync(join(repository, 'generators', path), 'utf8').replace(
        /\/\*[\s\S]*?\*\/|\/\/.*/g,
        '',
      );
      if (/^(frameworks|servers)\//.test(path)) continue;
      for (const name of named) expect(code, path).not.toMatch(new RegExp(`['"\`]${name}['"\`]`));
    }
  });
});
