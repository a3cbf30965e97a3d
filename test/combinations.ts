import { frameworks, servers, serversOf } from '../generators/registry.ts';
import { describeProject, type Project } from '../generators/render/project.ts';
import { hasSample } from '../generators/settings/possible.ts';
import type { Settings } from '../generators/settings/schema.ts';

/** Every framework, format and serving stack that go together, from the registry. */
export const combinations = [...frameworks].flatMap(([framework, definition]) =>
  Object.keys(definition.formats).flatMap((modelFormat) =>
    serversOf(definition).map((modelServer) => ({ framework, modelFormat, modelServer })),
  ),
);

/** Every framework with every serving stack, in the framework's first format. */
export const stacks = combinations.filter(
  ({ framework, modelServer }, index) =>
    combinations.findIndex((one) => one.framework === framework && one.modelServer === modelServer) === index,
);

/** Those whose model is one file: of rows of numbers. */
export const ofRows = ({ framework }: { readonly framework: string }) =>
  frameworks.get(framework)?.modelIs === 'file';

/** Those that come with a sample model. */
export const withSample = combinations.filter(hasSample);

export const nameOf = ({ framework, modelFormat, modelServer }: (typeof combinations)[number]) =>
  `${framework}-${modelFormat}-${modelServer}`;

/** Where a model can come from, for frameworks whose models are folders. */
export const sources: Readonly<Record<string, Partial<Settings>>> = {
  hub: { modelName: 'org/model@0123456789abcdef0123456789abcdef01234567', modelSource: 'hub' },
  's3-from-hub': { modelName: 'org/model', modelSource: 's3' },
  's3-prefix': { modelName: 's3://bucket/models/mine/', modelSource: 's3' },
  's3-archive': { modelName: 's3://bucket/models/mine.tar.gz', modelSource: 's3' },
  folder: { modelSource: 's3' },
};

/** A project as it would be described for these settings, the others as a user would leave them. */
export function projectFor(
  settings: Partial<Settings> & (typeof combinations)[number],
  cwd = '/nowhere',
): Project {
  const projectName = settings.projectName ?? nameOf(settings);
  const framework = frameworks.get(settings.framework);
  const server = servers.get(settings.modelServer);
  const defaults = {
    instanceType: server?.needsGpu ? 'gpu-enabled' : 'cpu-optimized',
    awsRegion: 'us-east-1',
    projectId: '0a1b2c3d',
    includeSampleModel: hasSample(settings),
    includeTesting: true,
    ...(framework?.modelIs === 'folder' && {
      task: server?.tasks?.[0] ?? framework.sample.task,
      modelSource: 's3' as const,
    }),
  };
  return describeProject({ ...defaults, projectName, projectDir: `./${projectName}`, ...settings }, cwd);
}
