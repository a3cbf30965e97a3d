import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePython } from '../../generators/models/json.ts';

test('what Python writes for no number is null, and in a text it is that text', () => {
  expect(parsePython('{"a": NaN, "b": [Infinity,-Infinity], "NaN": "NaN, \\" NaN", "c": 1}')).toEqual({
    a: null,
    b: [null, null],
    NaN: 'NaN, " NaN',
    c: 1,
  });
  for (const none of ['{"a": NaNa}', '{"a": "NaN', '{a: NaN}', 'NaN NaN', '{"a": nan}'])
    expect(() => parsePython(none)).toThrow(SyntaxError);
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, first) => {
      const pair = JSON.stringify([value, 'here']);
      const withNaN = first ? pair.replace(/^\[/, '[NaN,') : pair.replace(/\]$/, ',NaN]');
      expect(parsePython(withNaN)).toEqual(
        JSON.parse(withNaN.replace(/^\[NaN|NaN\]$/, (m) => m.replace('NaN', 'null'))),
      );
    }),
  );
});

test('however long and odd such a text is, it is read once', () => {
  // What looked at each place again and again took longer than a test may.
  const much = 2 ** 18;
  const odd = [' '.repeat(much), '\\"'.repeat(much), '"\\'.repeat(much), 'Na'.repeat(much)];
  for (const part of odd) {
    for (const text of [`{"a": NaN,${part}`, `"${part}`, `[NaN${part}]`, part]) {
      try {
        parsePython(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }
  }
});
