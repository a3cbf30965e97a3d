import { invalid, notServed } from '../api/errors.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { checkDeployment } from './deployment.ts';
import type {
  ContainerDefinition,
  Deployed,
  DeploymentConfig,
  EndpointRecord,
  ProductionVariant,
  Specification,
  Tag,
} from './kinds.ts';
import { containerOf } from './models.ts';
import { arnOf, existing, refuseExisting } from './names.ts';
import { type ListInput, page } from './pages.ts';
import { refuseTooLarge } from './room.ts';
import { tagged } from './tags.ts';
import type { Handlers, World } from './world.ts';

interface Input {
  readonly InferenceComponentName: string;
  readonly EndpointName: string;
  readonly VariantName?: string;
  readonly Specification?: Specification;
  readonly Specifications?: readonly unknown[];
  readonly RuntimeConfig?: { readonly CopyCount: number };
  readonly DesiredRuntimeConfig: { readonly CopyCount: number };
  readonly DeploymentConfig?: DeploymentConfig;
  readonly Tags?: readonly Tag[];
}

interface List extends ListInput {
  readonly EndpointNameEquals?: string;
  readonly VariantNameEquals?: string;
}

/** What the model of a copy is called; it is no other resource. */
const own = 'component';

export function inferenceComponents(world: World): Handlers {
  const { clock, components: all } = world;
  const find = (region: string, name: string) => {
    existing('inference-component', all.records, region, name);
    return all.get(region, name) as Endpoint;
  };
  const settled = (region: string, name: string) => {
    const component = find(region, name);
    if (component.isChanging)
      throw invalid(`Cannot update in-progress inference component "${component.record.arn}".`);
    return component;
  };
  const answer = ({ record }: Endpoint) => ({ InferenceComponentArn: record.arn });
  return {
    async CreateInferenceComponent(input: Input, region) {
      const { InferenceComponentName: name, EndpointName: endpoint, Tags } = input;
      refuseExisting('inference-component', all.records, region, name);
      const host = existing('endpoint', world.endpoints.records, region, endpoint);
      if (host.status !== 'InService')
        throw invalid(
          `Endpoint "${host.arn}" must be InService to create inference components, and is ${host.status}.`,
        );
      const { ProductionVariants: variants } = host.deployed.configuration.input;
      const variant = variants.find(({ VariantName }) => VariantName === input.VariantName);
      if (!variant)
        throw invalid(`The endpoint "${host.arn}" has no production variant ${input.VariantName}.`);
      if (variant.ModelName) throw invalid(`Production variant ${input.VariantName} has a model of its own.`);
      const count = input.RuntimeConfig?.CopyCount ?? 1;
      if (count === 0) throw invalid('CopyCount must be at least 1 when an inference component is created.');
      const deployed = await deployedBy(world, region, input, { host, variant, count });
      const now = clock.date();
      all.create(region, {
        name,
        arn: arnOf('inference-component', region, name),
        tags: tagged(Tags),
        created: now,
        modified: now,
        status: 'Creating',
        deployed,
        host: { endpoint: host.name, variant: variant.VariantName },
      });
      return answer(find(region, name));
    },
    DescribeInferenceComponent({ InferenceComponentName }: Input, region) {
      return described(find(region, InferenceComponentName), region);
    },
    ListInferenceComponents({ EndpointNameEquals, VariantNameEquals, ...input }: List, region) {
      const listed = all.records
        .list(region)
        .map((record) => ({ ...record, status: statusOf(record) }))
        .filter(
          ({ host }) =>
            (EndpointNameEquals === undefined || host?.endpoint === EndpointNameEquals) &&
            (VariantNameEquals === undefined || host?.variant === VariantNameEquals),
        );
      const { items, ...more } = page(listed, input);
      return { InferenceComponents: items.map((record) => summary(record, region)), ...more };
    },
    async UpdateInferenceComponent(input: Input, region) {
      const component = settled(region, input.InferenceComponentName);
      const { host: at, deployed } = component.record;
      const host = existing('endpoint', world.endpoints.records, region, at?.endpoint ?? '');
      const [variant] = deployed.configuration.input.ProductionVariants;
      const count = input.RuntimeConfig?.CopyCount ?? deployed.desired[at?.variant ?? '']?.count ?? 1;
      const wanted = { ...input, Specification: input.Specification ?? deployed.specification };
      const to = await deployedBy(world, region, wanted, {
        host,
        variant: variant as ProductionVariant,
        count,
      });
      checkDeployment(input.DeploymentConfig, to);
      component.update(to, input.DeploymentConfig);
      return answer(component);
    },
    UpdateInferenceComponentRuntimeConfig({ InferenceComponentName, DesiredRuntimeConfig }: Input, region) {
      const component = settled(region, InferenceComponentName);
      const { variant = '' } = component.record.host ?? {};
      component.scale({ [variant]: { count: DesiredRuntimeConfig.CopyCount, weight: 1 } });
      return answer(component);
    },
    DeleteInferenceComponent({ InferenceComponentName }: Input, region) {
      settled(region, InferenceComponentName).delete();
      return undefined;
    },
  };
}

interface Place {
  readonly host: EndpointRecord;
  readonly variant: ProductionVariant;
  readonly count: number;
}

/** A component as the one variant of a configuration, with the instances of the variant that it lies on. */
async function deployedBy(
  world: World,
  region: string,
  {
    InferenceComponentName: name,
    Specification: specification,
    Specifications,
  }: Pick<Input, 'InferenceComponentName' | 'Specifications'> & {
    readonly Specification?: Specification | undefined;
  },
  { host, variant, count }: Place,
): Promise<Deployed> {
  if (Specifications) throw notServed('specifications');
  if (!specification) throw invalid('Specification must be specified.');
  const { StartupParameters, ComputeResourceRequirements: needs } = specification;
  if (!needs) throw invalid('ComputeResourceRequirements must be specified.');
  const { VariantName, InstanceType, InstancePools, RoutingConfig } = variant;
  refuseTooLarge(needs, InstanceType ?? '');
  const { AsyncInferenceConfig } = host.deployed.configuration.input;
  const made: ProductionVariant = {
    VariantName,
    ModelName: own,
    ...(InstanceType && { InstanceType }),
    ...(InstancePools && {
      InstancePools: InstancePools.map(({ InstanceType: type, Priority }) => ({
        InstanceType: type,
        Priority,
      })),
    }),
    ...(RoutingConfig && { RoutingConfig }),
    ...StartupParameters,
  };
  return {
    configuration: {
      ...host.deployed.configuration,
      input: {
        EndpointConfigName: name,
        ProductionVariants: [made],
        ...(AsyncInferenceConfig && { AsyncInferenceConfig }),
      },
    },
    models: { [own]: await containerFor(world, region, specification) },
    desired: { [VariantName]: { count, weight: 1 } },
    specification,
    ...(needs.MaxMemoryRequiredInMb && { memoryMB: needs.MaxMemoryRequiredInMb }),
  };
}

/** Of its model, with what the specification says over it. */
async function containerFor(
  { models, surroundings }: World,
  region: string,
  specification: Specification,
): Promise<ContainerDefinition> {
  const { ModelName, Container } = specification;
  if ('BaseInferenceComponentName' in specification) throw notServed('adapters');
  const model = ModelName ? containerOf(existing('model', models, region, ModelName)) : {};
  if (model.Mode === 'MultiModel')
    throw invalid(`Model ${ModelName} has several models, which no inference component can.`);
  if (!ModelName && !Container?.Image)
    throw invalid('Either ModelName or Container with an Image must be specified.');
  if (Container?.Image && !(await surroundings.imageOf(Container.Image)))
    throw invalid(`Requested image ${Container.Image} not found.`);
  return {
    ...model,
    ...(Container?.Image && { Image: Container.Image }),
    ...(Container?.ArtifactUrl && { ModelDataUrl: Container.ArtifactUrl }),
    ...(Container?.Environment && { Environment: Container.Environment }),
  };
}

/** Components have fewer statuses than endpoints. */
const statusOf = ({ status }: EndpointRecord) =>
  ['SystemUpdating', 'RollingBack', 'UpdateRollbackFailed'].includes(status) ? 'Updating' : status;

const summary = (record: Omit<EndpointRecord, 'status'> & { readonly status: string }, region: string) => ({
  InferenceComponentName: record.name,
  InferenceComponentArn: record.arn,
  EndpointName: record.host?.endpoint,
  EndpointArn: arnOf('endpoint', region, record.host?.endpoint ?? ''),
  VariantName: record.host?.variant,
  CreationTime: record.created,
  LastModifiedTime: record.modified,
  InferenceComponentStatus: record.status,
});

function described({ record, variants }: Endpoint, region: string): object {
  const { deployed, failure, deployment, created } = record;
  const { Container, ...specification } = deployed.specification ?? {};
  const image = Container?.Image;
  return {
    ...summary({ ...record, status: statusOf(record) }, region),
    ...(failure && { FailureReason: failure }),
    ...(deployment && { LastDeploymentConfig: deployment }),
    Specification: {
      ...specification,
      ...(Container && {
        Container: {
          ...(image && { DeployedImage: { SpecifiedImage: image, ResolutionTime: created } }),
          ...(Container.ArtifactUrl && { ArtifactUrl: Container.ArtifactUrl }),
          ...(Container.Environment && { Environment: Container.Environment }),
        },
      }),
    },
    RuntimeConfig: {
      DesiredCopyCount: deployed.desired[record.host?.variant ?? '']?.count,
      CurrentCopyCount: variants.flatMap(({ instances }) => instances.filter(({ url }) => url)).length,
    },
  };
}
