// Writes generators/render/written-by-0.1.0.ts: what the last version without a record wrote, from the commit
// that it was. It needs that commit (no shallow clone), the packages of this version for the formatter, and a registry
// from which npm installs the packages of that one: `npm install && node scripts/written-by.js`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const commit = 'ea82babed9db';
const repository = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'written-by-'));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, maxBuffer: 1 << 28 });

try {
  const archive = run('git', ['archive', commit], repository);
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  run('npm', ['ci', '--silent', '--no-audit', '--no-fund', '--ignore-scripts'], folder);
  run(join(folder, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], folder);
  const load = (path) => import(pathToFileURL(join(folder, 'dist/generators', path)).href);
  const [{ frameworks, servers, serversOf }, { describeProject }, { renderProject }, { tasks }] =
    await Promise.all(['registry.js', 'render/project.js', 'render/render.js', 'models/tasks.js'].map(load));

  const origins = [
    { modelSource: 'hub', modelName: 'org/model' },
    { modelSource: 's3', modelName: 'org/model' },
    { modelSource: 's3', modelName: 's3://bucket/model/' },
    { modelSource: 's3', modelName: 's3://bucket/model.tar.gz' },
    { modelSource: 's3' },
  ];
  /** Everything that can be chosen and says nothing of a user: two projects of it differ in what is the user's. */
  const choices = [...frameworks].flatMap(([framework, definition]) =>
    Object.entries(definition.formats)
      .filter(([, { refused }]) => !refused)
      .flatMap(([modelFormat]) =>
        (definition.modelIs === 'folder' ? Object.keys(tasks) : [undefined]).flatMap((task) =>
          serversOf(definition, { task })
            .filter((modelServer) => servers.get(modelServer).tasks?.includes(task) ?? true)
            .flatMap((modelServer) =>
              (definition.modelIs === 'folder' ? origins : [{}]).flatMap((origin) =>
                ['ml.m6g.large', 'ml.g6.xlarge'].map((instanceType) => ({
                  framework,
                  modelFormat,
                  modelServer,
                  instanceType,
                  ...(task && { task }),
                  ...origin,
                })),
              ),
            ),
        ),
      ),
  );
  const users = [
    { projectName: 'one', awsRegion: 'us-east-1' },
    { projectName: 'another', awsRegion: 'eu-west-1', awsRoleArn: 'arn:aws:iam::123456789012:role/r' },
  ];
  const written = new Map();
  for (const choice of choices) {
    let renderings;
    try {
      renderings = users.map((user) =>
        renderProject(
          describeProject(
            { projectDir: '.', includeSampleModel: true, includeTesting: true, ...choice, ...user },
            '/nowhere',
          ),
        ),
      );
    } catch (error) {
      // Engines need a GPU.
      if (error.name === 'Error' && error.code === 2) continue;
      throw error;
    }
    for (const { path, contents } of renderings[0]) {
      const ids = written.get(path) ?? new Set();
      written.set(path, ids);
      if (renderings[1].some((other) => other.path === path && other.contents === contents))
        ids.add(blobId(contents));
    }
  }
  const entries = [...written]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, ids]) => [path, [...ids].sort()]);
  const target = join(repository, 'generators/render/written-by-0.1.0.ts');
  writeFileSync(
    target,
    [
      '// Made by scripts/written-by.js.',
      '',
      '/**',
      ' * What version 0.1.0 wrote, which recorded nothing: git blob ids by path, of each form that a file had without the',
      ' * names and places that a user gave. None where these were in all of them.',
      ' */',
      `export const writtenBy010: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(Object.fromEntries(entries))};`,
      '',
    ].join('\n'),
  );
  run(join(repository, 'node_modules/.bin/biome'), ['format', '--write', target], repository);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function blobId(contents) {
  const bytes = Buffer.from(contents);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
