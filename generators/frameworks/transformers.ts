import type { Framework } from '../kinds.ts';
import { transformersOnPython } from '../transformers-python.ts';

export default {
  title: 'Hugging Face transformers',
  formats: { pretrained: { description: 'the folder that save_pretrained makes' } },
  modelIs: 'folder',
  settings: ['modelName', 'copyModel', 'task', 'modelSource', 'hfTokenSecretArn'],
  servedBy: {
    engine: { layers: [], sample: false, samplePayload: 'test/payloads/inputs.json' },
    python: transformersOnPython,
  },
  defaultServer: 'fastapi',
  defaultServerByTask: { 'text-generation': 'vllm' },
  usesGpu: true,
  gpuInstanceType: 'ml.g6.12xlarge',
  sample: { requirements: {}, task: 'text-classification' },
} satisfies Framework;
