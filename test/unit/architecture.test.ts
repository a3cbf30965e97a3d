import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../harness.ts';

/** a{b,c}d: abd and acd, of the first braces and of those that follow. */
function expanded(pattern: string): string[] {
  const [, before = '', inner, after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  if (inner === undefined) return [pattern];
  return inner.split(',').flatMap((one) => expanded(before + one + after));
}

test('the architecture says of every file of the generator what it is for', () => {
  const text = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');
  const named = [...text.matchAll(/^\| `generators\/.*$/gm)].flatMap(([row]) => {
    const patterns = [...row.matchAll(/`([\w./*{},-]+)`/g)].map(([, pattern = '']) => pattern);
    const folder = patterns[0]?.replace(/[^/]*$/, '').replace(/\{.*/, '') ?? '';
    // From the root, below generators/, or beside the first of the row.
    return patterns.flatMap((pattern) =>
      ['', 'generators/', folder].flatMap((before) => expanded(before + pattern)),
    );
  });
  const covered = (file: string) =>
    named.some((one) => (one.endsWith('/') ? file.startsWith(one) : file === one || matchesGlob(file, one)));
  const files = readdirSync(join(repository, 'generators'), { recursive: true, encoding: 'utf8' })
    .map((path) => `generators/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'));
  expect(files.filter((file) => !covered(file))).toEqual([]);
});
