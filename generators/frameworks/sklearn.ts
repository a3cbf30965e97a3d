import type { Framework } from '../kinds.ts';
import { pandas, scikitLearn, scipy } from '../pins.ts';
import { scriptOfRows, servingRows, tabular } from '../tabular.ts';

const pickled = {
  endings: ['pickle', 'sav'],
  contents: ['pickle', 'zlib', 'gzip', 'compressed'],
  reader: { module: 'pickled' },
  sample: { imports: 'import joblib', save: 'joblib.dump(model, path)' },
};

export default {
  title: 'scikit-learn',
  formats: {
    pkl: { ...pickled, description: 'pickle.dump or joblib.dump' },
    joblib: { ...pickled, endings: [], description: 'joblib.dump' },
    skops: {
      contents: ['zip'],
      description: 'skops.io.dump: loading it runs no code from the file',
      reader: {
        module: 'skops_files',
        values: [
          "# Types beyond scikit-learn's, numpy's and scipy's that the model may hold, such as",
          '# "my_package.MyTransformer". Add one only if you trust the code behind it.',
          'TRUSTED_TYPES: list[str] = []',
        ].join('\n'),
        arguments: ['TRUSTED_TYPES'],
      },
      requirements: { skops: '0.16.0' },
      sample: { imports: 'import skops.io', save: 'skops.io.dump(model, path)' },
    },
  },
  servedBy: {
    python: {
      ...tabular,
      serving: servingRows('sklearn'),
      script: scriptOfRows('sklearn'),
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
  settings: ['sampleData', 'sampleTarget'],
  usesGpu: false,
  gpuUseless: 'scikit-learn predicts on the CPU only',
  sample: { requirements: {} },
} satisfies Framework;
