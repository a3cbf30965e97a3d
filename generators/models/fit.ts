export const quantizations = ['awq', 'gptq', 'fp8', 'bitsandbytes'] as const;
