import type { Framework } from '../kinds.ts';
import { pandas, scikitLearn, scipy } from '../pins.ts';
import { scriptOfRows, servingRows, tabular } from '../tabular.ts';

/** XGBoost, and MLflow for it, write both formats under any of these: the contents tell. */
const endings = ['json', 'ubj', 'model', 'bst', 'xgb', ''];

export default {
  title: 'XGBoost',
  formats: {
    json: { endings, contents: ['xgboost-json'], description: 'save_model("model.json")' },
    ubj: { endings, contents: ['xgboost-ubj'], description: 'save_model("model.ubj"): binary JSON, smaller' },
  },
  servedBy: {
    python: {
      ...tabular,
      layers: [...tabular.layers, 'frameworks/xgboost/common'],
      // The build without CUDA: a tenth of the size, and made for both architectures.
      requirements: { ...tabular.requirements, 'xgboost-cpu': '3.2.0', ...scipy },
      serving: servingRows('xgboost'),
      script: scriptOfRows('xgboost'),
    },
  },
  defaultServer: 'fastapi',
  modelIs: 'file',
  ofText:
    'XGBoost takes text as categories: its files name them from version 3.1 on; for an older one, declare them in the order of their codes.',
  settings: ['sampleData', 'sampleTarget'],
  usesGpu: false,
  gpuUseless: 'xgboost-cpu, which the project pins, has no CUDA code',
  sample: { requirements: { ...scikitLearn, ...pandas } },
} satisfies Framework;
