import { describeInstance, type Instance } from '../instances/instances.ts';
import { type Partition, partitionOf } from '../instances/partitions.ts';
import type { Framework, ModelFormat, Pins, Server, Support, Variable } from '../kinds.ts';
import { frameworks, servers } from '../registry.ts';
import { formatByEnding } from '../settings/descriptions.ts';
import { modelFiles } from '../settings/model-files.ts';
import { fullPath } from '../settings/paths.ts';
import type { Settings } from '../settings/schema.ts';

/** Everything that follows from the settings: what templates, layers and reports work with. */
export interface Project {
  readonly settings: Settings;
  readonly framework: Framework;
  readonly format: ModelFormat;
  readonly server: Server;
  /** What the framework brings to such a serving stack. */
  readonly support: Support;
  /** The settings of a server of ours. */
  readonly variables: readonly Variable[];
  readonly instance: Instance;
  /** Things to tell the user that are no errors. */
  readonly warnings: readonly string[];
  readonly partition: Partition;
  /** The image repository in ECR, whose names have no capitals. */
  readonly repository: string;
  /** The account of the role, or a placeholder to replace. */
  readonly accountId: string;
  /** The file below `model/` that the handler loads. */
  readonly modelFile: string;
  /** The model's files to copy: absolute paths by their paths in the project. */
  readonly modelCopies: ReadonlyMap<string, string>;
  readonly requirements: Pins;
  /** An index of packages beside PyPI. */
  readonly packageIndex: string | undefined;
  /** Absolute path of the folder to write to. */
  readonly folder: string;
}

export function describeProject(settings: Settings, cwd: string): Project {
  const framework = known(frameworks.get(settings.framework));
  const format = known(framework.formats[settings.modelFormat]);
  const server = known(servers.get(settings.modelServer));
  const support = known(framework.servedBy[server.kind]);
  const { instance, warning } = describeInstance(instanceTypeOf(settings, framework));
  const unusedGpu =
    instance.hasAccelerator && framework.gpuUseless
      ? `${instance.type} has an accelerator that costs money and is not used: ${framework.gpuUseless}`
      : undefined;
  const files =
    settings.modelPath === undefined
      ? new Map<string, string>()
      : modelFiles(fullPath(cwd, settings.modelPath));
  return {
    settings,
    framework,
    format,
    server,
    instance,
    warnings: [warning, unusedGpu].filter((text) => text !== undefined),
    partition: partitionOf(settings.awsRegion),
    repository: settings.projectName.toLowerCase(),
    accountId: settings.awsRoleArn?.split(':')[4] ?? 'ACCOUNT_ID',
    modelFile: modelFileName(settings, [...files.keys()]),
    modelCopies: new Map([...files].map(([file, source]) => [`model/${file}`, source])),
    support,
    variables: ownFirst(support.variables ?? [], server.variables ?? []),
    packageIndex: instance.hasAccelerator ? undefined : support.cpuPackages,
    requirements: { ...server.requirements, ...support.requirements, ...format.requirements },
    folder: fullPath(cwd, settings.projectDir),
  };
}

function instanceTypeOf({ instanceType, customInstanceType }: Settings, framework: Framework): string {
  const types: Record<string, string | undefined> = {
    'cpu-optimized': 'ml.m6g.large',
    'gpu-enabled': framework.gpuInstanceType ?? 'ml.g5.xlarge',
    custom: customInstanceType,
  };
  return types[instanceType] ?? instanceType;
}

/** The given file, or the one in the given folder that has the format's ending. */
function modelFileName({ framework, modelFormat }: Settings, files: readonly string[]): string {
  const fitting = files.find((file) => formatByEnding({ framework, modelPath: file }) === modelFormat);
  return fitting ?? files[0] ?? `model.${modelFormat}`;
}

/** All variables; of those of one name, the first one. */
function ownFirst(own: readonly Variable[], others: readonly Variable[]): readonly Variable[] {
  return [...own, ...others.filter(({ name }) => !own.some((one) => one.name === name))];
}

/** The settings were checked against the registry: what they name is there. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the settings name something that is not registered');
  return value;
}
