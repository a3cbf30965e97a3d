import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../harness.ts';

/** What npm would publish. */
const packed = (() => {
  const [{ files }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: repository,
      encoding: 'utf8',
    }),
  );
  return files.map(({ path }: { path: string }) => path) as string[];
})();

test('the package holds the build, every template and the server, and nothing else', () => {
  const others = packed.filter((path) => !/^(dist\/generators|templates|python\/ml_serving)\//.test(path));
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  const sources = ['templates', 'python/ml_serving'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(repository.length + 1)),
  );
  expect(packed).toEqual(expect.arrayContaining(sources.filter((path) => !path.includes('__pycache__'))));
});

test('only the commands hold an index file: yo takes any other for a command too', () => {
  const commands = readdirSync(join(repository, 'generators'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('index.ts'),
  );
  expect(commands.sort()).toEqual(['app/index.ts', 'update/index.ts', 'verify/index.ts']);
  expect(packed.filter((path) => /(^|\/)index\.[cm]?js$/.test(path)).sort()).toEqual(
    ['app', 'update', 'verify'].map((name) => `dist/generators/${name}/index.js`),
  );
});

test('what the package needs at run time is what it imports, and one copy of inquirer serves all', () => {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'));
  const copies = Object.keys(packages).filter((path) =>
    /(^|\/)node_modules\/(inquirer|ejs|mem-fs)$/.test(path),
  );
  expect(copies.sort()).toEqual(['node_modules/ejs', 'node_modules/inquirer', 'node_modules/mem-fs']);
});
