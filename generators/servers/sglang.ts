import { engineWithFlags } from '../engine.ts';
import type { Server } from '../kinds.ts';

export default {
  ...engineWithFlags,
  settings: ['adapters'],
  packages: [...engineWithFlags.packages, 'sglang'],
  title: 'SGLang',
  description: 'for text generation on GPUs, with many requests that start alike',
  image: {
    name: 'lmsysorg/sglang:v0.5.21',
    date: '2026-10-01',
    cuda: { version: '13.0', minimumDriver: 580 },
  },
  quantizations: ['awq', 'gptq', 'fp8', 'bitsandbytes'],
  options:
    'Each flag of `sglang.launch_server` has such a variable: `SM_SGLANG_MEM_FRACTION_STATIC=0.8` is `--mem-fraction-static 0.8`. `true` is the flag alone, `false` leaves it out, a JSON list is several values.',
  environment: {
    maxModelLen: 'SM_SGLANG_CONTEXT_LENGTH',
    quantization: 'SM_SGLANG_QUANTIZATION',
    dtype: 'SM_SGLANG_DTYPE',
    tensorParallel: 'SM_SGLANG_TP_SIZE',
  },
} satisfies Server;
