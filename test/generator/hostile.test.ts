import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { json, md, py, sh } from '../../generators/render/escape.ts';
import { describeProject } from '../../generators/render/project.ts';
import { renderProject } from '../../generators/render/render.ts';
import { descriptions, keys } from '../../generators/settings/descriptions.ts';
import { applies } from '../../generators/settings/possible.ts';
import { UsageError } from '../../generators/settings/problems.ts';
import { complete, draftSettings } from '../../generators/settings/resolve.ts';
import { isYesNo, type Key } from '../../generators/settings/schema.ts';
import { pickled, tempFolder } from '../harness.ts';

const cwd = tempFolder();

/** What breaks out of a quoting that was forgotten, in one language or another. */
const fragments = [
  ...[
    '"',
    "'",
    '`',
    '\\',
    '$(touch pwned)',
    '`touch pwned`',
    '$' + '{HOME}',
    '$' + '{{ secrets }}',
    '<%= 1 %>',
    '<%- 1 %>',
  ],
  ...[
    '\n',
    '\r',
    '\t',
    '\u0000',
    '\u2028',
    ' ',
    '; rm -rf /',
    '&& x',
    '| x',
    '#',
    '*/',
    '--',
    '-',
    '..',
    '/',
    '~',
  ],
  ...[
    'é',
    'π',
    '日本',
    '😀',
    '{{',
    '}}',
    '%s',
    '!x',
    'RUN touch pwned',
    '"""',
    "'''",
    'a',
    'model',
    '.pkl',
    'ml.m5.large',
  ],
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));
/** A project of each kind, and the settings that it has. */
const bases: ReadonlyArray<Readonly<Record<string, string>>> = [
  { framework: 'sklearn' },
  { framework: 'transformers', 'model-server': 'vllm', task: 'text-generation' },
  { framework: 'transformers', 'model-server': 'lmi', task: 'text-generation', 'model-name': 's3://b-b/' },
];
const keysOf = (base: Readonly<Record<string, string>>) =>
  keys.filter(
    (key) =>
      !isYesNo(key) &&
      key !== 'framework' &&
      applies(key, { framework: base.framework ?? '', modelServer: base['model-server'] ?? '' }),
  );

/** Generates with one text in one setting; undefined when that was refused. */
async function generateWith(base: Readonly<Record<string, string>>, key?: Key, text = '') {
  const flags: Record<string, string> = { ...base, 'include-testing': 'yes' };
  if (!key) return render(flags);
  if (key === 'customInstanceType') flags['instance-type'] = 'custom';
  // As a name by itself hardly any text passes, as a part of one many do.
  flags[descriptions[key].flag] = key === 'modelName' ? `s3://bucket/${text}/` : text;
  if (key === 'modelPath' && join(cwd, text).startsWith(join(cwd, '/'))) {
    try {
      writeFileSync(join(cwd, text), pickled('a model'));
    } catch {
      // No file can have this name.
    }
  }
  return render(flags);
}

async function render(flags: Record<string, string>) {
  try {
    const settings = complete(await draftSettings({ commandLine: { flags }, env: {}, cwd }));
    return renderProject(describeProject(settings, cwd));
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function instructionsOf(files: Awaited<ReturnType<typeof render>>): number {
  const dockerfile = files?.find(({ path }) => path === 'Dockerfile');
  return DockerfileParser.parse(dockerfile?.contents ?? '').getInstructions().length;
}

const python = `
import ast, json, sys
for path, text in json.load(sys.stdin):
    ast.parse(text, path)
`;

test('a hostile text in any setting is refused, or comes out inert in every language', async () => {
  const rendered: [string, string][] = [];
  const accepted = new Set<Key>();
  for (const base of bases) {
    const instructions = instructionsOf(await generateWith(base));
    expect(instructions).toBeGreaterThan(5);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keysOf(base)), hostile, async (key, text) => {
        const files = await generateWith(base, key, text);
        if (!files) return;
        accepted.add(key);
        expect(instructionsOf(files)).toBe(instructions);
        for (const { path, contents } of files) {
          if (path.endsWith('.json')) JSON.parse(contents);
          rendered.push([path, contents]);
        }
      }),
      // It has the form of an adapter, and its place is none.
      { numRuns: 1000, examples: keysOf(base).includes('adapters') ? [['adapters', 'a= ']] : [] },
    );
  }
  // Some texts are harmless, and then a project comes out; parsing many files at once is quick.
  const unique = [
    ...new Map(rendered.map(([path, contents]) => [path + contents, [path, contents] as const])).values(),
  ];
  expect([...accepted]).toEqual(
    expect.arrayContaining(['modelName', 'modelPath', 'projectDir', 'projectName']),
  );
  const pythonFiles = unique.filter(
    ([path, text]) => path.endsWith('.py') || text.startsWith('#!/usr/bin/env python'),
  );
  const parsed = spawnSync('python3', ['-c', python], {
    input: JSON.stringify(pythonFiles),
    encoding: 'utf8',
  });
  expect(parsed.stderr).toBe('');
  for (const [path, contents] of unique.filter(([path]) => path.endsWith('.sh'))) {
    const { stderr } = spawnSync('bash', ['-n'], { input: contents, encoding: 'utf8' });
    expect(stderr, path).toBe('');
  }
});

/** What a language makes of literals, by its own interpreter. */
const interpreters = {
  sh: (literals: string[]) => ['bash', ['-c', `printf '%s\\0' ${literals.join(' ')}`]],
  py: (literals: string[]) => [
    'python3',
    [
      '-c',
      `import sys\nfor text in [${literals.join(', ')}]: sys.stdout.buffer.write(text.encode() + b"\\0")`,
    ],
  ],
} as const;

function understood(language: keyof typeof interpreters, literals: string[]): string[] {
  const [program, args] = interpreters[language](literals) as [string, string[]];
  return spawnSync(program, args, { encoding: 'utf8' }).stdout.split('\0').slice(0, -1);
}

test('every escaper gives back the very text in its language', () => {
  const text = hostile.filter((value) => !value.includes('\u0000') && !/\p{Cs}/u.test(value));
  fc.assert(
    // Many at once: starting the interpreters takes longer than all they do.
    fc.property(fc.array(text, { minLength: 40, maxLength: 80 }), (values) => {
      expect(understood('sh', values.map(sh))).toEqual(values);
      expect(understood('py', values.map(py))).toEqual(values);
      for (const value of values) {
        expect(JSON.parse(json(value))).toBe(value);
        expect(md(value)).not.toMatch(/(^|[^\\])[<`*_[]|\n/);
      }
    }),
    { numRuns: 5 },
  );
});
