import { engine } from '../engine.ts';
import type { Server } from '../kinds.ts';

export default {
  ...engine,
  title: 'vLLM',
  description: 'for text generation on GPUs',
  image: {
    name: 'vllm/vllm-openai:v0.31.0',
    date: '2026-10-03',
    cuda: { version: '13.0', minimumDriver: 580 },
  },
  quantizations: ['awq', 'gptq', 'fp8'],
  environment: {
    maxModelLen: 'SM_VLLM_MAX_MODEL_LEN',
    quantization: 'SM_VLLM_QUANTIZATION',
    dtype: 'SM_VLLM_DTYPE',
    tensorParallel: 'SM_VLLM_TENSOR_PARALLEL_SIZE',
  },
} satisfies Server;
