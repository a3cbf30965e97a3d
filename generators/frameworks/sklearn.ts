import type { Framework } from '../kinds.ts';
import { pandas, scikitLearn, scipy } from '../pins.ts';
import { tabular } from '../tabular.ts';

const pickled = {
  endings: ['pickle', 'sav'],
  layers: ['frameworks/sklearn/pickle'],
  sample: { imports: 'import joblib', save: 'joblib.dump(model, path)' },
};

export default {
  title: 'scikit-learn',
  formats: {
    pkl: { ...pickled, description: 'pickle.dump or joblib.dump' },
    joblib: { ...pickled, endings: [], description: 'joblib.dump' },
    skops: {
      description: 'skops.io.dump: loading it runs no code from the file',
      layers: ['frameworks/sklearn/skops'],
      requirements: { skops: '0.16.0' },
      sample: { imports: 'import skops.io', save: 'skops.io.dump(model, path)' },
    },
  },
  servedBy: {
    python: {
      ...tabular,
      layers: [...tabular.layers, 'frameworks/sklearn/common'],
      requirements: {
        ...tabular.requirements,
        ...scikitLearn,
        ...scipy,
        ...pandas,
        joblib: '1.6.0',
        threadpoolctl: '3.8.0',
      },
    },
  },
  defaultServer: 'fastapi',
  modelIs: 'file',
  usesGpu: false,
  gpuUseless: 'scikit-learn predicts on the CPU only',
  sample: { requirements: {} },
} satisfies Framework;
