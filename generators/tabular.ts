import { numpy } from './pins.ts';

/** What the serving stacks in Python get from every framework whose models predict rows. */
export const tabular = {
  layers: ['tabular'],
  requirements: numpy,
  sample: true,
  samplePayload: 'sample_model/payloads/payload.json',
};

/** Where a script is called. */
export const scriptOfRows = (framework: string) => ({
  sample: true,
  layers: [...tabular.layers, `frameworks/${framework}/common`, 'script'],
  serving: { kind: 'rows', packages: ['rows', framework, 'scripts'] } as const,
  predicts: "the model's own `predict`",
  answers:
    '`{"predictions": […]}`, or `text/csv`, `application/jsonlines`, `application/x-npy`; JSON as it is for what is no table',
  together: 'with `model_fn` alone, requests that wait are predicted together.',
});

/** How they serve them. packages: the framework's own in `python/ml_serving`. */
export const servingRows = (...packages: string[]) =>
  ({ kind: 'rows', packages: ['rows', ...packages] }) as const;
