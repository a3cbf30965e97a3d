import type { Clock } from '../clock.ts';
import type { Faults } from '../faults/faults.ts';
import type { Containers, Surroundings, ToRun } from '../hosting.ts';
import type { ContainerDefinition, Deployed, ProductionVariant } from '../resources/kinds.ts';
import { Instance } from './instance.ts';

/** What instances are started with, and where they belong. */
export interface Place {
  readonly containers: Containers;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly endpoint: string;
  readonly logGroup: string;
  readonly region: string;
  /** What is to go wrong with instances. */
  readonly faults: Faults;
}

/** Seconds that SageMaker gives a container to start, unless the variant says otherwise. */
const startUp = { instance: 480, serverless: 180 };
const download = 3600;

/** An instance of a variant, as its configuration has it; `onDeath` is told when its host has died. */
export function instanceOf(
  place: Place,
  deployed: Deployed,
  variant: ProductionVariant,
  onDeath: (dead: Instance) => void,
): Instance {
  const { containers, surroundings, clock, endpoint, faults, logGroup, region } = place;
  const { instanceType, modelName } = typeFor(variant, faults);
  const {
    Image: image = '',
    Environment: environment = {},
    ...definition
  } = deployed.models[modelName] ?? {};
  const several = definition.Mode === 'MultiModel';
  const model = several ? undefined : modelOf(definition);
  const serverless = variant.ServerlessConfig;
  const memoryMB = serverless?.MemorySizeInMB ?? deployed.memoryMB;
  return new Instance(
    containers,
    clock,
    {
      download: variant.ModelDataDownloadTimeoutInSeconds ?? download,
      startUp:
        variant.ContainerStartupHealthCheckTimeoutInSeconds ??
        (serverless ? startUp.serverless : startUp.instance),
    },
    (instance) => ({
      region,
      endpoint,
      variant: variant.VariantName,
      instance,
      image,
      environment: several ? { ...environment, SAGEMAKER_MULTI_MODEL: 'true' } : environment,
      ...(several && { multiModel: true }),
      ...(model && { model }),
      ...(instanceType && { instanceType }),
      ...(memoryMB && { memoryMB }),
      ...(serverless && { serverless: true }),
      onLine: (line) => surroundings.logLine(logGroup, `${variant.VariantName}/${instance}`, line, region),
    }),
    { ...faults.ofInstance(), onDeath },
  );
}

/** The instance type that there is capacity of, of pools the first by priority, and the model for it. */
function typeFor(variant: ProductionVariant, faults: Faults): { instanceType?: string; modelName: string } {
  const { ModelName: modelName = '' } = variant;
  if (variant.ServerlessConfig) return { modelName };
  const pools = variant.InstancePools?.toSorted((one, other) => one.Priority - other.Priority).map(
    ({ InstanceType, ModelNameOverride }) => ({
      instanceType: InstanceType,
      modelName: ModelNameOverride ?? modelName,
    }),
  ) ?? [{ instanceType: variant.InstanceType ?? '', modelName }];
  const found = pools.find(() => !faults.lacksCapacity());
  if (found) return found;
  throw new Error(
    'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. ' +
      'Please retry using a different ML instance type or after some time.',
  );
}

/** Where the model of a container is, and what lies there. */
export function modelOf({ ModelDataUrl, ModelDataSource }: ContainerDefinition): ToRun['model'] {
  const source = ModelDataSource?.S3DataSource;
  if (!source) return ModelDataUrl === undefined ? undefined : { uri: ModelDataUrl, form: 'archive' };
  const asItIs = source.S3DataType === 'S3Prefix' ? 'prefix' : 'object';
  return { uri: source.S3Uri, form: source.CompressionType === 'Gzip' ? 'archive' : asItIs };
}
