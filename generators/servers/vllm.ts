import { engineWithFlags } from '../engine.ts';
import type { Server } from '../kinds.ts';

export default {
  ...engineWithFlags,
  settings: ['adapters'],
  packages: [...engineWithFlags.packages, 'vllm'],
  title: 'vLLM',
  description: 'for text generation on GPUs',
  image: {
    name: 'vllm/vllm-openai:v0.31.0',
    date: '2026-10-03',
    cuda: { version: '13.0', minimumDriver: 580 },
  },
  quantizations: ['awq', 'gptq', 'fp8'],
  options:
    'Each flag of `vllm serve` has such a variable: `SM_VLLM_GPU_MEMORY_UTILIZATION=0.85` is `--gpu-memory-utilization 0.85`. `true` is the flag alone, `false` leaves it out, a JSON list is several values. What is on by default is turned off by its opposite: `SM_VLLM_NO_ENABLE_PREFIX_CACHING=true`.',
  environment: {
    maxModelLen: 'SM_VLLM_MAX_MODEL_LEN',
    quantization: 'SM_VLLM_QUANTIZATION',
    dtype: 'SM_VLLM_DTYPE',
    tensorParallel: 'SM_VLLM_TENSOR_PARALLEL_SIZE',
  },
} satisfies Server;
