import type { Policy } from '../endpoint/tracking.ts';

/** What of an endpoint is scaled. */
export const dimension = 'sagemaker:variant:DesiredInstanceCount';

/** Of what Application Auto Scaling answers, that which matters here. */
export interface Target {
  readonly ResourceId: string;
  readonly MinCapacity: number;
  readonly MaxCapacity: number;
  readonly SuspendedState?: {
    readonly DynamicScalingInSuspended?: boolean;
    readonly DynamicScalingOutSuspended?: boolean;
  };
}

export interface ScalingPolicy {
  readonly ResourceId: string;
  readonly TargetTrackingScalingPolicyConfiguration?: {
    readonly TargetValue: number;
    readonly PredefinedMetricSpecification?: { readonly PredefinedMetricType: string };
    readonly ScaleOutCooldown?: number;
    readonly ScaleInCooldown?: number;
    readonly DisableScaleIn?: boolean;
  };
}

/** Seconds, where a policy says nothing else. */
const cooldown = 300;

/** A policy that tracks requests, with the target that it is for; none where it tracks something else. */
export function policyOf(targets: readonly Target[], { ResourceId, ...policy }: ScalingPolicy): Policy[] {
  const target = targets.find((one) => one.ResourceId === ResourceId);
  const tracking = policy.TargetTrackingScalingPolicyConfiguration;
  const metric = tracking?.PredefinedMetricSpecification?.PredefinedMetricType;
  const [, endpoint, variant] = /^endpoint\/([^/]+)\/variant\/([^/]+)$/.exec(ResourceId) ?? [];
  if (!target || !endpoint || !variant || !tracking || metric !== 'SageMakerVariantInvocationsPerInstance')
    return [];
  return [
    {
      endpoint,
      variant,
      min: target.MinCapacity,
      max: target.MaxCapacity,
      target: tracking.TargetValue,
      scalesOut: !target.SuspendedState?.DynamicScalingOutSuspended,
      scalesIn: !target.SuspendedState?.DynamicScalingInSuspended && !tracking.DisableScaleIn,
      outCooldown: tracking.ScaleOutCooldown ?? cooldown,
      inCooldown: tracking.ScaleInCooldown ?? cooldown,
    },
  ];
}
