import { expect, test } from 'vitest';
import { codingOf, errorIn, wrongJson } from '../../generators/hosting/bodies.ts';

const answer = (body: string | Buffer, headers = {}) => ({
  status: 200,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(body),
  seconds: 0,
});

test.each([
  ['{"p": [1, NaN]}', 'is none: it holds NaN or Infinity'],
  ['{"p": [-Infinity, "a \\" NaN"]}', 'is none: it holds NaN or Infinity'],
  ['{"p": [1, 2', 'ends in the middle: …{"p": [1, 2'],
  ['{"p": ["NaN", "a', 'ends in the middle: …{"p": ["NaN", "a'],
  [
    Buffer.from('{"p": ["größer", "größer"]}').subarray(0, 27),
    'ends in the middle: …{"p": ["größer", "größe; does its Content-Length count characters, not bytes?',
  ],
  ["{'p': [1]}", expect.stringMatching(/^is none: Expected property name/)],
  ['{"p": "NaN"}', undefined],
])('of JSON that is none it is said why: %s', (body, words) => {
  expect(wrongJson(answer(body))).toEqual(words);
});

test('bytes that are compressed are no wrong JSON: they are coded', () => {
  const coded = answer('\x1f\x8b', { 'content-encoding': 'GZip' });
  expect([wrongJson(coded), codingOf(coded)]).toEqual([undefined, 'gzip']);
  expect(codingOf(answer('{}', { 'content-encoding': 'identity' }))).toBe('');
});

test.each([
  ['{"statusCode": 500, "body": "no"}', true],
  ['{"error": "no attribute"}', true],
  ['{"predictions": null, "errors": [{"message": "no"}]}', true],
  ['Traceback (most recent call last):\n  File "a.py", line 3', true],
  ['{"statusCode": 200, "body": "[1]"}', false],
  ['{"predictions": [1], "error": null, "errors": []}', false],
  ['{"prediction": 3.1, "error": 0.2}', false],
  ['["error"]', false],
])('an error with 200 is seen in %s: %s', (body, seen) => {
  expect(errorIn(answer(body)) !== undefined).toBe(seen);
});
