import { join } from 'node:path';
import { deepLearningContainers, regions } from '../instances/deep-learning-containers.ts';
import { describeInstance, type Instance, standIns } from '../instances/instances.ts';
import { type Partition, partitionOf } from '../instances/partitions.ts';
import type {
  ContentTypes,
  Cuda,
  Framework,
  ModelFormat,
  Pins,
  Server,
  Support,
  Variable,
} from '../kinds.ts';
import type { KnownModel, ModelFacts } from '../models/facts.ts';
import { missingIn } from '../models/file-kinds.ts';
import { parseModelName } from '../models/names.ts';
import { boto3 } from '../pins.ts';
import { frameworks, servers } from '../registry.ts';
import type { Column } from '../sample-data/column.ts';
import type { SampleData } from '../sample-data/sample-data.ts';
import { contentTypesOf, settingsOf } from '../serving.ts';
import { modelFiles } from '../settings/model-files.ts';
import { fullPath } from '../settings/paths.ts';
import { didYouMean, UsageError } from '../settings/problems.ts';
import type { Key, Settings } from '../settings/schema.ts';
import type { Script } from '../settings/script.ts';
import { type Adapter, adaptersOf } from './adapters.ts';
import { cudaOf, environmentOf, type Hosts, hostsOf } from './deployment.ts';
import { checkHardware } from './hardware.ts';
import { declaredIn, modelFileName, pathInProject } from './model-file.ts';
import { type ModelLink, modelLinkOf } from './model-link.ts';
import { type Origin, originOf } from './origin.ts';
import { remarksOn, toWrite } from './script-files.ts';
import { whyNotServed } from './served.ts';

/** Everything that follows from the settings: what templates, layers and reports work with. */
export interface Project {
  readonly settings: Settings;
  /** What was asked for and not given: the next run in the project does not ask again. */
  readonly leftEmpty: readonly Key[];
  readonly framework: Framework;
  readonly format: ModelFormat;
  readonly server: Server;
  /** What the framework brings to such a serving stack. */
  readonly support: Support;
  /** The folders and files of `python/ml_serving` that it takes. */
  readonly packages: readonly string[];
  /** The settings of a server of ours. */
  readonly variables: readonly Variable[];
  /** What `/invocations` of a server of ours takes and answers. */
  readonly contentTypes: ContentTypes;
  readonly instance: Instance;
  /** Other types for the same image and the same model, as far as is known: where there is no capacity of the instance's. */
  readonly others: readonly string[];
  /** What the image brings for the instance's GPUs. */
  readonly cuda: Cuda | undefined;
  /** What each GPU has to hold, line by line; none where that is not known. */
  readonly sum: readonly string[];
  /** Things to tell the user that are no errors. */
  readonly warnings: readonly string[];
  readonly partition: Partition;
  /** The full name of the image that the project's own is made from. */
  readonly baseImage: string;
  /** The image repository in ECR, whose names have no capitals. */
  readonly repository: string;
  /** The account of the role, or a placeholder to replace. */
  readonly accountId: string;
  /** The file below `model/` that the handler loads. */
  readonly modelFile: string;
  /** Where the model is found again in the project; absent: there was none yet. */
  readonly modelPath: string | undefined;
  /** What the model tells of itself. */
  readonly facts: ModelFacts | undefined;
  /** Of the data that the model was trained with. */
  readonly sample: SampleData | undefined;
  /** What model/input_schema.json is to declare; undefined: nothing, or the model came with that file. */
  readonly columns: readonly Column[] | undefined;
  /** What it declares: as it lies in the project, or came with the model, where people edit it. */
  readonly declared: readonly Column[] | undefined;
  /** The user's script and its modules, where they do not lie in the project already: contents by their paths in it. */
  readonly scriptFiles: ReadonlyMap<string, Buffer>;
  /** The model's files to copy: absolute paths by their paths in the project. */
  readonly modelCopies: ReadonlyMap<string, string>;
  /** Of LoRA, that are served with it. */
  readonly adapters: readonly Adapter[];
  /** What `model/` is to be a link to, in place of copies. */
  readonly modelLink: ModelLink | undefined;
  readonly requirements: Pins;
  readonly origin: Origin;
  /** Environment variables of the container. */
  readonly environment: Readonly<Record<string, string>>;
  readonly hosts: Hosts;
  /** Environment variables of the image. */
  readonly imageEnvironment: Readonly<Record<string, string>>;
  /** An index of packages beside PyPI. */
  readonly packageIndex: string | undefined;
  /** Absolute path of the folder to write to. */
  readonly folder: string;
}

/** `facts` are what the model tells of itself; one that is `known` need not be there. Throws UsageError when it does not fit on the instance. */
export function describeProject(
  given: Settings,
  cwd: string,
  {
    facts,
    leftEmpty = [],
    known: knownModel,
    sample,
    script: readScript,
  }: {
    facts?: ModelFacts | undefined;
    leftEmpty?: readonly Key[];
    known?: KnownModel | undefined;
    sample?: SampleData | undefined;
    script?: Script | undefined;
  } = {},
): Project {
  const adapters = adaptersOf(given, cwd, facts, knownModel !== undefined);
  const settings = pinned(given, facts, adapters);
  const framework = known(frameworks.get(settings.framework));
  const format = known(framework.formats[settings.modelFormat]);
  const server = known(servers.get(settings.modelServer));
  const support = known(framework.servedBy[server.kind]);
  const { instance, warning } = describeInstance(instanceTypeOf(settings, framework));
  const origin = originOf(settings, framework);
  const unusedGpu =
    instance.hasAccelerator && !framework.usesGpu
      ? `${instance.type} has an accelerator that costs money and is not used: ${framework.gpuUseless}`
      : undefined;
  const files =
    settings.modelPath === undefined || knownModel
      ? new Map<string, string>()
      : modelFiles(fullPath(cwd, settings.modelPath), framework.modelIs);
  const source = settings.modelPath && fullPath(cwd, settings.modelPath);
  const folder = fullPath(cwd, settings.projectDir);
  const modelLink =
    source && framework.modelIs === 'folder' && source !== join(folder, 'model')
      ? modelLinkOf(source, files.values(), settings.copyModel)
      : undefined;
  const requirements = {
    ...server.requirements,
    ...support.requirements,
    ...format.requirements,
    ...(settings.hfTokenSecretArn && boto3),
  };
  const modelFile = knownModel?.modelFile ?? modelFileName(settings, files);
  const partition = partitionOf(settings.awsRegion);
  const script = settings.inferenceScript === undefined ? undefined : known(support.script);
  const serving =
    script?.serving ?? (settings.task && support.servingByTask?.[settings.task]) ?? support.serving;
  const packages = [...server.packages, ...(serving?.packages ?? [])];
  const cuda = cudaOf(instance, server, support);
  const refused = facts ? whyNotServed(settings, server, facts) : [];
  if (refused.length) throw new UsageError(refused);
  const hardware = framework.usesGpu
    ? checkHardware(settings, server, instance, cuda, facts)
    : { warnings: [], sum: [], settings: {} };
  const goesOn = (other: Instance) => {
    try {
      checkHardware({ ...settings, ...hardware.settings }, server, other, cuda, facts);
      return true;
    } catch {
      return false;
    }
  };
  const others = standIns(instance).filter((other) => !framework.usesGpu || goesOn(other));
  const model = files.get(modelFile);
  const columns = facts?.hasSchema ? undefined : (facts?.columns ?? sample?.columns);
  return {
    settings,
    leftEmpty: leftEmpty.filter((key) => settings[key] === undefined),
    framework,
    format,
    server,
    instance,
    others: others.slice(0, 8).map(({ type }) => type),
    cuda,
    sum: hardware.sum,
    warnings: [
      warning,
      unknownRegion(settings.awsRegion),
      unusedGpu,
      ...(model === undefined ? [] : missingIn(model, Object.keys(requirements))),
      ...(facts?.warnings ?? []),
      ...(readScript ? remarksOn(readScript, requirements, files) : []),
      ...hardware.warnings,
    ].filter((text) => text !== undefined),
    partition,
    baseImage: server.image.ofAws
      ? `${deepLearningContainers(settings.awsRegion, partition)}/${server.image.name}`
      : server.image.name,
    repository: settings.projectName.toLowerCase(),
    accountId: settings.awsRoleArn?.split(':')[4] ?? 'ACCOUNT_ID',
    modelFile,
    modelPath: files.size ? pathInProject(modelFile, files.size) : settings.modelPath,
    facts,
    sample,
    columns,
    declared: declaredIn([join(folder, 'model'), source]) ?? columns,
    scriptFiles: readScript ? toWrite(readScript, folder) : new Map(),
    modelCopies: new Map([
      ...[...(modelLink ? [] : files)].map(([file, from]) => [`model/${file}`, from] as const),
      ...adapters.flatMap(({ copies }) => copies),
    ]),
    adapters,
    modelLink,
    support,
    packages,
    variables: serving ? settingsOf(serving.kind) : [],
    contentTypes: contentTypesOf(packages),
    imageEnvironment: { ...support.imageEnvironment, ...(cuda && !server.image.cuda && gpuAccess) },
    packageIndex: instance.hasAccelerator ? undefined : support.cpuPackages,
    requirements,
    origin,
    environment: environmentOf({ ...settings, ...hardware.settings }, server, origin, hardware.environment),
    hosts: hostsOf(instance, cuda, origin, facts?.weightsBytes),
    folder,
  };
}

function unknownRegion(region: string): string | undefined {
  return regions.includes(region)
    ? undefined
    : `${region} is no region that is known here${didYouMean(region, regions)}`;
}

/** What NVIDIA's own images say: without it, no GPU is given to a container. */
const gpuAccess = { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'compute,utility' };

/** With the commit that the model's revision stands for today. */
function pinned(given: Settings, facts: ModelFacts | undefined, adapters: readonly Adapter[]): Settings {
  const settings = adapters.length ? { ...given, adapters: adapters.map(({ answer }) => answer) } : given;
  const name = settings.modelName === undefined ? undefined : parseModelName(settings.modelName);
  return facts?.commit && name && 'id' in name
    ? { ...settings, modelName: `${name.id}@${facts.commit}` }
    : settings;
}

function instanceTypeOf({ instanceType, customInstanceType }: Settings, framework: Framework): string {
  const types: Record<string, string | undefined> = {
    'cpu-optimized': 'ml.m6g.large',
    'gpu-enabled': framework.gpuInstanceType ?? 'ml.g5.xlarge',
    custom: customInstanceType,
  };
  return types[instanceType] ?? instanceType;
}

/** The settings were checked against the registry: what they name is there. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the settings name something that is not registered');
  return value;
}
