import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSampleData } from '../../generators/sample-data/sample-data.ts';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';
import { verify } from './verify/run.ts';

const digits = fc.stringMatching(/^[0-9]{1,21}$/);

/** Fields as they are found in files, and such as look like them. */
const field = fc.oneof(
  { weight: 4, arbitrary: fc.integer().map(String) },
  { weight: 2, arbitrary: fc.constantFrom('', 'NA', 'nan', 'null', 'None', 'N/A', '<NA>', ' NA', 'na') },
  { weight: 2, arbitrary: fc.double({ noNaN: true }).map(String) },
  fc.constantFrom('True', 'false', 'TRUE', 'tRue', 'yes', 'T', ' True'),
  fc.constantFrom(
    '1.',
    '.5',
    '.',
    '-',
    '+',
    '1e',
    '1e5',
    '1E+5',
    '1e 5',
    'inf',
    '-Infinity',
    '+INF',
    'infty',
    '0x1',
    '1_0',
  ),
  fc.constantFrom(' 1', '1 ', '- 1', '--1', '1 2', '\u00a01', '\u0663', '-0', '1,5', '1;5', '"', 'a"b'),
  fc.tuple(fc.constantFrom('', '-', '+'), digits).map(([sign, text]) => sign + text),
  fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString().slice(0, 10)),
  fc.stringMatching(/^[a-z "]{1,5}$/),
);

/** A column is mostly of one kind. */
const column = fc.oneof(
  fc.array(fc.integer().map(String), { minLength: 6, maxLength: 6 }),
  fc
    .tuple(field, field, field)
    .chain((some) => fc.array(fc.constantFrom(...some), { minLength: 6, maxLength: 6 })),
);

const quoted = (text: string, always: boolean) =>
  always || /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

test('columns of random CSV are what pandas.read_csv makes of them, but for numbers with leading zeros or a plus', async () => {
  const project = await generate(['types', '--framework=sklearn']);
  const venv = await cachedVenv(join(project, 'requirements.txt'));
  const folder = tempFolder();
  const tables = fc.sample(fc.tuple(fc.array(column, { minLength: 1, maxLength: 8 }), fc.boolean()), 400);
  for (const [number, [columns, always]] of tables.entries()) {
    const names = columns.map((_, place) => `c${place}`);
    const rows = Array.from({ length: 6 }, (_, row) => columns.map((one) => quoted(one[row] ?? '', always)));
    // A field that is there in each row: without one, a line of nothing is no row.
    const lines = [[...names, 'row'], ...rows.map((row, place) => [...row, `r${place}`])];
    writeFileSync(join(folder, `${number}.csv`), `${lines.map((line) => line.join(',')).join('\n')}\n`);
  }
  const { stdout } = await command(join(venv, 'bin/python'), [
    join(import.meta.dirname, 'python/dtypes.py'),
    folder,
  ]);
  const read: Record<string, Record<string, [string, boolean]>> = JSON.parse(stdout);
  let compared = 0;
  for (const [number, [columns]] of tables.entries()) {
    const found = await readSampleData(join(folder, `${number}.csv`));
    for (const [place, fields] of columns.entries()) {
      const [dtype, missing] = read[number]?.[`c${place}`] ?? ['', false];
      const isCode = fields.some((one) => /^\s*(\+\d|[+-]?0\d)/.test(one));
      const { type, required } = found.columns[place] ?? {};
      // Of truth values with missing ones, and of numbers that no dtype has, pandas makes objects.
      const objects = fields.some((one) => /^\s*[+-]?\d/.test(one)) ? 'str' : 'bool';
      const expected =
        isCode && /^u?int|^float|^object/.test(dtype) ? 'str' : dtype === 'object' ? objects : dtype;
      expect([type, !required], JSON.stringify(fields)).toEqual([expected, missing]);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(1000);
});

test('a project with rows of the training data passes its own tests, and verify asks it what it shows', async () => {
  const rows = Array.from(
    { length: 40 },
    (_, row) => `${['02139', '10115', 'NA'][row % 3]},${row},${row % 2}`,
  );
  const data = join(tempFolder(), 'houses.csv');
  writeFileSync(data, `zip,age,price\n${rows.join('\n')}\n`);
  const project = await generate([
    'houses',
    '--framework=sklearn',
    `--sample-data=${data}`,
    '--sample-target=price',
  ]);
  const requirements = ['requirements.txt', 'test/requirements.txt'].map((file) => join(project, file));
  const venv = await cachedVenv(...requirements);
  const python = join(venv, 'bin/python');
  await command(python, [
    join(import.meta.dirname, 'python/houses.py'),
    data,
    join(project, 'model/model.pkl'),
  ]);
  const env = activated(venv);
  const { stdout } = await command(python, ['-m', 'pytest', 'test', '-q'], { cwd: project, env });
  expect(stdout).toMatch(/\d+ passed/);
  expect(stdout).not.toMatch(/skipped|failed|warning/);
  const { report } = await verify([project, '--only=starts,invocations'], env);
  const { status, detail } = report.checks.find(({ id }) => id === 'invocations') ?? {};
  expect([status, detail]).toEqual(['passed', 'application/json, text/csv, application/jsonlines']);
});
