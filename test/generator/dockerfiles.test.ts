import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type From, type Instruction } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../generators/hosting/containers/declaration.ts';
import { frameworks, servers } from '../../generators/registry.ts';
import { renderProject } from '../../generators/render/render.ts';
import { combinations, nameOf, projectFor, sources } from '../combinations.ts';
import { tempFolder } from '../harness.ts';

const capability = (name: string) => `com.amazonaws.sagemaker.capabilities.${name}`;
const folder = tempFolder();

/** Each combination; where a model can come from several places, with each of them. */
const cases = combinations.flatMap((combination) =>
  frameworks.get(combination.framework)?.modelIs === 'folder'
    ? Object.entries(sources).map(([source, settings]) => ({
        name: `${nameOf(combination)}-${source}`,
        ...combination,
        ...settings,
      }))
    : [{ name: nameOf(combination), ...combination }],
);

describe.each(cases)('$name', ({ name, ...settings }) => {
  const project = projectFor({ ...settings, projectName: name });
  const files = renderProject(project);
  const text = files.find(({ path }) => path === 'Dockerfile')?.contents ?? '';
  const path = join(folder, name);
  writeFileSync(path, text);
  const instructions = DockerfileParser.parse(text).getInstructions();
  const declared = readDockerfile(path);
  const of = (keyword: string) =>
    instructions
      .filter((instruction: Instruction) => instruction.getKeyword() === keyword)
      .map((instruction: Instruction) => instruction.getArgumentsContent() ?? '');

  test('`docker run IMAGE serve` runs a program of the project, and nothing that the base image starts', () => {
    expect(declared.entrypoint).toEqual(['/opt/program/serve']);
    expect(files.find((file) => file.path === 'code/serve')?.executable).toBe(true);
    // An entry point takes the base image's CMD away; what stands here must not bring one back.
    for (const command of of('CMD')) expect(JSON.parse(command)).toEqual([]);
  });

  test('it listens where SageMaker asks it to, and claims no more than it can do', () => {
    expect(of('EXPOSE')).toEqual(['8080']);
    expect(declared.labels[capability('accept-bind-to-port')]).toBe('true');
    const severalModels = files.some((file) => file.path.endsWith('/multi_model_api.py'));
    expect(declared.labels[capability('multi-models')] === 'true').toBe(severalModels);
  });

  test('the base image is named once, with an exact tag', () => {
    const bases = instructions
      .filter((instruction): instruction is From => instruction.getKeyword() === 'FROM')
      .map((from) => from.getImage());
    const [argument, image] = of('ARG')[0]?.split('=') ?? [];
    expect(new Set(bases)).toEqual(new Set([`\${${argument}}`]));
    expect(image).toBe(project.baseImage);
    expect(image).toMatch(/^[\w./-]+:v?\d[\w.-]+$/);
    expect(text).not.toMatch(/:latest\b/);
  });

  test('no secret is baked in', () => {
    const variables = [...of('ARG'), ...of('ENV')].join('\n');
    expect(variables).not.toMatch(/token|secret|password|credential|access_?key/i);
  });
});

describe.each(combinations.filter(({ modelServer }) => servers.get(modelServer)?.image.ofAws))(
  "$modelServer: AWS's own image is taken from the registry of the region",
  (combination) => {
    test.each([
      ['us-east-1', '763104351884.dkr.ecr.us-east-1.amazonaws.com'],
      ['eu-south-1', '692866216735.dkr.ecr.eu-south-1.amazonaws.com'],
      ['us-gov-west-1', '442386744353.dkr.ecr.us-gov-west-1.amazonaws.com'],
      ['cn-north-1', '727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn'],
    ])('%s', (awsRegion, registry) => {
      const { name } = servers.get(combination.modelServer)?.image ?? {};
      expect(projectFor({ ...combination, awsRegion }).baseImage).toBe(`${registry}/${name}`);
    });
  },
);
