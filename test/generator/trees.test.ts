import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { frameworks, servers, serversOf } from '../../generators/registry.ts';
import { recordFile } from '../../generators/render/record.ts';
import { layersOf, renderProject } from '../../generators/render/render.ts';
import { combinations, nameOf, projectFor } from '../combinations.ts';
import { repository } from '../harness.ts';

const templates = join(repository, 'templates');

test.each(combinations.map((combination) => [nameOf(combination), combination] as const))(
  '%s has these files, and of them these can be run',
  async (name, combination) => {
    const files = renderProject(projectFor(combination));
    const listing = files.map(({ path, executable }) => (executable ? `${path} *` : path)).join('\n');
    await expect(`${listing}\n`).toMatchFileSnapshot(`__trees__/${name}.files.txt`);
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
    ({ path }) => !whole.has(path) && path !== recordFile,
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
      (path) => path.endsWith('.ts'),
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
