import { invalid } from '../api/errors.ts';
import type { Deployed, DeploymentConfig, Size } from './kinds.ts';

/** Which part of a variant's instances each step may be, in percent, as AWS's description of the API says it. */
const limits = {
  CanarySize: { least: 0, most: 50, words: 'less than or equal to 50%' },
  LinearStepSize: { least: 10, most: 50, words: '10-50%' },
  MaximumBatchSize: { least: 5, most: 50, words: 'between 5% to 50%' },
  RollbackMaximumBatchSize: { least: 0, most: 100, words: 'at most 100%' },
} as const;

/**
 * Refuses what AWS's model of the API says of an update in prose only, and what its guide rules out. `to` is what is to
 * run with that configuration, `from` what runs now, if anything does.
 */
export function checkDeployment(config: DeploymentConfig | undefined, to: Deployed, from?: Deployed): void {
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = config ?? {};
  if (!blueGreen && !rolling) return;
  if (blueGreen && rolling)
    throw invalid(
      'Only one update policy should be used in the deployment configuration: BlueGreenUpdatePolicy or RollingUpdatePolicy.',
    );
  if (from) refuseOtherVariants(to, from);
  if (blueGreen) checkBlueGreen(blueGreen, to);
  if (!rolling) return;
  const { ProductionVariants: variants } = to.configuration.input;
  if (variants.some(({ ServerlessConfig }) => ServerlessConfig))
    throw invalid('RollingUpdatePolicy is not supported for serverless endpoints.');
  if (variants.length > 1)
    throw invalid('RollingUpdatePolicy is not supported for endpoints with several production variants.');
  checkSize('MaximumBatchSize', rolling.MaximumBatchSize, to);
  checkSize('RollbackMaximumBatchSize', rolling.RollbackMaximumBatchSize, to);
  checkTime(rolling.MaximumExecutionTimeoutInSeconds, rolling.WaitIntervalInSeconds);
}

function refuseOtherVariants(to: Deployed, from: Deployed): void {
  const [names, before] = [to, from].map(({ desired }) => Object.keys(desired).sort().join(', '));
  if (names !== before)
    throw invalid(
      `With a deployment configuration, the new endpoint configuration must have the same variant names as the old one: ${before}, not ${names}.`,
    );
}

function checkBlueGreen(policy: NonNullable<DeploymentConfig['BlueGreenUpdatePolicy']>, to: Deployed): void {
  const { Type, WaitIntervalInSeconds, ...routing } = policy.TrafficRoutingConfiguration;
  const needed = ({ CANARY: 'CanarySize', LINEAR: 'LinearStepSize', ALL_AT_ONCE: undefined } as const)[Type];
  if (needed && !routing[needed])
    throw invalid(`${needed} must be specified for traffic routing of type ${Type}.`);
  for (const member of ['CanarySize', 'LinearStepSize'] as const) checkSize(member, routing[member], to);
  checkTime(
    policy.MaximumExecutionTimeoutInSeconds,
    WaitIntervalInSeconds + (policy.TerminationWaitInSeconds ?? 0),
  );
}

function checkSize(
  member: keyof typeof limits,
  size: Size | undefined,
  { configuration, desired, specification }: Deployed,
): void {
  if (!size) return;
  const { least, most, words } = limits[member];
  const { Type: type, Value: value } = size;
  for (const { VariantName: name, ServerlessConfig } of configuration.input.ProductionVariants) {
    const all = desired[name]?.count ?? 0;
    // A serverless variant has no number of instances, and one without any has no parts.
    if (type !== 'CAPACITY_PERCENT' && (ServerlessConfig || !all)) continue;
    const percent = type === 'CAPACITY_PERCENT' ? value : (value / all) * 100;
    if (percent >= least && percent <= most) continue;
    const [unit, total] = specification
      ? ['copies', 'copy count of the inference component']
      : ['instances', "variant's total instance count"];
    const given = type === 'CAPACITY_PERCENT' ? `${value}%` : `${value} of ${all} ${unit}`;
    throw invalid(`Value of ${member} must be ${words} of the ${total}, and is ${given} (${name}).`);
  }
}

function checkTime(longest: number | undefined, waiting: number): void {
  if (longest !== undefined && longest <= waiting)
    throw invalid(
      `MaximumExecutionTimeoutInSeconds should be larger than the total waiting time specified in TerminationWaitInSeconds and WaitIntervalInSeconds: ${longest} is not larger than ${waiting}.`,
    );
}
