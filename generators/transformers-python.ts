import type { Support } from './kinds.ts';
import { numpy } from './pins.ts';
import { withDefault } from './server-variables.ts';

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

const oneWorker = withDefault(
  'SERVER_WORKERS',
  '1',
  "processes that run the model, each with its share of the CPUs; they share the loaded model's memory, but each has its own copy on a GPU",
);

// A text costs much more than a call: two workers are faster than one from about so many on.
const share = withDefault('SERVER_SHARE', '8');

// Clients that were answered together ask again together, but not in the same instant: without it, a worker is busy
// with the first of them alone. A text takes ten times as long.
const batchDelay = withDefault(
  'SERVER_BATCH_DELAY_MS',
  '2',
  'how long a request waits for others to be answered with',
);

/** What the serving stacks in Python get for models of transformers. */
export const transformersOnPython: Support = {
  layers: ['hub', `${ours}/common`],
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
  variables: [share],
  // Each worker would have its own copy on the GPU.
  variablesOnGpu: [oneWorker],
  variablesByTask: {
    ...Object.fromEntries(singlePass.map((task) => [task, [batchDelay]])),
    // Texts that are generated together cost hardly more than one.
    'text-generation': [oneWorker],
  },
  contentTypes: {
    request: [
      {
        type: 'application/json',
        decoder: 'decoders.decode_json',
        shape: '`{"inputs": …, "parameters": {…}}`: one input or a list of them',
        payload: 'payload.json',
      },
      {
        type: 'application/jsonlines',
        decoder: 'decoders.decode_json_lines',
        shape: 'the same, one a line',
        payload: 'payload.jsonl',
        answeredInBatch: 'application/jsonlines',
      },
      {
        type: 'text/plain',
        decoder: 'decoders.decode_text',
        shape: 'the body is one text',
        payload: 'payload.txt',
      },
    ],
    // The last one is the default: see choose_encoder in content_types.py.
    response: [
      { type: 'application/jsonlines', encoder: 'encoders.encode_json_lines' },
      { type: 'application/json', encoder: 'encoders.encode_json' },
    ],
  },
};
