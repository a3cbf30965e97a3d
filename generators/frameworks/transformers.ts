import type { Framework } from '../kinds.ts';

export default {
  title: 'Hugging Face transformers',
  formats: { pretrained: { description: 'the folder that save_pretrained makes' } },
  modelIs: 'folder',
  settings: ['modelName', 'task', 'modelSource', 'hfTokenSecretArn'],
  servedBy: {
    engine: { layers: [], sample: false, samplePayload: 'test/payloads/inputs.json' },
    python: {
      layers: ['frameworks/transformers/common', 'frameworks/transformers/tasks/text-generation'],
      requirements: { torch: '2.15.0', transformers: '5.24.0', tokenizers: '0.23.3' },
      sample: false,
      contentTypes: { request: [], response: [] },
    },
  },
  defaultServer: 'fastapi',
  defaultServerByTask: { 'text-generation': 'vllm' },
  gpuInstanceType: 'ml.g6.12xlarge',
  sample: { requirements: {}, task: 'text-classification' },
} satisfies Framework;
