import { expect, test } from 'vitest';
import { contextOf } from '../../generators/models/context.ts';
// The same are asked of the engines themselves: python/tests/parsers/test_contexts.py.
import contexts from '../../python/tests/facts/contexts.json' with { type: 'json' };

test.each(Object.entries(contexts))('%s: as the engines derive it', (_, { config, length, limit }) => {
  const { contextLength, usualLength } = contextOf(config);
  expect(usualLength ?? contextLength ?? 2048).toBe(length);
  if (limit) expect(contextLength).toBe(limit);
});

test('a factor beyond all measure is left out', () => {
  const scaled = (factor: unknown) =>
    contextOf({ max_position_embeddings: 4096, rope_scaling: { type: 'linear', factor } }).contextLength;
  expect([scaled(1e300), scaled(-2), scaled('8'), scaled(null)]).toEqual([4096, 4096, 4096, 4096]);
});
