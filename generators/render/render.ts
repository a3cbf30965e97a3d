import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { counterpart } from '../instances/instances.ts';
import type { Pins } from '../kinds.ts';
import { besideSafetensors, notNeeded } from '../models/needed.ts';
import { packageFolder } from '../package.ts';
import { schemaFile, schemaText } from '../sample-data/schema-file.ts';
import { descriptions, keys } from '../settings/descriptions.ts';
import type { Key } from '../settings/schema.ts';
import { scriptPath } from '../settings/script.ts';
import { contentsOf } from './contents.ts';
import { baseRegistryOf, localRun, variantOptions } from './deployment.ts';
import { json, md, py, sh } from './escape.ts';
import { knownModelOf } from './known-model.ts';
import type { Project } from './project.ts';
import { recordFile, recordOf, recordText } from './record.ts';
import { filesBelow, renderTemplate } from './templates.ts';

/** One file of a project. `path` is relative to it, with forward slashes. */
export interface RenderedFile {
  readonly path: string;
  readonly contents: string;
  readonly executable: boolean;
}

/** Of `python/ml_serving`, what every project gets. */
const always = ['__init__.py', 'VERSION', 'documents.py', 'errors.py'];

/** The template folders that make up a project. Where two have the same file, the later one wins. */
export function layersOf({ settings, server, support, format, origin, adapters }: Project): string[] {
  const ofModel = (settings.inferenceScript !== undefined && support.script?.layers) || [
    ...support.layers,
    ...((settings.task && support.layersByTask?.[settings.task]) ?? []),
  ];
  return [
    'base',
    'deploy',
    ...origin.layers,
    ...(adapters.length ? ['model/adapters'] : []),
    ...server.layers,
    ...ofModel,
    ...(format.layers ?? []),
    `servers/${settings.modelServer}`,
    ...(settings.sampleData === undefined ? [] : ['sample-data']),
  ];
}

/** Folders of a project that are there only when they were asked for. */
function leftOut({ includeSampleModel, includeTesting, inferenceScript }: Project['settings']): string[] {
  return [
    ...(includeSampleModel ? [] : ['sample_model/']),
    ...(includeTesting ? [] : ['test/']),
    // What they ask, a script may not take.
    ...(inferenceScript === undefined ? [] : ['model_handler', 'batches', 'operations', 'sample_data']).map(
      (name) => `test/test_${name}.py`,
    ),
  ];
}

/** Renders a project in memory: its text files, by path, and the record of them. */
export function renderProject(project: Project): RenderedFile[] {
  const sources = new Map<string, string>();
  const excluded = leftOut(project.settings);
  for (const layer of layersOf(project)) {
    for (const file of filesBelow(`templates/${layer}`)) {
      if (!excluded.some((folder) => file.startsWith(folder)))
        sources.set(projectPath(file), `templates/${layer}/${file}`);
    }
  }
  for (const file of filesBelow('python/ml_serving')) {
    if ([...always, ...project.packages].includes(file.split('/')[0] ?? ''))
      sources.set(`code/ml_serving/${file}`, `python/ml_serving/${file}`);
  }
  const values = {
    ...project,
    ...arnsOf(project),
    ...deploymentOf(project),
    answers: answersOf(project),
    // With the model, which may come later, where the project has it.
    contents: contentsOf(project, [
      ...sources.keys(),
      ...(project.settings.inferenceScript === undefined ? [] : [scriptPath]),
      ...(project.origin.uploaded ? ['model/'] : []),
      ...(project.adapters.length ? ['adapters/'] : []),
      ...columnFiles(project).map(({ path }) => path),
    ]),
    descriptions,
    sh,
    json,
    py,
    md,
    pins,
    notNeeded,
    besideSafetensors,
  };
  const files = [...sources]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, source]) => {
      const contents = source.endsWith('.ejs')
        ? renderTemplate(source, values)
        : readFileSync(join(packageFolder, source), 'utf8');
      return { path, contents, executable: isProgram(contents) };
    });
  files.push(...columnFiles(project));
  const record = recordOf(files, knownModelOf(project));
  return [...files, { path: recordFile, contents: recordText(record), executable: false }];
}

/** Scripts can be run, and nothing else. */
export function isProgram(contents: string | Buffer): boolean {
  return contents.slice(0, 2).toString() === '#!';
}

/** npm leaves `.gitignore` files out of packages, so ours has another name until it is written. */
function projectPath(file: string): string {
  return file.replace(/\.ejs$/, '').replace(/(^|\/)_gitignore$/, '$1.gitignore');
}

/** The answers as the project keeps them: run in its folder, the generator makes the same project again. */
function answersOf({ settings, leftEmpty, modelPath, sample }: Project): object {
  const answers = {
    ...settings,
    projectDir: '.',
    ...(modelPath !== undefined && { modelPath }),
    ...(sample && { sampleData: sample.part.name }),
    ...(settings.inferenceScript !== undefined && { inferenceScript: scriptPath }),
  };
  const entry = (key: Key) => [key, answers[key] ?? (leftEmpty.includes(key) ? null : undefined)] as const;
  return Object.fromEntries(keys.map(entry).filter(([, value]) => value !== undefined));
}

/** The project's part of the sample data, and the schema of the model's columns. */
function columnFiles({ sample, columns }: Project): RenderedFile[] {
  const file = (path: string, contents: string) => ({ path, contents, executable: false });
  return [
    ...(sample ? [file(sample.part.name, sample.part.text)] : []),
    ...(columns ? [file(schemaFile, schemaText(columns, sample?.example))] : []),
  ];
}

/** For the scripts that deploy and test. */
function deploymentOf({ settings, cuda, baseImage, origin, hosts, adapters, instance }: Project) {
  return {
    counterpart: counterpart(instance),
    variantOptions: variantOptions(hosts),
    baseRegistry: baseRegistryOf(baseImage),
    ...localRun(cuda, origin, settings.hfTokenSecretArn, adapters.length > 0),
  };
}

/** For the IAM documents. */
function arnsOf({ settings, partition, accountId, origin, adapters }: Project) {
  const project = [settings.projectName, settings.projectId].filter(Boolean).join('-');
  const own = `sagemaker-${settings.awsRegion}-${accountId}/${project}/*`;
  const objects = origin.objects ?? own;
  const bucket = objects.slice(0, objects.indexOf('/'));
  const s3 = (resource: string) => `arn:${partition.name}:s3:::${resource}`;
  return {
    arn: (service: string, resource: string) =>
      `arn:${partition.name}:${service}:${settings.awsRegion}:${accountId}:${resource}`,
    // deploy/bucket.sh names the bucket the same.
    bucketArn: s3(bucket),
    objectsArn: s3(objects),
    objects: objects.slice(bucket.length + 1),
    // As the scripts tag what belongs to it.
    owner: [settings.projectName, settings.projectId].filter(Boolean).join('-'),
    // Names that deploy.sh gives, with twelve digits of a hash: of no project whose name only starts the same.
    madeBy: `${settings.projectName.toLowerCase()}-${'?'.repeat(12)}`,
    logs: ['', ':*'].map(
      (streams) =>
        `arn:${partition.name}:logs:${settings.awsRegion}:${accountId}:log-group:/aws/sagemaker/Endpoints/${settings.projectName}${streams}`,
    ),
    // Of LoRA adapters that are to be brought from S3.
    adapterArns: adapters.flatMap(({ s3: uri }) => {
      const path = uri?.replace('s3://', '');
      const [, bucket, prefix = ''] = /^([^/]+)(?:\/(.*))?$/s.exec(path ?? '') ?? [];
      return bucket ? [{ bucket: s3(bucket), objects: s3(`${path}*`), prefix: `${prefix}*` }] : [];
    }),
  };
}

/** Lines of a requirements file. */
function pins(requirements: Pins): string[] {
  return Object.entries(requirements)
    .map(([name, version]) => `${name}==${version}`)
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}
