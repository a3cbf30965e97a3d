import { engine } from '../engine.ts';
import type { Server } from '../kinds.ts';

export default {
  ...engine,
  title: 'SGLang',
  description: 'for text generation on GPUs, with many requests that start alike',
  image: {
    name: 'lmsysorg/sglang:v0.5.21',
    date: '2026-10-01',
    cuda: { version: '13.0', minimumDriver: 580 },
  },
  quantizations: ['awq', 'gptq', 'fp8', 'bitsandbytes'],
  environment: {
    maxModelLen: 'SM_SGLANG_CONTEXT_LENGTH',
    quantization: 'SM_SGLANG_QUANTIZATION',
    dtype: 'SM_SGLANG_DTYPE',
    tensorParallel: 'SM_SGLANG_TP_SIZE',
  },
} satisfies Server;
