import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMlflow } from '../../generators/models/mlflow.ts';
import { describeProject } from '../../generators/render/project.ts';
import { type RenderedFile, renderProject } from '../../generators/render/render.ts';
import { readSampleData } from '../../generators/sample-data/sample-data.ts';
import { complete, draftSettings, learn } from '../../generators/settings/resolve.ts';
import { readSample } from '../../generators/settings/sample.ts';
import { beginningOf, tempFolder } from '../harness.ts';

/** A file with these lines in a folder of its own. */
function file(name: string, ...lines: string[]): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const csv = (...lines: string[]) => readSampleData(file('data.csv', ...lines));
const json = (...lines: string[]) => readSampleData(file('data.jsonl', ...lines));

/** Type and whether it may be missing, by the name of the column. */
const typesOf = async (data: ReturnType<typeof csv>) =>
  Object.fromEntries(
    (await data).columns.map(({ name, type, required }) => [name, `${type}${required ? '' : '?'}`]),
  );

test('columns of CSV have the types that pandas gives them, and codes with leading zeros are text', async () => {
  const types = await typesOf(
    csv(
      'n,price,zip,smoker,when,cc,id,none',
      '270,2.5,02139,True,2024-01-01,NA,18446744073709551615,',
      '-3,,10115,FALSE,2024-01-02,DE,1,NaN',
    ),
  );
  expect(types).toEqual({
    n: 'int64',
    price: 'float64?',
    zip: 'str',
    smoker: 'bool',
    when: 'str',
    cc: 'str?',
    id: 'uint64',
    none: 'float64?',
  });
});

test('a whole number beyond uint64 makes a column text, as in pandas, unless a fraction stands before it', async () => {
  const [large, small] = ['18446744073709551616', '-9223372036854775809'];
  expect(
    await typesOf(
      csv(
        'first,later,negative,largest',
        `${large},1.5,${small},18446744073709551615`,
        `1.5,${large},1.5,1.5`,
      ),
    ),
  ).toEqual({ first: 'str', later: 'float64', negative: 'float64', largest: 'float64' });
});

test('what is said of texts in JSON lines is true of them: no reader of CSV has seen them', async () => {
  const { columns } = await json('{"zip": "02139", " when": "2024-01-01", "old": "yes"}');
  expect(columns.map(({ type, note }) => [type, note])).toEqual([
    ['str', expect.stringContaining('if the model got numbers, as pandas.read_json makes of them, int64')],
    [
      'str',
      expect.stringContaining('dates as text, as they stand; if the model got dates, which pandas.read_json'),
    ],
    ['str', 'text, as it stands; if the model got truth values, bool, and true or false in requests'],
  ]);
  for (const { note } of columns) expect(note).not.toMatch(/read_csv|skipinitialspace|decimal=|to_csv/);
});

test('JSON lines say their types themselves: 270.0 is no whole number, and "270" is text', async () => {
  const types = await typesOf(
    json(
      '{"a": 270, "b": 270.0, "c": "270", "d": true, "e": 1e3, "f": 9007199254740993}',
      '{"a": 1, "b": 2, "c": "", "d": null, "e": 1, "f": 1, "g": "x"}',
    ),
  );
  expect(types).toEqual({
    a: 'int64',
    b: 'float64',
    c: 'str',
    d: 'bool?',
    e: 'float64',
    f: 'int64',
    g: 'str?',
  });
});

test.each([
  [['2024-01-31', '2024-02-29 10:00'], 'if the model got dates, datetime64[us]'],
  [['31.12.2024', '1.2.2024'], '"format": "%d.%m.%Y"'],
  [['12/31/2024', '01/02/2024'], '"format": "%m/%d/%Y"'],
  [['31/12/2024', '01/02/2024'], '"format": "%d/%m/%Y"'],
  [['01/02/2024', '03/04/2024'], '"%m/%d/%Y" or "%d/%m/%Y"'],
  [['31.12.2024 08:15', '1.2.2024 23:59'], '"format": "%d.%m.%Y %H:%M"'],
  [['05-Mar-2024', '1-Apr-2024'], '"format": "%d-%b-%Y"'],
  [['"1,5"', '"1.234,50"'], 'numbers that are written otherwise'],
  [['567', '"1,234"'], 'numbers that are written otherwise'],
  [['$5', '$1234.50'], 'numbers that are written otherwise'],
  [['20240131', '20240229'], '"format": "%Y%m%d"'],
  [['20240131', '20240132'], undefined],
  [['12:30', '13:30'], undefined],
  [['yes', 'No'], 'if the model got truth values'],
  [['1', '?', '2.5', '?'], 'numbers beside ?: text'],
  [['9007199254740993', 'NA'], 'pandas rounds them'],
  [['2024-01-31T10:00Z', '2024-01-31 10:00:00+00:00'], 'datetime64[us, UTC]'],
  [['12', '12a'], undefined],
  [['1', '?', 'unknown'], undefined],
  [['2024-01-31', '31.12.2024'], undefined],
])('of a column of %j it is said what pandas may have been told', async (fields, note) => {
  const { columns, part } = await csv('a,b', ...fields.map((field) => `${field},1`));
  expect(columns[0]?.note).toEqual(note && expect.stringContaining(note));
  expect((await csv(...part.text.trimEnd().split('\n'))).columns).toEqual(columns);
});

test.each([
  ['Unnamed: 0', 'an index that was written along'],
  [' price', 'blanks around it'],
])('the name %j is said to be no name that the model may know', async (name, note) => {
  const { columns } = await csv(`a,${name}`, '1,2');
  expect(columns[1]?.note).toContain(note);
});

test('a column says what it cannot know', async () => {
  const { columns } = await csv('zip,when,cc', '02139,2024-01-01,NA', '10115,2024-01-02 10:00:00,DE');
  expect(columns.map(({ note }) => note)).toEqual([
    expect.stringContaining('02139 would lose'),
    expect.stringContaining('dates as text'),
    expect.stringContaining('NA was taken for missing'),
  ]);
});

test('the example is JSON as the server takes it, with what most rows have', async () => {
  const rows = ['1,,02139,True', '2,.5,"a ""b"", c",FALSE', '3,.5,"a ""b"", c",FALSE'];
  const data = await csv('n,price,zip,smoker', ...rows);
  expect(JSON.parse(data.example)).toEqual({ n: 2, price: 0.5, zip: 'a "b", c', smoker: false });
});

test('the example is the row of nobody: no value of one that only that one has', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => ({
    name: `Person ${row}`,
    id: 10_000 + row * row,
    income: 1000.25 + 137 * row,
    born: `19${10 + row}-03-05`,
    joined: `1/2/${1950 + row}`,
    city: row % 3 ? 'Oslo' : 'Bergen',
    children: row % 4,
  }));
  const names = Object.keys(rows[0] as object);
  const asCsv = await csv(names.join(','), ...rows.map((row) => Object.values(row).join(',')));
  const asJson = await json(...rows.map((row) => JSON.stringify(row)));
  for (const { example } of [asCsv, asJson]) {
    const { born, joined, ...others } = JSON.parse(example);
    expect(others).toEqual({ name: 'text', id: 10_513, income: 3670.0, city: 'Oslo', children: 0 });
    expect([born, joined]).toEqual([
      expect.stringMatching(/^19\d\d-03-05$/),
      expect.stringMatching(/^1\/2\/19\d\d$/),
    ]);
    expect(Number(joined.slice(4)) - 1950).not.toBe(Number(born.slice(0, 4)) - 1910);
    expect(example).toContain('"income": 3670.0');
  }
});

test.each([
  [['a;b', '1;2'], 'separated by ";"'],
  [['Preis, netto;Menge', '1,5;2'], 'separated by ";"'],
  [['1,2', '3,4'], 'no names of columns'],
  [[',a', '0,1'], 'index=False'],
  [['a,a', '0,1'], 'two columns called "a"'],
  [['a,b', '1,2', '3'], 'line 3 has 1 field'],
  [['a,b', '1,"2', '3,4'], 'Quote Not Closed'],
  [['a,b'], 'no row'],
  [[], 'empty'],
])('CSV that would be read wrongly is refused: %j', async (lines, reason) => {
  await expect(csv(...lines)).rejects.toThrow(reason);
});

test.each([
  ['[1]', 'not an object'],
  ['{"a": {"b": 1}}', '"a" holds a list or an object'],
  ['{"a": 1, "a": 2}', '"a" twice'],
  ['{"a": 1', 'line 2 is not JSON'],
  ['{"a": "x"}', '"a" holds text and numbers'],
  ['{"a": "\\ud800"}', 'half a surrogate pair is no text'],
  ['{"a": 1e999}', '1e999 is larger than any number'],
])('JSON lines that no column holds are refused: %s', async (line, reason) => {
  await expect(json('{"a": 1}', line)).rejects.toThrow(reason);
});

test('marks within names and texts separate nothing', async () => {
  const types = await typesOf(csv('a;b,text', '1,x; y; z; | and more', '2,z'));
  expect(types).toEqual({ 'a;b': 'int64', text: 'str' });
});

test('a file in another encoding is refused, not read as other letters', async () => {
  const path = join(tempFolder(), 'data.csv');
  writeFileSync(path, Buffer.from('name\nM\xfcnchen\n', 'latin1'));
  await expect(readSampleData(path)).rejects.toThrow('line 2 is not UTF-8');
});

test.each(['data.csv', 'data.jsonl'])(
  '%s in UTF-16 is refused, and how to make it UTF-8 said',
  async (name) => {
    const path = join(tempFolder(), name);
    writeFileSync(path, '\uFEFFname\nMünchen\n', 'utf16le');
    await expect(readSampleData(path)).rejects.toThrow(
      'it is UTF-16 text, and only UTF-8 is read: give what `iconv',
    );
  },
);

test.each([
  [['zip;price', '00501;55319.33'], 'pandas.read_csv(FILE, sep=";", dtype={"zip": "str"}), and'],
  [['zip\tprice', '10115\t2,50'], 'pandas.read_csv(FILE, sep="\\t", decimal=","), and'],
  [['note|n', 'ok, I guess|1', '"1.234,5"|2'], 'pandas.read_csv(FILE, sep="|", decimal=","), and'],
  [['a;b', '1;2'], 'pandas.read_csv(FILE, sep=";"), and'],
])('of %j the advice keeps numbers numbers, and codes texts', async (lines, advice) => {
  await expect(csv(...lines)).rejects.toThrow(advice);
});

const field = fc.constantFrom(
  '1',
  '-2',
  '02139',
  '1.5',
  '',
  'NA',
  'True',
  'text',
  '2024-01-01',
  '1e400',
  `${2n ** 63n}`,
);

test("the project's part of a large file has the same columns, and a part of the part is the same again", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field, fc.nat(300)), { minLength: 1, maxLength: 8 }),
      async (changes) => {
        const rows = changes.flatMap(([a, b, times]) => [...Array<string>(times).fill('1,x'), `${a},${b}`]);
        const all = await csv('a,b', ...rows);
        const part = await csv('a,b', ...all.part.text.trimEnd().split('\n').slice(1));
        expect(part.columns).toEqual(all.columns);
        expect(part.part.text).toBe(all.part.text);
        expect(part.example).toBe(all.example);
        expect(all.part.rows).toBeLessThan(230);
      },
    ),
    { numRuns: 30 },
  );
});

/** The files of a project that is made with such flags. */
async function projectOf(flags: Record<string, string>, cwd = tempFolder()): Promise<RenderedFile[]> {
  const given = await draftSettings({
    commandLine: { flags: { framework: 'sklearn', ...flags } },
    env: {},
    cwd,
  });
  const draft = await readSample(await learn(given));
  return renderProject(describeProject(complete(draft), cwd, draft));
}

const contentsOf = (files: readonly RenderedFile[], path: string) =>
  files.find((one) => one.path === path)?.contents;

test('--sample-data makes model/input_schema.json, and the answer for the next run', async () => {
  const data = file('houses.csv', 'zip,age,price', '02139,3,1.5', '90210,,2');
  const files = await projectOf({ 'sample-data': data, 'sample-target': 'price' });
  expect(JSON.parse(contentsOf(files, 'model/input_schema.json') ?? '')).toEqual({
    columns: [
      { name: 'zip', type: 'str', required: true },
      { name: 'age', type: 'float64', required: false },
    ],
    example: { zip: '02139', age: 3 },
  });
  expect(contentsOf(files, 'test/test_sample_data.py')).toBeDefined();
  const readme = contentsOf(files, 'README.md');
  expect(readme).toContain('| age | `float64` | yes |');
  expect(readme).toContain(`--data '{"instances": [{"zip": "02139", "age": 3}]}'`);
  expect(contentsOf(files, 'sample_data.csv')).toBe(readFileSync(data, 'utf8'));
  expect(JSON.parse(contentsOf(files, 'ml-container.config.json') ?? '')).toMatchObject({
    sampleData: 'sample_data.csv',
    sampleTarget: 'price',
  });
});

test('the example has no word that the training took for missing', async () => {
  const rows = ['flat,NA', 'NA,True', 'NA,NA', 'NA,NA', 'house,NA'];
  const files = await projectOf({ 'sample-data': file('words.csv', 'kind,sold', ...rows) });
  const { example } = JSON.parse(contentsOf(files, 'model/input_schema.json') ?? '');
  expect(example.sold).toBe(true);
  expect(['flat', 'house']).toContain(example.kind);
});

test.each([
  [{ 'sample-data': 'none.csv' }, 'no such file'],
  [{ 'sample-data': file('data.parquet', '') }, 'python code/serve schema FILE'],
  [{ 'sample-data': file('data.xlsx', '') }, 'it takes CSV'],
  [{ 'sample-target': 'y' }, 'only with sampleData'],
  [{ 'sample-data': file('data.csv', 'a', '1'), 'sample-target': 'y' }, 'no column "y", only a'],
  [
    { 'sample-data': file('data.csv', 'a', '1'), 'include-sample': 'yes' },
    'the sample model brings data of its own',
  ],
  [
    { framework: 'transformers', 'sample-data': file('data.csv', 'a', '1') },
    'only with framework=sklearn, xgboost',
  ],
])('what cannot be is said: %j', async (flags, reason) => {
  await expect(projectOf(flags)).rejects.toThrow(reason);
});

/** A folder as mlflow.sklearn.save_model makes it. */
function mlflowFolder(inputs: unknown, others: Record<string, string> = {}): string {
  const folder = join(tempFolder(), 'model');
  mkdirSync(folder);
  const text =
    inputs === undefined ? '' : `signature:\n  inputs: '${JSON.stringify(inputs).replaceAll("'", "''")}'\n`;
  writeFileSync(join(folder, 'MLmodel'), `flavors:\n  sklearn:\n    pickled_model: model.pkl\n${text}`);
  for (const [name, contents] of Object.entries({ 'model.pkl': beginningOf('pkl'), ...others }))
    writeFileSync(join(folder, name), contents);
  return folder;
}

test("an MLflow model's signature becomes the schema, in all its types", async () => {
  const types = ['boolean', 'integer', 'long', 'float', 'double', 'string', 'datetime'];
  const inputs = types.map((type) => ({ type, name: `it's ${type}`, required: type !== 'string' }));
  const files = await projectOf({ 'model-path': mlflowFolder(inputs) });
  const { columns } = JSON.parse(contentsOf(files, 'model/input_schema.json') ?? '');
  expect(columns).toEqual([
    { name: "it's boolean", type: 'bool', required: true },
    { name: "it's integer", type: 'int32', required: true },
    { name: "it's long", type: 'int64', required: true },
    { name: "it's float", type: 'float32', required: false },
    { name: "it's double", type: 'float64', required: false },
    { name: "it's string", type: 'str', required: false },
    { name: "it's datetime", type: 'datetime64[ns]', required: true },
  ]);
});

test('the signature of an array of rows has columns without names', async () => {
  const tensor = [{ type: 'tensor', 'tensor-spec': { dtype: 'float64', shape: [-1, 2] } }];
  const found = await readMlflow(mlflowFolder(tensor));
  expect(found?.columns).toEqual([
    { type: 'float64', required: false },
    { type: 'float64', required: false },
  ]);
});

test.each([
  [[{ type: 'binary', name: 'picture' }], 'a column of type binary'],
  [[{ type: 'array', name: 'list' }], 'a column of type array'],
  [[{ type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, 28, 28] } }], 'shape [-1,28,28]'],
])('a signature that no rows have is said, and makes no schema: %j', async (inputs, reason) => {
  const found = await readMlflow(mlflowFolder(inputs));
  expect(found).toEqual({ warnings: [expect.stringContaining(reason)] });
});

test('an MLmodel that is no signature of anything is not read', async () => {
  const folder = mlflowFolder([{ type: 'long', name: 'a' }]);
  truncateSync(join(folder, 'MLmodel'), 2 ** 30);
  const found = await readMlflow(folder);
  expect(found).toEqual({ warnings: [expect.stringContaining('has 1073741824 bytes: such files have')] });
});

test('a schema that came with the model stays, whatever the data would say', async () => {
  const folder = mlflowFolder([{ type: 'long', name: 'a' }], { 'input_schema.json': '{"columns": []}' });
  const files = await projectOf({ 'model-path': folder, 'sample-data': file('data.csv', 'a', '1') });
  expect(contentsOf(files, 'model/input_schema.json')).toBeUndefined();
  expect(contentsOf(files, 'sample_data.csv')).toBe('a\n1\n');
});

test('examples and schemas beside an XGBoost model are not taken for it', async () => {
  const folder = mlflowFolder(undefined, {
    'input_example.json': '{}',
    'input_schema.json': '{}',
    'xgb.json': beginningOf('json'),
  });
  const files = await projectOf({ framework: 'xgboost', 'model-format': 'json', 'model-path': folder });
  expect(contentsOf(files, 'code/model_handler.py')).toContain('MODEL_FILE = "xgb.json"');
});

test('update makes the same project again from its own part of the data', async () => {
  const cwd = tempFolder();
  const data = file('d.csv', 'zip,n', ...Array.from({ length: 300 }, (_, n) => `1,${n}`), '01234,');
  const first = await projectOf({ 'sample-data': data, 'project-name': 'p' }, cwd);
  const folder = tempFolder();
  for (const { path, contents } of first.filter(({ path }) => !path.includes('/')))
    writeFileSync(join(folder, path), contents);
  const again = await projectOf({}, folder);
  expect(again).toEqual(first);
});

test('the README lists the columns as the file declares them now, and update brings it up to date', async () => {
  const data = file('d.csv', 'zip,sold', '01234,2024-01-01');
  const first = await projectOf({ 'sample-data': data, 'project-name': 'p' }, tempFolder());
  const folder = tempFolder();
  mkdirSync(join(folder, 'model'));
  for (const { path, contents } of first.filter(({ path }) => !path.includes('/')))
    writeFileSync(join(folder, path), contents);
  const declared = contentsOf(first, 'model/input_schema.json') ?? '';
  const edited = declared.replace('"sold", "type": "str"', '"sold", "type": "datetime64[us]"');
  writeFileSync(join(folder, 'model/input_schema.json'), edited);
  const again = contentsOf(await projectOf({}, folder), 'README.md');
  expect(again).toContain('| zip | `str` | no |');
  expect(again).toContain('| sold | `datetime64[us]` | no |');
  writeFileSync(join(folder, 'model/input_schema.json'), '{"columns": [');
  expect(contentsOf(await projectOf({}, folder), 'README.md')).not.toContain('| zip |');
});
