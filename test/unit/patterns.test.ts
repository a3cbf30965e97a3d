import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { analyse } from 'scslre';
import { expect, test, vi } from 'vitest';
import { control, runtime } from '../../generators/local/api/model.ts';
import { modelFileFacts } from '../../generators/serving.ts';
import { repository } from '../harness.ts';

interface Pattern {
  readonly pattern: string;
  readonly flags: string;
}

const folder = join(repository, 'generators');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, ...patternsIn(readFileSync(join(folder, path), 'utf8')) }));

/** The regular expressions of a source, and how many it makes of texts. */
function patternsIn(text: string): { readonly literals: readonly Pattern[]; readonly made: number } {
  const literals: Pattern[] = [];
  let made = 0;
  JSON.stringify(parseAst(text, { lang: 'ts' }), (_, value) => {
    if (typeof value === 'object' && value?.regex) literals.push(value.regex);
    if (/^(New|Call)Expression$/.test(value?.type) && value.callee?.name === 'RegExp') made++;
    return typeof value === 'bigint' ? undefined : value;
  });
  return { literals, made };
}

const isSlow = ({ pattern, flags }: Pattern) => analyse({ source: pattern, flags }).reports.length > 0;

// Texts of others come to many of them: 120 KB of blanks have held one for 15 s.
test('no pattern takes more than a pass over what it fails on', () => {
  const slow = sources.flatMap(({ path, literals }) =>
    literals.filter(isSlow).map(({ pattern, flags }) => `${path}: /${pattern}/${flags}`),
  );
  expect(slow).toEqual([]);
  expect(sources.flatMap(({ literals }) => literals).length).toBeGreaterThan(200);
});

/** What sources make patterns of when they are loaded, which is recorded, or later, which is here. */
const later: Readonly<Record<string, readonly Pattern[]>> = {
  'models/file-kinds.ts': [{ pattern: modelFileFacts.namedInPickle, flags: 'g' }],
  'local/api/validate.ts': [control, runtime]
    .flatMap(({ shapes }) => Object.values(shapes))
    // AWS's own for addresses: whoever calls the service on this machine holds up nobody else.
    .filter(({ pattern }) => !pattern?.includes('://([^/]+)/?(.*)'))
    .flatMap(({ pattern }) => (pattern === undefined ? [] : [{ pattern: `^(?:${pattern})$`, flags: 'u' }])),
};

test('nor does one that is made of a text', async () => {
  const slow: string[] = [];
  for (const { path, made } of sources.filter((source) => source.made)) {
    const patterns = [...(await madeOnLoading(path)), ...(later[path] ?? [])];
    expect([path, patterns.length]).toEqual([path, expect.toSatisfy((count) => count >= made)]);
    slow.push(...patterns.filter(isSlow).map(({ pattern, flags }) => `${path}: /${pattern}/${flags}`));
  }
  expect(slow).toEqual([]);
});

async function madeOnLoading(path: string): Promise<Pattern[]> {
  const patterns: Pattern[] = [];
  const recording = new Proxy(RegExp, {
    construct(target, [pattern, flags = '']) {
      if (typeof pattern === 'string') patterns.push({ pattern, flags });
      return new target(pattern, flags);
    },
  });
  vi.resetModules();
  vi.stubGlobal('RegExp', recording);
  try {
    await import(join(folder, path));
  } finally {
    vi.unstubAllGlobals();
  }
  return patterns;
}
