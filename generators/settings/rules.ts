import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { partitionOf } from '../instances/partitions.ts';
import { frameworks, serversOf } from '../registry.ts';
import { modelFiles } from './model-files.ts';
import { fullPath, whyNotWritable } from './paths.ts';
import { formatByEnding, type Key, type Values } from './schema.ts';

/** What is wrong with a setting in the light of the others; undefined when nothing is, or not yet known. */
type Rule = (values: Values, cwd: string) => string | undefined;

/** Rules between settings, each under the setting that it blames. */
const rules: ReadonlyArray<readonly [Key, Rule]> = [
  [
    'modelFormat',
    ({ framework, modelFormat }) => {
      const formats = frameworks.get(framework ?? '')?.formats;
      if (!formats || !modelFormat) return undefined;
      const format = formats[modelFormat];
      const usable = Object.keys(formats).filter((name) => !formats[name]?.refused);
      return format ? format.refused : `not a format of ${framework}: ${usable.join(', ')}`;
    },
  ],
  [
    'modelServer',
    ({ framework: name, modelServer }) => {
      const framework = frameworks.get(name ?? '');
      if (!framework || !modelServer) return undefined;
      const able = serversOf(framework);
      return able.includes(modelServer)
        ? undefined
        : `cannot serve ${name}; those that can: ${able.join(', ')}`;
    },
  ],
  [
    'customInstanceType',
    ({ instanceType, customInstanceType }) =>
      customInstanceType && instanceType !== 'custom'
        ? 'only with instanceType=custom (or give the type as instanceType itself)'
        : undefined,
  ],
  [
    'modelPath',
    (values, cwd) =>
      values.modelPath === undefined ? undefined : wrongModelPath(values, values.modelPath, cwd),
  ],
  [
    'projectDir',
    ({ projectDir }, cwd) => {
      const reason = projectDir && whyNotWritable(fullPath(cwd, projectDir));
      return reason ? `cannot be written to: ${reason}` : undefined;
    },
  ],
  [
    'awsRoleArn',
    ({ awsRoleArn, awsRegion }) => {
      const partition = awsRegion && partitionOf(awsRegion).name;
      return !awsRoleArn || !partition || awsRoleArn.startsWith(`arn:${partition}:`)
        ? undefined
        : `not a role of the partition ${partition}, to which ${awsRegion} belongs`;
    },
  ],
  [
    'includeSampleModel',
    ({ includeSampleModel, modelPath }) =>
      includeSampleModel && modelPath !== undefined
        ? 'the sample would replace the model of modelPath: give one of the two'
        : undefined,
  ],
];

/** The settings that do not go together, with what is wrong. Values that are not known yet break no rule. */
export function brokenRules(values: Values, cwd: string): { key: Key; message: string }[] {
  return rules.flatMap(([key, rule]) => {
    const message = rule(values, cwd);
    return message === undefined ? [] : [{ key, message }];
  });
}

/** File names are rendered into Python and Markdown, and go into an archive. */
const plainName = /^[\p{L}\p{M}\p{N} ._+=@()-]+$/u;

function wrongModelPath(values: Values, modelPath: string, cwd: string): string | undefined {
  const path = fullPath(cwd, modelPath);
  if (!existsSync(path)) return `no such file (looked for ${path})`;
  let files: string[];
  try {
    files = [...modelFiles(path).keys()];
  } catch (error) {
    return `cannot be taken as a model: ${(error as Error).message}`;
  }
  const strange = files.find((file) => !file.split('/').every((part) => plainName.test(part)));
  if (strange !== undefined)
    return `the file name ${JSON.stringify(strange)} has characters other than letters, digits, spaces and ._+=@()-`;
  const { framework, modelFormat } = values;
  if (!framework || !modelFormat) return undefined;
  if (statSync(path).isFile()) {
    const ending = formatByEnding({ ...values, modelPath: path });
    if (ending && ending !== modelFormat)
      return `${basename(path)} is a ${ending} file, but modelFormat is ${modelFormat}`;
    const others = [...frameworks.keys()].filter((other) =>
      formatByEnding({ framework: other, modelPath: path }),
    );
    return ending || !others.length
      ? undefined
      : `${basename(path)} is a model of ${others.join(', ')}, not of ${framework}`;
  }
  if (!files.length) return 'the folder is empty';
  const fitting = files.filter((file) => formatByEnding({ framework, modelPath: file }) === modelFormat);
  if (fitting.length === 1) return undefined;
  if (fitting.length > 1)
    return `the folder holds several ${modelFormat} files (${fitting.join(', ')}): give the one to load`;
  return `the folder holds no ${modelFormat} file, only ${files.slice(0, 5).join(', ')}`;
}
