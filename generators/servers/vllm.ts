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
  able: {
    reads: [
      ...['awq', 'auto_awq', 'fp8', 'fbgemm_fp8', 'fp_quant', 'modelopt', 'modelopt_fp4', 'modelopt_mxfp8'],
      ...[
        'modelopt_mixed',
        'auto_gptq',
        'gptq',
        'gptq_marlin',
        'awq_marlin',
        'humming',
        'compressed-tensors',
      ],
      ...[
        'experts_int8',
        'quark',
        'moe_wna16',
        'torchao',
        'inc',
        'mxfp4',
        'gpt_oss_mxfp4',
        'deepseek_v4_fp8',
      ],
      // What it takes for inc.
      ...['auto-round', 'auto_round'],
    ],
    types: [
      ...[
        'RefinedWeb',
        'RefinedWebModel',
        'chatglm',
        'deepseek_v41',
        'deepseek_vl_v2',
        'hyperclovax',
        'isaac',
      ],
      ...[
        'k3_dspark',
        'kimi_k2',
        'kimi_k25',
        'kimi_k3',
        'kimi_linear',
        'kimi_vl',
        'minimax_m3_vl',
        'moondream3',
      ],
      ...['ovis', 'qianfan_ocr', 'step3_text', 'step3_vl', 'step3p5', 'unlimited-ocr', 'nemotron'],
    ],
    notInFloat16: {
      types: ['gemma2', 'gemma3', 'gemma3_text', 'glm4'],
      reason: 'its numbers leave what float16 holds',
    },
    finestBlock: 32,
    wholeExperts: () => ({ SM_VLLM_ENABLE_EXPERT_PARALLEL: 'true' }),
    adaptersAtRunTime: 'VLLM_ALLOW_RUNTIME_LORA_UPDATING',
  },
  options:
    'Each flag of `vllm serve` has such a variable: `SM_VLLM_GPU_MEMORY_UTILIZATION=0.85` is `--gpu-memory-utilization 0.85`. `true` is the flag alone, `false` leaves it out, a JSON list is several values. What is on by default is turned off by its opposite: `SM_VLLM_NO_ENABLE_PREFIX_CACHING=true`.',
  environment: {
    maxModelLen: 'SM_VLLM_MAX_MODEL_LEN',
    quantization: 'SM_VLLM_QUANTIZATION',
    dtype: 'SM_VLLM_DTYPE',
    tensorParallel: 'SM_VLLM_TENSOR_PARALLEL_SIZE',
    trustRemoteCode: 'SM_VLLM_TRUST_REMOTE_CODE',
    allowedMediaDomains: 'ALLOWED_MEDIA_DOMAINS',
  },
} satisfies Server;
