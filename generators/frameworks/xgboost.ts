import type { Framework } from '../kinds.ts';
import { pandas, scikitLearn, scipy } from '../pins.ts';
import { scriptOfRows, servingRows, tabular } from '../tabular.ts';

export default {
  title: 'XGBoost',
  formats: {
    json: { description: 'save_model("model.json")' },
    ubj: { description: 'save_model("model.ubj"): binary JSON, smaller' },
    model: {
      description: 'the binary format that XGBoost 3.1 removed',
      refused:
        'XGBoost 3.1 and later cannot read its old binary format. Convert the file once, where it was trained ' +
        "(xgboost<3.1): python -c \"import xgboost; xgboost.Booster(model_file='old.model').save_model('model.json')\", " +
        'then use --model-format=json',
    },
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
  settings: ['sampleData', 'sampleTarget'],
  usesGpu: false,
  gpuUseless: 'xgboost-cpu, which the project pins, has no CUDA code',
  sample: { requirements: { ...scikitLearn, ...pandas } },
} satisfies Framework;
