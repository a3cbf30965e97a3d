import type { Instance } from '../instances/instances.ts';
import type { Cuda } from '../kinds.ts';

/** The images of machines that SageMaker has for GPUs: the newest CUDA that each runs, and its driver. */
const machines = [
  { name: 'al2-ami-sagemaker-inference-gpu-3-1', cuda: 12, driver: 550 },
  { name: 'al2023-ami-sagemaker-inference-gpu-4-1', cuda: 13, driver: 580 },
] as const;

/**
 * What to write as InferenceAmiVersion: without it the driver is as old as the type (470 on g5, 535 on g6), and a
 * container of a newer CUDA ends before it logs anything. Images of CUDA 12 get the older one, as in AWS's own tests:
 * they were seen to hang on the newer. Undefined where there is no NVIDIA GPU or no image of that CUDA.
 */
export function inferenceAmiVersion({ accelerator }: Instance, cuda: Cuda | undefined): string | undefined {
  return accelerator?.kind === 'nvidia-gpu' && cuda ? machineFor(cuda)?.name : undefined;
}

/** The machine for a build of CUDA; undefined when its driver is too old in all. */
export function machineFor({ version, minimumDriver }: Cuda): (typeof machines)[number] | undefined {
  const major = Number(version.split('.')[0]);
  return machines.find(({ cuda, driver }) => cuda >= major && driver >= minimumDriver);
}
