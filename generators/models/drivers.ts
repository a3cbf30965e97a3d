import type { Instance } from '../instances/instances.ts';
import type { Cuda } from '../kinds.ts';

/** The InferenceAmiVersion whose driver runs such an image on such a type; undefined: the default one does. */
export function inferenceAmiVersion(instance: Instance, cuda: Cuda): string | undefined {
  if (instance.accelerator?.kind !== 'nvidia-gpu') return undefined;
  return cuda.minimumDriver > 550
    ? 'al2023-ami-sagemaker-inference-gpu-4-1'
    : 'al2-ami-sagemaker-inference-gpu-3-1';
}
