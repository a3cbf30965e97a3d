import { invalid, notServed } from '../api/errors.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { checkDeployment } from './deployment.ts';
import { modelNames } from './endpoint-configurations.ts';
import type {
  Deployed,
  DeploymentConfig,
  Desired,
  EndpointConfiguration,
  EndpointRecord,
  Tag,
} from './kinds.ts';
import { containerOf } from './models.ts';
import { arnOf, existing, refuseExisting } from './names.ts';
import { type ListInput, page } from './pages.ts';
import { tagged } from './tags.ts';
import type { Handlers, World } from './world.ts';

interface Input {
  readonly EndpointName: string;
  readonly EndpointConfigName: string;
  readonly DeploymentConfig?: DeploymentConfig;
  readonly Tags?: readonly Tag[];
  readonly RetainAllVariantProperties?: boolean;
  readonly ExcludeRetainedVariantProperties?: readonly { readonly VariantPropertyType: string }[];
  readonly RetainDeploymentConfig?: boolean;
}

interface ScaleInput {
  readonly EndpointName: string;
  readonly DesiredWeightsAndCapacities: readonly {
    readonly VariantName: string;
    readonly DesiredWeight?: number;
    readonly DesiredInstanceCount?: number;
    readonly ServerlessUpdateConfig?: object;
  }[];
}

export function endpoints(world: World): Handlers {
  const { clock, configurations, endpoints: all } = world;
  const settled = (region: string, name: string) => {
    existing('endpoint', all.records, region, name);
    const endpoint = all.get(region, name) as Endpoint;
    if (endpoint.isChanging) throw invalid(`Cannot update in-progress endpoint "${endpoint.record.arn}".`);
    return endpoint;
  };
  const inService = (region: string, name: string) => {
    const endpoint = settled(region, name);
    const { status, arn } = endpoint.record;
    if (status !== 'InService') throw invalid(`Cannot update endpoint "${arn}", whose status is ${status}.`);
    return endpoint;
  };
  return {
    CreateEndpoint({ EndpointName: name, EndpointConfigName, DeploymentConfig, Tags }: Input, region) {
      refuseExisting('endpoint', all.records, region, name);
      const configuration = existing('endpoint-config', configurations, region, EndpointConfigName);
      const deployed = deployedBy(world, region, configuration);
      checkDeployment(DeploymentConfig, deployed);
      const now = clock.date();
      all.create(region, {
        name,
        arn: arnOf('endpoint', region, name),
        tags: tagged(Tags),
        created: now,
        modified: now,
        status: 'Creating',
        deployed,
        ...(DeploymentConfig && { deployment: DeploymentConfig }),
      });
      return { EndpointArn: arnOf('endpoint', region, name) };
    },
    DescribeEndpoint({ EndpointName }: Input, region) {
      existing('endpoint', all.records, region, EndpointName);
      return described(all.get(region, EndpointName) as Endpoint);
    },
    ListEndpoints(input: ListInput, region) {
      const { items, ...more } = page(all.records.list(region), input);
      return { Endpoints: items.map(summary), ...more };
    },
    UpdateEndpoint(input: Input, region) {
      const endpoint = inService(region, input.EndpointName);
      const { deployed, deployment, arn } = endpoint.record;
      const configuration = existing('endpoint-config', configurations, region, input.EndpointConfigName);
      if (isServerless(configuration) && !isServerless(deployed.configuration))
        throw invalid(`Cannot update endpoint "${arn}" from instances to a serverless configuration.`);
      existing('endpoint-config', configurations, region, deployed.configuration.input.EndpointConfigName);
      const made = deployedBy(world, region, configuration);
      const to = input.RetainAllVariantProperties ? retained(made, deployed, input) : made;
      const by = input.RetainDeploymentConfig ? deployment : input.DeploymentConfig;
      checkDeployment(by, to, deployed);
      endpoint.update(to, by);
      return { EndpointArn: arn };
    },
    UpdateEndpointWeightsAndCapacities({ EndpointName, DesiredWeightsAndCapacities }: ScaleInput, region) {
      const endpoint = inService(region, EndpointName);
      const { deployed, arn } = endpoint.record;
      endpoint.scale(
        Object.fromEntries(
          DesiredWeightsAndCapacities.map(
            ({ VariantName: name, DesiredWeight, DesiredInstanceCount: count, ServerlessUpdateConfig }) => {
              const now = deployed.desired[name];
              if (ServerlessUpdateConfig) throw notServed('concurrency');
              if (!now) throw invalid(`The endpoint "${arn}" has no production variant ${name}.`);
              if (count === 0 && !deployed.configuration.input.AsyncInferenceConfig)
                throw invalid(`DesiredInstanceCount of production variant ${name} must be at least 1.`);
              return [name, { count: count ?? now.count, weight: DesiredWeight ?? now.weight }];
            },
          ),
        ),
      );
      return { EndpointArn: arn };
    },
    DeleteEndpoint({ EndpointName }: Input, region) {
      const endpoint = settled(region, EndpointName);
      const [on] = componentsOn(world, region, EndpointName);
      if (on)
        throw invalid(
          `Cannot delete endpoint "${endpoint.record.arn}" with inference component ${on.name} on it.`,
        );
      endpoint.delete();
      return undefined;
    },
  };
}

/** The inference components of an endpoint. */
const componentsOn = ({ components }: World, region: string, name: string) =>
  components.records.list(region).filter(({ host }) => host?.endpoint.toLowerCase() === name.toLowerCase());

/** A configuration with all that is needed of its models. */
function deployedBy({ models }: World, region: string, configuration: EndpointConfiguration): Deployed {
  const variants = configuration.input.ProductionVariants;
  const names = variants.flatMap(modelNames);
  return {
    configuration,
    models: Object.fromEntries(
      names.map((name) => [name, containerOf(existing('model', models, region, name))]),
    ),
    desired: Object.fromEntries(
      variants.map(({ VariantName, InitialInstanceCount: count = 1, InitialVariantWeight: weight = 1 }) => [
        VariantName,
        { count, weight },
      ]),
    ),
  };
}

/** With the counts and weights that variants of the same names have now, but for those that are to be left out. */
function retained(
  to: Deployed,
  from: Deployed,
  { ExcludeRetainedVariantProperties: not = [] }: Input,
): Deployed {
  const excluded = not.map(({ VariantPropertyType }) => VariantPropertyType);
  const desired = Object.entries(to.desired).map(([name, own]): [string, Desired] => {
    const now = from.desired[name] ?? own;
    return [
      name,
      {
        count: excluded.includes('DesiredInstanceCount') ? own.count : now.count,
        weight: excluded.includes('DesiredWeight') ? own.weight : now.weight,
      },
    ];
  });
  return { ...to, desired: Object.fromEntries(desired) };
}

const isServerless = ({ input }: EndpointConfiguration) =>
  input.ProductionVariants.some(({ ServerlessConfig }) => ServerlessConfig);

const summary = ({ name, arn, created, modified, status }: EndpointRecord) => ({
  EndpointName: name,
  EndpointArn: arn,
  CreationTime: created,
  LastModifiedTime: modified,
  EndpointStatus: status,
});

function described({ record, variants }: Endpoint): object {
  const { deployed, failure, pending, deployment } = record;
  const { EndpointConfigName, AsyncInferenceConfig } = deployed.configuration.input;
  return {
    ...summary(record),
    EndpointConfigName,
    ...(AsyncInferenceConfig && { AsyncInferenceConfig }),
    ...(failure && { FailureReason: failure }),
    ...(deployment && { LastDeploymentConfig: deployment }),
    ...(pending && {
      PendingDeploymentSummary: { EndpointConfigName: pending.configuration, StartTime: pending.started },
    }),
    ProductionVariants: variants.map(({ name, variant, instances, weight }) => {
      const desired = deployed.desired[name];
      const image = deployed.models[variant.ModelName ?? '']?.Image;
      const { ServerlessConfig: serverless } = variant;
      return {
        VariantName: name,
        ...(image && { DeployedImages: [{ SpecifiedImage: image, ResolutionTime: record.created }] }),
        CurrentWeight: weight,
        DesiredWeight: desired?.weight,
        ...(serverless
          ? { CurrentServerlessConfig: serverless, DesiredServerlessConfig: serverless }
          : {
              // Those of inference components are there at once: they have no containers of their own.
              CurrentInstanceCount: variant.ModelName
                ? instances.filter(({ url }) => url).length
                : desired?.count,
              DesiredInstanceCount: desired?.count,
            }),
      };
    }),
  };
}
