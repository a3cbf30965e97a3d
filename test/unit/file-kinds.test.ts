import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { adviceOn, kindOf, missingIn } from '../../generators/models/file-kinds.ts';
import { frameworks } from '../../generators/registry.ts';
import { modelFileFacts } from '../../generators/serving.ts';
import { formatAt, formatOf } from '../../generators/settings/formats.ts';
import { tempFolder } from '../harness.ts';

/** How files begin that the libraries themselves wrote. */
const heads = {
  'xgboost-ubj': 'e0wAAAAAAAAAB2xlYXJuZXJ7TAAAAAAAAAAKYXR0cmlidXRlc3tM',
  'xgboost-json': 'eyJsZWFybmVyIjp7ImF0dHJpYnV0ZXMiOnsic2Npa2l0X2xlYXJuIjoi',
  // By dump_model as JSON and as text, of XGBoost 3.2 and 1.7.
  'xgboost-dump': 'WwogIHsgIm5vZGVpZCI6IDAsICJkZXB0aCI6IDAsICJzcGxpdCI6ICJmMiIs',
  'text dump': 'Ym9vc3RlclswXToKMDpbZjA8MC4wMjIzMDAyNDE1XSB5ZXM9MSxubz0yLG1pc3Npbmc9MQo=',
  // By save_model("old.model") of XGBoost 1.7.
  'xgboost-binary':
    'YmluZgAAAD8CAAAAAAAAAAEAAAAAAAAAAQAAAAcAAAABAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPAAAAAAAAAGJp' +
    'bmFyeTpsb2dpc3RpYwYAAAAAAAAAZ2J0cmVlAQAA',
  booster: 'gASVyxMAAAAAAACMDHhnYm9vc3QuY29yZZSMB0Jvb3N0ZXKUk5QpgZR9lCiMBmhhbmRsZZSM',
  XGBClassifier: 'gASVQUcAAAAAAACMD3hnYm9vc3Quc2tsZWFybpSMDVhHQkNsYXNzaWZpZXKUk5QpgZR9lCiM',
  Pipeline: 'gASVIQUAAAAAAACMEHNrbGVhcm4ucGlwZWxpbmWUjAhQaXBlbGluZZSTlCmBlH2UKIwFc3RlcHOU',
  imblearn: 'gASVnQoAAAAAAACMEWltYmxlYXJuLnBpcGVsaW5llIwIUGlwZWxpbmWUk5QpgZR9lCiMBXN0ZXBz',
  dict: 'gASVpgQAAAAAAAB9lCiMBW1vZGVslIwec2tsZWFybi5saW5lYXJfbW9kZWwuX2xvZ2lzdGljlIwSTG9naXN0aWNSZWdyZXNzaW9ulJOU',
  skops: 'UEsDBBQAAAAAAK6pfF2HHSJP+AAAAPgAAAATAAAAMTM5OTUyODYwMTg5NTIwLm5weZNOVU1QWQEA',
};
const bytes = (head: keyof typeof heads) => Buffer.from(heads[head], 'base64');

/** A new file of these contents. */
function file(name: string, contents: Buffer | string): string {
  const path = join(tempFolder(), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
  return path;
}

test.each([
  ['m.model', 'xgboost-ubj', 'ubj'],
  ['m.bst', 'xgboost-json', 'json'],
  ['xgboost-model', 'xgboost-ubj', 'ubj'],
  ['m.json', 'xgboost-ubj', 'ubj'],
  ['m.ubj', 'xgboost-json', 'json'],
  ['m.anything', 'xgboost-json', 'json'],
] as const)('of XGBoost, %s with the contents of %s is %s', (name, head, format) => {
  expect(formatOf('xgboost', file(name, bytes(head)))).toBe(format);
});

test('of scikit-learn, what a pickle is called says which of its formats it is, and contents come first', () => {
  for (const [name, format] of [
    ['m.pkl', 'pkl'],
    ['m.sav', 'pkl'],
    ['model', 'pkl'],
    ['m.joblib', 'joblib'],
    ['m.skops', 'pkl'],
  ] as const)
    expect(formatOf('sklearn', file(name, bytes('Pipeline')))).toBe(format);
  expect(formatOf('sklearn', file('m.pkl', bytes('skops')))).toBe('skops');
  expect(formatOf('sklearn', file('m.pkl', deflateSync(bytes('Pipeline'))))).toBe('pkl');
});

test('the only model in a folder says its format; tables and notes beside it are none', () => {
  const folder = dirname(file('xgboost-model', bytes('xgboost-ubj')));
  for (const [name, text] of [
    ['names.json', '{"a": 1}'],
    ['input_schema.json', '{"columns": []}'],
    ['README', 'notes'],
  ] as const)
    writeFileSync(join(folder, name), text);
  expect(formatAt('/', 'xgboost', folder)).toBe('ubj');
  writeFileSync(join(folder, 'second.model'), bytes('xgboost-json'));
  expect(formatAt('/', 'xgboost', folder)).toBe(undefined);
});

test.each([
  ['xgboost', 'xgboost-dump', /^a dump of XGBoost's trees.*: save the model itself/],
  ['xgboost', 'text dump', /^a dump of XGBoost's trees/],
  ['xgboost', 'xgboost-binary', /^a model in XGBoost's old binary format.*model_file='m\.x'/],
  [
    'xgboost',
    'booster',
    /^a pickle of xgboost\.core\.Booster: .*joblib\.load\('m\.x'\)\.save_model\('model\.json'\)/,
  ],
  ['xgboost', 'XGBClassifier', /^a pickle of xgboost\.sklearn\.XGBClassifier: .*save_model/],
  ['xgboost', 'Pipeline', /^a pickle of sklearn\.pipeline\.Pipeline: .*--framework=sklearn$/],
  ['xgboost', 'dict', /^a pickle: .*--framework=sklearn$/],
  ['sklearn', 'xgboost-ubj', /^a model of XGBoost, .*--framework=xgboost$/],
  ['sklearn', 'xgboost-binary', /--framework=xgboost, which says how to convert it$/],
] as const)('%s says of %s what it is, and what helps', (framework, head, says) => {
  const path = file('m.x', bytes(head));
  const kind = kindOf(path);
  expect(formatOf(framework, path)).toBe(undefined);
  expect(kind && adviceOn(path, kind, framework)).toMatch(says);
});

test('the old binary format is known without its mark, as XGBoost before 1.0 wrote it', () => {
  expect(kindOf(file('m', bytes('xgboost-binary').subarray(4)))?.name).toBe('xgboost-binary');
});

test('a path that leads through a file is no model, and no fault of ours', () => {
  expect(formatAt('/', 'sklearn', join(file('m.pkl', bytes('Pipeline')), 'm'))).toBe(undefined);
});

test('an archive is not taken for a compressed pickle', () => {
  const header = Buffer.alloc(512);
  header.write('m.pkl');
  header.write('ustar', 257);
  expect(kindOf(file('m.pkl', gzipSync(header)))?.name).toBe('tar');
  expect(kindOf(file('m.pkl', gzipSync(bytes('Pipeline'))))?.name).toBe('gzip');
});

test('what is no kind that is known may be a model', () => {
  expect(kindOf(file('m.pkl', Buffer.from([0, 1, 2, 3, 255])))).toBe(undefined);
  expect(formatOf('sklearn', file('m.pkl', Buffer.from([0, 1, 2, 3, 255])))).toBe('pkl');
});

test('packages that a pickle needs beside those of the project are named as the index has them', () => {
  const requirements = ['scikit-learn', 'numpy'];
  for (const [head, says] of [
    ['XGBClassifier', 'xgboost-cpu'],
    ['imblearn', 'imbalanced-learn'],
  ] as const)
    expect(missingIn(file('m.pkl', bytes(head)), requirements)).toEqual([
      `m.pkl needs ${says}, which the project does not have: add it to requirements.txt, in the version of training`,
    ]);
  expect(missingIn(file('m.pkl', bytes('Pipeline')), requirements)).toEqual([]);
  expect(missingIn(file('m.pkl', deflateSync(bytes('imblearn'))), requirements)).toHaveLength(1);
});

test('a class of the notebook is named with the line that brings it', () => {
  const pickle = Buffer.from('\x80\x02c__main__\nInMain\nq\x00)\x81q\x01.', 'latin1');
  expect(missingIn(file('m.pkl', pickle), [])).toEqual([
    expect.stringMatching(/\(InMain\): put that.*from training import InMain$/),
  ]);
});

test('every kind of contents of a format is one that the server knows, and is read by one framework only', () => {
  const contents = [...frameworks].map(
    ([, { formats }]) => new Set(Object.values(formats).flatMap(({ contents = [] }) => contents)),
  );
  const names = modelFileFacts.kinds.map(({ name }) => name);
  const all = contents.flatMap((one) => [...one]);
  expect(new Set(all).size).toBe(all.length);
  expect(names).toEqual(expect.arrayContaining(all));
});
