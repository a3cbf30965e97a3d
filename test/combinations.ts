import { frameworks, serversOf } from '../generators/registry.ts';
import { describeProject, type Project } from '../generators/render/project.ts';
import type { Settings } from '../generators/settings/schema.ts';

/** Every framework, format and serving stack that go together, from the registry. */
export const combinations = [...frameworks].flatMap(([framework, definition]) =>
  Object.entries(definition.formats)
    .filter(([, { refused }]) => !refused)
    .flatMap(([modelFormat]) =>
      serversOf(definition).map((modelServer) => ({ framework, modelFormat, modelServer })),
    ),
);

/** Every framework with every serving stack, in the framework's first format. */
export const stacks = combinations.filter(
  ({ framework, modelServer }, index) =>
    combinations.findIndex((one) => one.framework === framework && one.modelServer === modelServer) === index,
);

export const nameOf = ({ framework, modelFormat, modelServer }: (typeof combinations)[number]) =>
  `${framework}-${modelFormat}-${modelServer}`;

/** A project as it would be described for these settings, the others as a user would leave them. */
export function projectFor(
  settings: Partial<Settings> & (typeof combinations)[number],
  cwd = '/nowhere',
): Project {
  const projectName = settings.projectName ?? nameOf(settings);
  const defaults = {
    instanceType: 'cpu-optimized',
    awsRegion: 'us-east-1',
    includeSampleModel: true,
    includeTesting: true,
  };
  return describeProject({ ...defaults, projectName, projectDir: `./${projectName}`, ...settings }, cwd);
}
