import { expect, test } from 'vitest';
import { readConfig } from '../../generators/models/config.ts';
import { notCounted } from '../../generators/models/config-keys.ts';
import { countParameters, total } from '../../generators/models/parameters.ts';
// The parameters of models that transformers itself made of these configurations, by parameters/count.py.
import recorded from './parameters/counts.json' with { type: 'json' };

const models = recorded.models.map((model) => ({ ...model, type: model.config.model_type }));

test.each(models.filter(({ type }) => !notCounted.includes(type)))(
  'parameters of $type are counted as transformers has them, to a fiftieth',
  ({ config, parameters }) => {
    const read = readConfig(config);
    const counted = read && countParameters(read);
    const ratio = (counted ? total(counted) : 0) / parameters;
    expect(ratio).toBeGreaterThan(0.98);
    expect(ratio).toBeLessThan(1.021);
  },
);

test.each(models.filter(({ type }) => notCounted.includes(type)))(
  'parameters of $type are not guessed',
  ({ config }) => {
    const read = readConfig(config);
    expect(read && countParameters(read)).toBeUndefined();
  },
);
