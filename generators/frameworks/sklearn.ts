import type { Framework } from '../kinds.ts';

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
  servedBy: ['python'],
  defaultServer: 'fastapi',
  requirements: { 'scikit-learn': '1.9.1', scipy: '1.17.1', joblib: '1.6.0', pandas: '3.1.1' },
  gpuUseless: 'scikit-learn predicts on the CPU only',
  gpuInstanceType: 'ml.g5.xlarge',
  sample: { requirements: {} },
} satisfies Framework;
