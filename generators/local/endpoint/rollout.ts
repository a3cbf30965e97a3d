import type { DeploymentConfig } from '../resources/kinds.ts';
import type { Counts } from './fleet.ts';

/** How an update goes from the old instances to the new ones. */
export interface Rollout {
  /** Which part of the requests, and in rolling updates of the instances, is new after each step; the last is 1. */
  readonly steps: readonly number[];
  /** Seconds after each step in which an alarm brings back the old. */
  readonly bake: number;
  /** Whether old instances end as new ones come; else all are kept until the end. */
  readonly rolling: boolean;
  /** Seconds for which the old instances are kept when nothing goes to them any more. */
  readonly termination: number;
  /** Seconds that all of it may take. */
  readonly longest: number;
  readonly alarms: readonly string[];
}

const hours = 3600;

/** What a deployment configuration means for so many instances; without one, everything changes at once. */
export function rolloutOf(config: DeploymentConfig | undefined, count: number): Rollout {
  // An endpoint of inference components has none of its own.
  const instances = Math.max(1, count);
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = config ?? {};
  const part = (size: { Type: string; Value: number } | undefined) =>
    !size ? 1 : Math.min(1, size.Type === 'CAPACITY_PERCENT' ? size.Value / 100 : size.Value / instances);
  const alarms = (config?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(
    ({ AlarmName }) => AlarmName ?? [],
  );
  if (rolling) {
    const batch = Math.max(1, Math.floor(part(rolling.MaximumBatchSize) * instances)) / instances;
    return {
      steps: stepsOf(batch),
      bake: rolling.WaitIntervalInSeconds,
      rolling: true,
      termination: 0,
      longest: rolling.MaximumExecutionTimeoutInSeconds ?? 8 * hours,
      alarms,
    };
  }
  const routing = blueGreen?.TrafficRoutingConfiguration;
  const steps = {
    ALL_AT_ONCE: [1],
    CANARY: [part(routing?.CanarySize), 1],
    LINEAR: stepsOf(part(routing?.LinearStepSize)),
  };
  return {
    steps: steps[routing?.Type ?? 'ALL_AT_ONCE'],
    bake: routing?.WaitIntervalInSeconds ?? 0,
    rolling: false,
    termination: blueGreen?.TerminationWaitInSeconds ?? 0,
    longest: blueGreen?.MaximumExecutionTimeoutInSeconds ?? 8 * hours,
    alarms,
  };
}

/** By equal parts up to 1; the last may be smaller. */
function stepsOf(part: number): number[] {
  const count = Math.ceil(1 / part - 1e-9);
  return Array.from({ length: count }, (_, index) => Math.min(1, (index + 1) * part)).with(-1, 1);
}

/** That part of each variant's instances, rounded up: at least one where there is any. */
export const partOf = (counts: Counts, part: number): Counts =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Math.ceil(count * part - 1e-9)]));

/** What is left of them. */
export const without = (counts: Counts, fewer: Counts): Counts =>
  Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, Math.max(0, count - (fewer[name] ?? 0))]),
  );
