import { engineWithFlags } from '../engine.ts';
import type { Server } from '../kinds.ts';

export default {
  ...engineWithFlags,
  settings: ['adapters'],
  plainAdapters: true,
  packages: [...engineWithFlags.packages, 'sglang'],
  title: 'SGLang',
  description: 'for text generation on GPUs, with many requests that start alike',
  image: {
    name: 'lmsysorg/sglang:v0.5.21',
    date: '2026-10-01',
    cuda: { version: '13.0', minimumDriver: 580 },
  },
  quantizations: ['awq', 'gptq', 'fp8', 'bitsandbytes'],
  able: {
    reads: [
      ...['fp8', 'mxfp8', 'blockwise_int8', 'modelopt', 'modelopt_fp8', 'modelopt_fp4', 'modelopt_mixed'],
      ...[
        'w8a8_int8',
        'w8a8_fp8',
        'awq',
        'awq_marlin',
        'bitsandbytes',
        'gguf',
        'gptq',
        'gptq_marlin',
        'moe_wna16',
      ],
      ...[
        'compressed-tensors',
        'w4afp8',
        'petit_nvfp4',
        'quark',
        'quark_mxfp4',
        'auto-round',
        'mxfp4',
        'humming',
      ],
    ],
    wholeExperts: (gpus) => ({ SM_SGLANG_EP_SIZE: String(gpus) }),
  },
  options:
    'Each flag of `sglang.launch_server` has such a variable: `SM_SGLANG_MEM_FRACTION_STATIC=0.8` is `--mem-fraction-static 0.8`. `true` is the flag alone, `false` leaves it out, a JSON list is several values.',
  environment: {
    maxModelLen: 'SM_SGLANG_CONTEXT_LENGTH',
    quantization: 'SM_SGLANG_QUANTIZATION',
    dtype: 'SM_SGLANG_DTYPE',
    tensorParallel: 'SM_SGLANG_TP_SIZE',
    trustRemoteCode: 'SM_SGLANG_TRUST_REMOTE_CODE',
  },
} satisfies Server;
