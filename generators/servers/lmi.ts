import { engine } from '../engine.ts';
import type { Server } from '../kinds.ts';

export default {
  ...engine,
  packages: [...engine.packages, 'lmi'],
  title: 'DJL LMI',
  description: "for text generation on GPUs, in AWS's own container",
  image: {
    name: 'djl-inference:0.38.0-lmi29.0.0-cu130',
    ofAws: true,
    date: '2026-09-21',
    cuda: { version: '13.0', minimumDriver: 580 },
  },
  quantizations: ['awq', 'gptq', 'fp8'],
  // It generates with vLLM.
  able: {
    notInFloat16: {
      types: ['gemma2', 'gemma3', 'gemma3_text', 'glm4'],
      reason: 'its numbers leave what float16 holds',
    },
    wholeExperts: () => ({ OPTION_ENABLE_EXPERT_PARALLEL: 'true' }),
  },
  options:
    "Each option of LMI's `serving.properties` has such a variable: `OPTION_GPU_MEMORY_UTILIZATION=0.85` is `option.gpu_memory_utilization=0.85`. With fewer GPUs to a model than the instance has, LMI loads it several times.",
  environment: {
    maxModelLen: 'OPTION_MAX_MODEL_LEN',
    quantization: 'OPTION_QUANTIZE',
    dtype: 'OPTION_DTYPE',
    tensorParallel: 'TENSOR_PARALLEL_DEGREE',
    trustRemoteCode: 'OPTION_TRUST_REMOTE_CODE',
    allowedMediaDomains: 'ALLOWED_MEDIA_DOMAINS',
  },
} satisfies Server;
