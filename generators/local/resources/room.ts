import { describeInstance, isInstanceType } from '../../instances/instances.ts';
import { invalid } from '../api/errors.ts';
import type { Needs } from './kinds.ts';

/** Refuses a copy that takes more than an instance of a type has: it would never be in service there, and here it would. */
export function refuseTooLarge(
  { MinMemoryRequiredInMb: memory, NumberOfCpuCoresRequired: cores = 0 }: Needs,
  type: string,
): void {
  if (!isInstanceType(type)) return;
  const { memoryGiB, vCPU } = describeInstance(type).instance;
  if (memoryGiB === undefined || vCPU === undefined) return;
  if (memory > memoryGiB * 1024 || cores > vCPU)
    throw invalid(
      `ComputeResourceRequirements ask for ${memory} MB and ${cores} CPU cores, and ${type} has ${memoryGiB * 1024} MB and ${vCPU}: no instance of the variant can host a copy.`,
    );
}
