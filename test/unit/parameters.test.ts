import { expect, test } from 'vitest';
import { cacheOf } from '../../generators/models/cache.ts';
import { readConfig } from '../../generators/models/config.ts';
import { countParameters, total } from '../../generators/models/parameters.ts';
// With the keys of their config.json that say something of sizes.
import published from '../../python/tests/facts/configs.json' with { type: 'json' };
// Of these, and of each class for texts with its own defaults, as transformers makes them: python/tests/facts/measure.py.
import recorded from '../../python/tests/facts/figures.json' with { type: 'json' };

interface Figures {
  readonly model_type?: string;
  readonly class?: string;
  readonly parameters?: number;
  readonly parameters_for_texts?: number;
  readonly per_token?: number;
  readonly per_token_in_windows?: number;
  readonly beside?: number;
}

/** What the classes of transformers are told by a config.json that says nothing but its type. */
const models = Object.entries(recorded.models as Record<string, Figures>).map(([name, figures]) => {
  const { model_type, class: made } = figures;
  const said = (published as Record<string, object>)[name] ?? { model_type, architectures: [made] };
  const read = readConfig(said);
  if (!read) throw new Error(`${name}: no object`);
  return { name, figures, read };
});

/** Of these, what engines keep is the heads, and not, as transformers does, the vector that they are made from. */
const madeToHeads = ['youtu', 'sarvam_mla', 'minicpm3', 'axk2'];

/** Of these, transformers keeps a chunk, and engines all of them. */
const inChunks = ['llama4_text'];

test('most published models are known to transformers, and were measured', () => {
  const measured = models.filter(({ figures }) => figures.per_token !== undefined);
  expect(measured.filter(({ name }) => name in published).length).toBeGreaterThan(70);
  expect(measured.filter(({ name }) => !(name in published)).length).toBeGreaterThan(70);
});

test.each(models.filter(({ figures }) => figures.parameters))(
  'parameters of $name are counted as transformers has them, to a fiftieth, or it is said that they are not',
  ({ figures, read }) => {
    const counted = countParameters(read);
    if ('unknown' in counted) expect(counted.unknown).toMatch(/not counted|does not tell/);
    else expect(Math.abs(total(counted) / (figures.parameters ?? 0) - 1)).toBeLessThan(0.021);
  },
);

test.each(models.filter(({ figures }) => figures.per_token !== undefined))(
  '$name keeps of each token what transformers makes room for, or it is said that this is not known',
  ({ figures, read }) => {
    if ('unknown' in read.cache) {
      expect(read.cache.unknown).toMatch(/not known|does not tell|cannot be told|leaves it to the class/);
      return;
    }
    const { perToken, perTokenInWindow } = cacheOf(read.cache, 1, 1);
    const sum = (figures.per_token ?? 0) + (figures.per_token_in_windows ?? 0);
    if (madeToHeads.includes(read.type)) expect(perToken).toBeGreaterThan(sum);
    else if (inChunks.includes(read.type)) expect([perToken, perTokenInWindow]).toEqual([sum, 0]);
    // In its other layers, the window lies beside what is compressed.
    else if (read.type === 'deepseek_v4') expect(perToken).toBe(figures.per_token);
    else expect([perToken, perTokenInWindow]).toEqual([figures.per_token, figures.per_token_in_windows]);
    // In float32 what is summed up, in 16 bits what waits.
    const states = read.cache.reduce((bytes, { layers, state = 0 }) => bytes + layers * state, 0);
    if (states && figures.beside) {
      expect(states).toBeGreaterThanOrEqual(2 * figures.beside);
      expect(states).toBeLessThanOrEqual(4 * figures.beside);
    }
  },
);

test('of most models all is known', () => {
  const known = models.filter(
    ({ read }) => !('unknown' in countParameters(read)) && !('unknown' in read.cache),
  );
  expect(known.length / models.length).toBeGreaterThan(0.5);
});
