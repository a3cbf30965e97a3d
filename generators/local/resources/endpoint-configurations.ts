import { describeInstance, isInstanceType } from '../../instances/instances.ts';
import { invalid, notServed } from '../api/errors.ts';
import type { EndpointConfiguration, ProductionVariant, Tag } from './kinds.ts';
import { containerOf } from './models.ts';
import { arnOf, existing, refuseExisting } from './names.ts';
import { type ListInput, page } from './pages.ts';
import { tagged } from './tags.ts';
import type { Handlers, World } from './world.ts';

type Input = EndpointConfiguration['input'] & { readonly Tags?: readonly Tag[] };

/** What would change answers, or write some: not to be taken for done. */
const without = {
  ShadowProductionVariants: 'shadows',
  ExplainerConfig: 'explanations',
  DataCaptureConfig: 'capture',
  CrossRegionTrafficConfig: 'regions',
} as const;

export function endpointConfigurations(world: World): Handlers {
  const { clock, configurations: all } = world;
  return {
    CreateEndpointConfig({ Tags, ...input }: Input, region) {
      const name = input.EndpointConfigName;
      refuseExisting('endpoint-config', all, region, name);
      for (const [member, what] of Object.entries(without)) if (member in input) throw notServed(what);
      if (input.EnableNetworkIsolation) throw notServed('isolation');
      const names = input.ProductionVariants.map(({ VariantName }) => VariantName);
      if (new Set(names).size < names.length)
        throw invalid(
          `Production variant names must be unique within an endpoint configuration: ${names.join(', ')}.`,
        );
      const to = input.AsyncInferenceConfig?.OutputConfig;
      // Whoever waits for one would wait for good.
      if (to?.NotificationConfig) throw notServed('notifications');
      const { S3OutputPath: output, S3FailurePath: failed } = to ?? {};
      if (input.AsyncInferenceConfig && !output)
        throw invalid('S3OutputPath must be specified in AsyncInferenceConfig.');
      for (const uri of [output, failed]) if (uri?.startsWith('https:')) throw notServed('urls');
      if (input.ProductionVariants.some(({ ModelName }) => !ModelName) && !input.ExecutionRoleArn)
        throw invalid('ExecutionRoleArn must be specified for an endpoint of inference components.');
      for (const variant of input.ProductionVariants) checkVariant(world, variant, region);
      if (names.length > 1 && input.ProductionVariants.some(({ ServerlessConfig }) => ServerlessConfig))
        throw invalid('A serverless endpoint can have one production variant only.');
      const arn = arnOf('endpoint-config', region, name);
      all.put(region, name, { input, arn, tags: tagged(Tags), created: clock.date() });
      return { EndpointConfigArn: arn };
    },
    DescribeEndpointConfig({ EndpointConfigName }: Input, region) {
      const { input, arn, created } = existing('endpoint-config', all, region, EndpointConfigName);
      const ProductionVariants = input.ProductionVariants.map((one) => ({ InitialVariantWeight: 1, ...one }));
      return {
        EnableNetworkIsolation: false,
        ...input,
        ProductionVariants,
        EndpointConfigArn: arn,
        CreationTime: created,
      };
    },
    ListEndpointConfigs(input: ListInput, region) {
      const listed = all
        .list(region)
        .map(({ input: { EndpointConfigName: name }, arn, created }) => ({ name, arn, created }));
      const { items, ...more } = page(listed, input);
      const EndpointConfigs = items.map(({ name, arn, created }) => ({
        EndpointConfigName: name,
        EndpointConfigArn: arn,
        CreationTime: created,
      }));
      return { EndpointConfigs, ...more };
    },
    DeleteEndpointConfig({ EndpointConfigName }: Input, region) {
      existing('endpoint-config', all, region, EndpointConfigName);
      all.delete(region, EndpointConfigName);
      return undefined;
    },
  };
}

/** All models that instances of a variant may have; none where inference components bring theirs. */
export const modelNames = ({ ModelName, InstancePools }: ProductionVariant): string[] =>
  [ModelName, ...(InstancePools ?? []).map(({ ModelNameOverride }) => ModelNameOverride)].flatMap(
    (name) => name ?? [],
  );

function checkVariant({ models }: World, variant: ProductionVariant, region: string): void {
  const { VariantName: name, ModelName, ServerlessConfig, InstanceType, InstancePools } = variant;
  // Instances that come and go by themselves would only be seen here by those who look at their number.
  if (ModelName && variant.ManagedInstanceScaling) throw notServed('scaling');
  const containers = modelNames(variant).map((model) =>
    containerOf(existing('model', models, region, model)),
  );
  const ways = [ServerlessConfig, InstanceType, InstancePools].filter(Boolean).length;
  if (ways !== 1)
    throw invalid(
      `Production variant ${name} must have exactly one of InstanceType, InstancePools and ServerlessConfig.`,
    );
  if (ServerlessConfig) {
    const wrong = containers.some(({ ModelDataSource }) => ModelDataSource);
    if (wrong) throw invalid(`ModelDataSource is not supported for serverless production variant ${name}.`);
    if (containers.some(({ Mode }) => Mode === 'MultiModel'))
      throw invalid(`Multi-model endpoints are not supported for serverless production variant ${name}.`);
    if (!ModelName) throw invalid(`ModelName must be specified for serverless production variant ${name}.`);
    if (variant.InitialInstanceCount !== undefined)
      throw invalid(`InitialInstanceCount cannot be specified for serverless production variant ${name}.`);
    const { MemorySizeInMB: memory, MaxConcurrency, ProvisionedConcurrency = 1 } = ServerlessConfig;
    if (memory % 1024)
      throw invalid(
        `MemorySizeInMB of serverless production variant ${name} is ${memory}. Valid values are in 1 GB increments: 1024 MB, 2048 MB, 3072 MB, 4096 MB, 5120 MB, or 6144 MB.`,
      );
    if (ProvisionedConcurrency > MaxConcurrency)
      throw invalid(
        `ProvisionedConcurrency of serverless production variant ${name} should be less than or equal to MaxConcurrency, and ${ProvisionedConcurrency} is more than ${MaxConcurrency}.`,
      );
    return;
  }
  if (variant.InitialInstanceCount === undefined)
    throw invalid(`InitialInstanceCount must be specified for production variant ${name}.`);
  for (const type of InstanceType ? [InstanceType] : (InstancePools ?? []).map((pool) => pool.InstanceType)) {
    const disk = isInstanceType(type) && describeInstance(type).instance.localStorageGB;
    if (disk && variant.VolumeSizeInGB !== undefined)
      throw invalid(
        `VolumeSizeInGB is not supported for instance type ${type}, which has local storage of its own.`,
      );
  }
}
