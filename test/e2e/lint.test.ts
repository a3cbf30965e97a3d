import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { renderProject } from '../../generators/render/render.ts';
import { writeProject } from '../../generators/render/write.ts';
import { hasSample } from '../../generators/settings/possible.ts';
import type { Settings } from '../../generators/settings/schema.ts';
import { all } from '../all.ts';
import { combinations, nameOf, ofRows, projectFor, sources } from '../combinations.ts';
import { cachedVenv, command, repository, tempFolder } from '../harness.ts';

/** What projects of a combination can differ in: the optional parts, where the model is, and what it is for. */
function variants(combination: (typeof combinations)[number]): Record<string, Partial<Settings>> {
  const optional = { includeSampleModel: hasSample(combination), includeTesting: true };
  const plain = { whole: optional, bare: { includeSampleModel: false, includeTesting: false } };
  if (ofRows(combination)) return plain;
  const { layersByTask = {} } = projectFor(combination).support;
  const tasks = Object.keys(layersByTask).map((task) => [task, { task, includeSampleModel: false }]);
  const places = Object.entries(sources).map(([name, source]) => [
    name,
    { ...source, includeSampleModel: false },
  ]);
  return { ...plain, ...Object.fromEntries([...places, ...tasks]) };
}

/** Every file of every project, by its path below `folder`. */
const files: { project: string; path: string; contents: string }[] = [];
const folder = tempFolder();
let tools: string;

beforeAll(async () => {
  tools = await cachedVenv(join(import.meta.dirname, 'tools/requirements.txt'));
  for (const combination of combinations) {
    for (const [variant, settings] of Object.entries(variants(combination))) {
      const projectName = `${nameOf(combination)}-${variant}`.slice(0, 50);
      const project = projectFor({ ...combination, ...settings, projectName }, folder);
      const rendered = renderProject(project);
      await writeProject(project, rendered, false, console.error);
      for (const { path, contents } of rendered)
        files.push({ project: projectName, path: join(projectName, path), contents });
    }
  }
});

const paths = (fits: (file: (typeof files)[number]) => boolean) => files.filter(fits).map(({ path }) => path);
const isPython = ({ path, contents }: (typeof files)[number]) =>
  path.endsWith('.py') || contents.startsWith('#!/usr/bin/env python');
const isShell = ({ path, contents }: (typeof files)[number]) =>
  path.endsWith('.sh') || contents.startsWith('#!/usr/bin/env bash');

/** Runs a linter over files; a finding makes it fail, with what it says. */
const lint = (tool: string, args: string[], over: string[]) => {
  expect(over.length).toBeGreaterThan(combinations.length);
  return command(join(tools, 'bin', tool), [...args, ...over], { cwd: folder });
};

test.each(['test', 'python'])('the Python in %s/ passes ruff too', async (folder) => {
  const options = { cwd: join(repository, folder) };
  await command(join(tools, 'bin/ruff'), ['check', '.'], options);
  await command(join(tools, 'bin/ruff'), ['format', '--check', '.'], options);
});

describe('in every combination', () => {
  test('the Python files pass ruff, and are formatted as it formats', async () => {
    await lint('ruff', ['check', '--isolated'], paths(isPython));
    await lint('ruff', ['format', '--isolated', '--check'], paths(isPython));
  });

  // Reading them is slow: those of the others differ in few lines.
  for (const [of, options, projects] of [
    ['of scikit-learn', {}, /^sklearn-pkl-fastapi/],
    ['of all', all, /^/],
  ] as const)
    test(`the shell scripts ${of} pass shellcheck`, options, async () => {
      // Each is read with those that it sources: where all of them are alike but for the project's name, it is read once. Of
      // settings.sh, which does nothing but assign, those that source it see the names.
      const contents = new Map(
        files
          .filter((file) => isShell(file) && projects.test(file.project))
          .map(({ project, path, contents }) => [path, contents.replaceAll(project, '')]),
      );
      const seen = (path: string) =>
        path.endsWith('/settings.sh')
          ? contents.get(path)?.replaceAll(/^#.*\n|=.*/gm, '')
          : contents.get(path);
      const sourcedBy = (path: string, known = new Set<string>()): Set<string> => {
        for (const [, name = ''] of (contents.get(path) ?? '').matchAll(/# shellcheck source=(\S+)/g)) {
          const source = join(dirname(path), name);
          if (!contents.has(source) || known.has(source)) continue;
          sourcedBy(source, known.add(source));
        }
        return known;
      };
      const different = new Map<string, string>();
      for (const [path, text] of contents)
        different.set([text, ...[...sourcedBy(path)].map(seen)].join(''), path);
      const flags = ['--external-sources', '--source-path=SCRIPTDIR'];
      await lint('shellcheck', flags, [...different.values()]);
    });

  test('the Dockerfile passes hadolint', async () => {
    await lint(
      'hadolint',
      [],
      paths(({ path }) => path.endsWith('/Dockerfile')),
    );
  });

  test('the JSON files are JSON', () => {
    for (const path of paths(({ path }) => path.endsWith('.json')))
      JSON.parse(readFileSync(join(folder, path), 'utf8'));
  });

  test('no file has trailing spaces, several blank lines at its end, or a tag that was not rendered', () => {
    for (const { path, contents } of files) {
      expect(contents, path).not.toMatch(/[ \t]$/m);
      expect(contents, path).toMatch(/^$|[^\n]\n$/);
      expect(contents, path).not.toMatch(/<%|%>|undefined/);
      // Three blank lines in a row are a tag's leavings.
      expect(contents, path).not.toMatch(/\n\n\n\n/);
    }
  });
});
