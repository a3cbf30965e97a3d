// What is kept of each resource: members of SageMaker's API by their own names, and those that are looked at by type.

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface Resource {
  readonly tags: readonly Tag[];
  readonly arn: string;
  /** Seconds since 1970. */
  readonly created: number;
}

export interface ContainerDefinition {
  readonly Image?: string;
  readonly Mode?: string;
  readonly MultiModelConfig?: { readonly ModelCacheSetting?: string };
  readonly ModelDataUrl?: string;
  readonly ModelDataSource?: {
    readonly S3DataSource?: {
      readonly S3Uri: string;
      readonly S3DataType: string;
      readonly CompressionType: string;
    };
  };
  readonly AdditionalModelDataSources?: readonly unknown[];
  readonly ModelPackageName?: string;
  readonly Environment?: Readonly<Record<string, string>>;
}

export interface Model extends Resource {
  readonly input: {
    readonly ModelName: string;
    readonly PrimaryContainer?: ContainerDefinition;
    readonly Containers?: readonly ContainerDefinition[];
    readonly EnableNetworkIsolation?: boolean;
  };
}

export interface ProductionVariant {
  readonly VariantName: string;
  readonly ModelName?: string;
  readonly InitialInstanceCount?: number;
  readonly InstanceType?: string;
  readonly InstancePools?: readonly {
    readonly InstanceType: string;
    readonly Priority: number;
    readonly ModelNameOverride?: string;
  }[];
  readonly InitialVariantWeight?: number;
  readonly ServerlessConfig?: {
    readonly MemorySizeInMB: number;
    readonly MaxConcurrency: number;
    readonly ProvisionedConcurrency?: number;
  };
  readonly VolumeSizeInGB?: number;
  readonly ModelDataDownloadTimeoutInSeconds?: number;
  readonly ContainerStartupHealthCheckTimeoutInSeconds?: number;
  readonly ManagedInstanceScaling?: object;
  readonly RoutingConfig?: { readonly RoutingStrategy: string };
}

export interface EndpointConfiguration extends Resource {
  readonly input: {
    readonly EnableNetworkIsolation?: boolean;
    readonly EndpointConfigName: string;
    readonly ProductionVariants: readonly ProductionVariant[];
    readonly ExecutionRoleArn?: string;
    readonly AsyncInferenceConfig?: {
      readonly OutputConfig: {
        readonly S3OutputPath?: string;
        readonly S3FailurePath?: string;
        readonly NotificationConfig?: object;
      };
      readonly ClientConfig?: { readonly MaxConcurrentInvocationsPerInstance?: number };
    };
  };
}

/** Of one step of an update. */
export interface Size {
  readonly Type: 'INSTANCE_COUNT' | 'COPY_COUNT' | 'CAPACITY_PERCENT';
  readonly Value: number;
}

export interface DeploymentConfig {
  readonly BlueGreenUpdatePolicy?: {
    readonly TrafficRoutingConfiguration: {
      readonly Type: 'ALL_AT_ONCE' | 'CANARY' | 'LINEAR';
      readonly WaitIntervalInSeconds: number;
      readonly CanarySize?: Size;
      readonly LinearStepSize?: Size;
    };
    readonly TerminationWaitInSeconds?: number;
    readonly MaximumExecutionTimeoutInSeconds?: number;
  };
  readonly RollingUpdatePolicy?: {
    readonly MaximumBatchSize: Size;
    readonly RollbackMaximumBatchSize?: Size;
    readonly WaitIntervalInSeconds: number;
    readonly MaximumExecutionTimeoutInSeconds?: number;
  };
  readonly AutoRollbackConfiguration?: { readonly Alarms?: readonly { readonly AlarmName?: string }[] };
}

type EndpointStatus =
  | 'Creating'
  | 'InService'
  | 'Updating'
  | 'SystemUpdating'
  | 'RollingBack'
  | 'UpdateRollbackFailed'
  | 'Failed'
  | 'Deleting';

/** How many instances a variant has, and which part of the requests, in proportion to those of the others. */
export interface Desired {
  readonly count: number;
  readonly weight: number;
}

/** A configuration with its models, as they were when the endpoint came to use them: both may be deleted since. */
export interface Deployed {
  readonly configuration: EndpointConfiguration;
  readonly models: Readonly<Record<string, ContainerDefinition>>;
  readonly desired: Readonly<Record<string, Desired>>;
  /** Of inference components: what one copy may have, and the specification that it comes from. */
  readonly memoryMB?: number;
  readonly specification?: Specification;
}

/** Of an inference component. */
export interface Specification {
  readonly ModelName?: string;
  readonly Container?: {
    readonly Image?: string;
    readonly ArtifactUrl?: string;
    readonly Environment?: Readonly<Record<string, string>>;
  };
  readonly StartupParameters?: Pick<
    ProductionVariant,
    'ModelDataDownloadTimeoutInSeconds' | 'ContainerStartupHealthCheckTimeoutInSeconds'
  >;
  readonly ComputeResourceRequirements?: Needs;
}

/** What a copy of an inference component takes of an instance. */
export interface Needs {
  readonly MinMemoryRequiredInMb: number;
  readonly MaxMemoryRequiredInMb?: number;
  readonly NumberOfCpuCoresRequired?: number;
}

export interface EndpointRecord extends Resource {
  readonly name: string;
  readonly status: EndpointStatus;
  readonly failure?: string;
  readonly modified: number;
  readonly deployed: Deployed;
  /** What an update is on its way to. */
  readonly pending?: { readonly configuration: string; readonly started: number };
  readonly deployment?: DeploymentConfig;
  /** Of an inference component: where it lies. */
  readonly host?: { readonly endpoint: string; readonly variant: string };
}

export interface TransformRecord extends Resource {
  readonly input: {
    readonly TransformJobName: string;
    readonly ModelName: string;
    readonly MaxConcurrentTransforms?: number;
    readonly MaxPayloadInMB?: number;
    readonly BatchStrategy?: 'MultiRecord' | 'SingleRecord';
    readonly ModelClientConfig?: {
      readonly InvocationsTimeoutInSeconds?: number;
      readonly InvocationsMaxRetries?: number;
    };
    readonly Environment?: Readonly<Record<string, string>>;
    readonly TransformInput: {
      readonly DataSource: { readonly S3DataSource: { readonly S3DataType: string; readonly S3Uri: string } };
      readonly ContentType?: string;
      readonly CompressionType?: string;
      readonly SplitType?: string;
    };
    readonly TransformOutput: {
      readonly S3OutputPath: string;
      readonly Accept?: string;
      readonly AssembleWith?: string;
    };
    readonly TransformResources: { readonly InstanceType: string; readonly InstanceCount: number };
    readonly DataProcessing?: {
      readonly InputFilter?: string;
      readonly OutputFilter?: string;
      readonly JoinSource?: string;
    };
  };
  readonly status: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
  readonly failure?: string;
  readonly modified: number;
  readonly ended?: number;
  readonly container: ContainerDefinition;
}
