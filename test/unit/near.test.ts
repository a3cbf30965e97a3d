import { describe, expect, test } from 'vitest';
import { alike, isOwn } from '../../generators/hosting/answers.ts';
import { difference, isAnothers, scalesOf } from '../../generators/hosting/near.ts';

const answer = (body: string, type = 'application/json') => ({
  status: 200,
  headers: { 'content-type': type },
  body: Buffer.from(body),
  seconds: 0,
  varying: new Set<string>(),
});

/** Rounded to 11 bits, as float16 is. */
function half(number: number): number {
  if (number === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(number))) - 10);
  return Math.round(number / unit) * unit;
}

/** Random numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/** Class probabilities of a network whose sums are made in blocks of another size for each batch, as BLAS does. */
function network(precision: (number: number) => number, seed: number) {
  const draw = random(seed);
  const sizes = [4, 64, 64, 64, 3];
  const layers = sizes
    .slice(1)
    .map((to, layer) =>
      Array.from({ length: to }, () =>
        Array.from({ length: sizes[layer] ?? 0 }, () =>
          precision((draw() * 6) / Math.sqrt(sizes[layer] ?? 1)),
        ),
      ),
    );
  const rows = Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => draw() * 6));
  const sum = (terms: number[], block: number) => {
    let total = 0;
    for (let from = 0; from < terms.length; from += block)
      total = precision(total + terms.slice(from, from + block).reduce((a, b) => Math.fround(a + b), 0));
    return total;
  };
  const logits = (block: number) =>
    rows.map((row) =>
      layers.reduce(
        (values, layer, depth) =>
          layer
            .map((weights) =>
              sum(
                weights.map((weight, at) => Math.fround(weight * (values[at] ?? 0))),
                block,
              ),
            )
            .map((value) => (depth < layers.length - 1 ? Math.max(0, value) : value)),
        row,
      ),
    );
  const probabilities = (all: number[][]) =>
    all.map((row) => {
      const powers = row.map((value) => Math.exp(value - Math.max(...row)));
      return powers.map((power) => power / powers.reduce((a, b) => a + b));
    });
  return (block: number) => ({ logits: logits(block), probabilities: probabilities(logits(block)) });
}

describe('answers to the same rows in batches of different sizes', () => {
  test.each([
    ['float32', Math.fround, [1, 4, 7, 16]],
    // Its sums are made in float32, and put together from a few.
    ['float16', half, [32, 48]],
  ])('of a network in %s are the same, and those of different rows are not', (_, precision, blocks) => {
    const networks = 40;
    let differing = 0;
    for (let seed = 1; seed <= networks; seed++) {
      const predict = network(precision, seed);
      const alone = predict(64);
      const scales = scalesOf([alone]);
      for (const block of blocks) {
        const got = predict(block);
        differing += Number(JSON.stringify(got) !== JSON.stringify(alone));
        expect(difference(got, alone)).toBeUndefined();
        for (const [row, own] of alone.logits.entries()) {
          expect(isAnothers(got.logits[row], own, alone.logits, scales, '/logits/*')).toBe(false);
          const other = alone.logits[(row + 1) % 3];
          expect(difference(other, own, scales, '/logits/*')).toMatch(/ instead of /);
        }
      }
    }
    // It is rounding that is looked at here.
    expect(differing).toBeGreaterThan(networks);
  });

  test.each([
    ['zeros', '[0.0, 0.0]', '0 instead of 0.31'],
    ['numbers with too few digits', '[0.3, 0.7]', '0.3 instead of 0.31'],
    ['a class for a probability', '[0, 1]', '0 instead of 0.31'],
    ['a text for a number', '["0.31", 0.69]', '"0.31" instead of 0.31'],
    ['nothing for a number', '[null, 0.69]', 'null instead of 0.31'],
  ])('are others with %s', (_, got, words) => {
    expect(difference(JSON.parse(got), [0.31, 0.69])).toBe(words);
  });

  test('are no nearer for an id, a count or a time that is large', () => {
    const known = answer('{"id": 17328812, "at": 1732881234.5, "p": [0.1, 0.9]}');
    expect(alike(answer('{"id": 17328812, "at": 1732881234.5, "p": [0.1, 0.9000001]}'), known)).toBe(true);
    expect(alike(answer('{"id": 17328812, "at": 1732881234.5, "p": [0.12, 0.88]}'), known)).toBe(false);
    expect(alike(answer('{"id": 17328912, "at": 1732881234.5, "p": [0.1, 0.9]}'), known)).toBe(false);
    const lines = answer('17328812,0.1\n17328813,0.9\n', 'text/csv');
    expect(alike(answer('17328812,0.1000001\n17328813,0.9\n', 'text/csv'), lines)).toBe(true);
    expect(alike(answer('17328812,0.12\n17328813,0.9\n', 'text/csv'), lines)).toBe(false);
  });

  test('are told from those of rows that are nearly the same', () => {
    const all = ['[208.5001]', '[208.4012]', '[207.9]'].map((body) => answer(body));
    const [own] = all as [(typeof all)[0]];
    expect(isOwn(answer('[208.50012]'), own, all)).toBe(true);
    expect(isOwn(answer('[208.4012]'), own, all)).toBe(false);
  });

  test('are others where a line of CSV is missing', () => {
    expect(
      difference(
        [{ 0: '1', 1: 'a' }],
        [
          { 0: '1', 1: 'a' },
          { 0: '2', 1: 'b' },
        ],
      ),
    ).toBe('nothing instead of 2,b');
  });

  test('that are no text differ by any byte', () => {
    const bytes = (last: number) => ({ ...answer(''), body: Buffer.from([0x93, 0xff, last]) });
    expect(alike(bytes(0xfe), bytes(0xfd))).toBe(false);
  });
});
