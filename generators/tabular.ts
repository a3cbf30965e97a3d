import { numpy } from './pins.ts';

/** What the serving stacks in Python get from every framework whose models predict rows. */
export const tabular = {
  layers: ['tabular'],
  requirements: numpy,
  sample: true,
  samplePayload: 'sample_model/payloads/payload.json',
};

/** How they serve them. packages: the framework's own in `python/ml_serving`. */
export const servingRows = (...packages: string[]) =>
  ({ kind: 'rows', packages: ['rows', ...packages] }) as const;
