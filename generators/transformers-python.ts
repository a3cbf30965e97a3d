import type { Support } from './kinds.ts';
import { numpy } from './pins.ts';

/** The tasks of models that answer after one pass over their input. */
const singlePass = [
  'text-classification',
  'token-classification',
  'feature-extraction',
  'fill-mask',
  'question-answering',
  'zero-shot-classification',
] as const;

const ours = 'frameworks/transformers';

const servingTexts = { kind: 'texts', packages: ['hub', 'pretrained', 'texts'] } as const;

/** What the serving stacks in Python get for models of transformers. */
export const transformersOnPython: Support = {
  layers: [`${ours}/common`],
  // Each has a layer with the model's handler.
  layersByTask: {
    ...Object.fromEntries(singlePass.map((task) => [task, [`${ours}/single-pass`, `${ours}/tasks/${task}`]])),
    'text-generation': [`${ours}/tasks/text-generation`],
  },
  requirements: {
    ...numpy,
    torch: '2.15.0',
    transformers: '5.24.0',
    tokenizers: '0.23.3',
    safetensors: '0.8.0',
  },
  // That of the wheels on PyPI; see https://docs.nvidia.com/cuda/cuda-toolkit-release-notes for the driver.
  cuda: { version: '13.2', minimumDriver: 580 },
  // The same libraries without CUDA, which is most of their size.
  cpuPackages: 'https://download.pytorch.org/whl/cpu',
  imageEnvironment: { HF_HOME: '/tmp/huggingface' },
  sample: true,
  samplePayload: 'sample_model/payloads/payload.json',
  serving: servingTexts,
  script: {
    sample: false,
    layers: [`${ours}/script`, 'script'],
    serving: { kind: 'texts', packages: ['hub', 'pretrained', 'scripts'] },
    predicts: 'the pipeline of transformers for the task, with `inputs` and `parameters` of the request',
    answers: 'JSON as the pipeline answers, or `text/csv`',
    together: 'none are answered together.',
  },
  servingByTask: {
    'text-generation': { kind: 'generation', packages: ['hub', 'pretrained', 'generation'] },
  },
};
