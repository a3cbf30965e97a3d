import type { Framework } from '../kinds.ts';

export default {
  title: 'Hugging Face transformers',
  formats: { pretrained: { description: 'the folder that save_pretrained makes' } },
  modelIs: 'folder',
  settings: ['modelName', 'task', 'modelSource', 'hfTokenSecretArn'],
  servedBy: {
    engine: {
      layers: ['frameworks/transformers/common'],
      sample: false,
      samplePayload: 'test/payloads/inputs.json',
    },
  },
  defaultServer: 'fastapi',
  defaultServerByTask: { 'text-generation': 'vllm' },
  gpuInstanceType: 'ml.g6.12xlarge',
  sample: { requirements: {}, task: 'text-classification' },
} satisfies Framework;
