import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { analyse } from 'scslre';
import { expect, test } from 'vitest';
import { repository } from '../harness.ts';

/** The regular expressions of a source. */
function patternsIn(text: string): { readonly pattern: string; readonly flags: string }[] {
  const found: { pattern: string; flags: string }[] = [];
  JSON.stringify(parseAst(text, { lang: 'ts' }), (_, value) => {
    if (typeof value === 'object' && value?.regex) found.push(value.regex);
    return typeof value === 'bigint' ? undefined : value;
  });
  return found;
}

// Texts of others come to many of them: 120 KB of blanks have held one for 15 s.
test('no pattern takes more than a pass over what it fails on', () => {
  const folder = join(repository, 'generators');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  let count = 0;
  const slow = sources.flatMap((path) =>
    patternsIn(readFileSync(join(folder, path), 'utf8')).flatMap(({ pattern, flags }) => {
      count++;
      // A pattern that starts anywhere in a text is looked for from each place, which is another matter.
      const { reports } = analyse({ source: pattern, flags }, { reportTypes: { Move: false } });
      return reports.length ? [`${path}: /${pattern}/${flags}`] : [];
    }),
  );
  expect(slow).toEqual([]);
  expect(count).toBeGreaterThan(200);
});
