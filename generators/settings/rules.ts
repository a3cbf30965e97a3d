import { existsSync, statSync } from 'node:fs';
import { partitionOf } from '../instances/partitions.ts';
import { parseModelName } from '../models/names.ts';
import { frameworks, ownersOf, servers, serversOf } from '../registry.ts';
import { unreadable } from '../sample-data/forms.ts';
import { keys } from './descriptions.ts';
import { wrongModelPath } from './model-path.ts';
import { fullPath, whyNotWritable } from './paths.ts';
import { applies, hasSample } from './possible.ts';
import type { Key, Values } from './schema.ts';

/** What is wrong with a setting in the light of the others; undefined when nothing is, or not yet known. */
type Rule = (values: Values, cwd: string) => string | undefined;

/** Rules between settings, each under the setting that it blames. */
const rules: ReadonlyArray<readonly [Key, Rule]> = [
  [
    'modelFormat',
    ({ framework, modelFormat }) => {
      const formats = frameworks.get(framework ?? '')?.formats;
      if (!formats || !modelFormat) return undefined;
      const names = Object.keys(formats);
      return names.includes(modelFormat) ? undefined : `not a format of ${framework}: ${names.join(', ')}`;
    },
  ],
  [
    'modelServer',
    ({ framework: name, modelServer, task }) => {
      const framework = frameworks.get(name ?? '');
      if (!framework || !modelServer) return undefined;
      const able = serversOf(framework, { task });
      if (!able.includes(modelServer)) return `cannot serve ${name}; those that can: ${able.join(', ')}`;
      const { tasks } = servers.get(modelServer) ?? {};
      if (!task || !tasks || tasks.includes(task)) return undefined;
      const others = able.filter((other) => servers.get(other)?.tasks?.includes(task) !== false);
      return `serves ${tasks.join(', ')}, not ${task}; those that do: ${others.join(', ')}`;
    },
  ],
  [
    'inferenceScript',
    ({ inferenceScript, modelServer, framework: name }) => {
      const framework = frameworks.get(name ?? '');
      const server = servers.get(modelServer ?? '');
      if (inferenceScript === undefined || !framework || !server || server.ours) return undefined;
      const able = serversOf(framework).filter((other) => servers.get(other)?.ours);
      return `${modelServer} loads the model itself, and calls no functions of a script; with --model-server=${able.join(' or ')} they are called`;
    },
  ],
  [
    'instanceType',
    ({ instanceType, modelServer }) =>
      instanceType === 'cpu-optimized' && servers.get(modelServer ?? '')?.needsGpu
        ? `${modelServer} needs a GPU: gpu-enabled, or a type such as ml.g6.xlarge`
        : undefined,
  ],
  [
    'modelName',
    ({ modelName, modelPath }) =>
      modelName !== undefined && modelPath !== undefined
        ? 'modelPath names another model: give one of the two'
        : undefined,
  ],
  [
    'modelSource',
    ({ modelSource, modelName }) =>
      modelSource === 'hub' && !(modelName && 'id' in parseModelName(modelName))
        ? 'only with the id of a model on the Hugging Face Hub as modelName'
        : undefined,
  ],
  [
    'hfTokenSecretArn',
    ({ hfTokenSecretArn, modelSource }) =>
      hfTokenSecretArn && modelSource && modelSource !== 'hub'
        ? 'only with modelSource=hub: deploy/upload_to_s3.sh uses the token of whoever runs it, from `hf auth login` or HF_TOKEN'
        : undefined,
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
    'adapters',
    ({ adapters, modelName, modelSource }) => {
      const name = adapters && modelName !== undefined ? parseModelName(modelName) : undefined;
      if (name && 'uri' in name)
        return `only with a model that deploy/upload_to_s3.sh uploads: what lies at ${name.uri} is served with the adapters that lie there as adapters/NAME/`;
      return adapters && modelSource === 'hub'
        ? 'only with modelSource=s3: deploy/upload_to_s3.sh brings the adapters with the model'
        : undefined;
    },
  ],
  [
    'copyModel',
    ({ copyModel, modelName }) =>
      copyModel && modelName !== undefined
        ? 'only with a folder as modelPath: deploy/upload_to_s3.sh brings the model of modelName'
        : undefined,
  ],
  [
    'sampleData',
    ({ sampleData, includeSampleModel }, cwd) => {
      if (sampleData === undefined) return undefined;
      const path = fullPath(cwd, sampleData);
      if (!existsSync(path)) return `no such file (looked for ${path})`;
      if (!statSync(path).isFile()) return 'not a file';
      return includeSampleModel
        ? 'the sample model brings data of its own: give one of the two'
        : unreadable(path);
    },
  ],
  [
    'sampleTarget',
    ({ sampleTarget, sampleData }) =>
      sampleTarget !== undefined && sampleData === undefined
        ? 'only with sampleData, of which it is a column'
        : undefined,
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
    (values) => {
      if (!values.includeSampleModel) return undefined;
      const given = (['modelPath', 'modelName'] as const).find((key) => values[key] !== undefined);
      if (given) return `the sample would replace the model of ${given}: give one of the two`;
      return hasSample(values)
        ? undefined
        : `there is no sample of a model for ${values.task ?? values.modelServer}`;
    },
  ],
];

/** Settings that only some frameworks or serving stacks have. */
const ownership = keys.map((key): readonly [Key, Rule] => [
  key,
  (values) => {
    const owners = ownersOf(key);
    if (values[key] === undefined || !owners || !values.framework || applies(key, values)) return undefined;
    if (!owners.framework.length && !values.modelServer && mayBeServedBy(owners.modelServer, values))
      return undefined;
    const [kind, names] = owners.framework.length
      ? ['framework', owners.framework]
      : ['modelServer', owners.modelServer];
    return `only with ${kind}=${names.join(', ')}`;
  },
]);

/** Whether one of these serving stacks can still be chosen. */
function mayBeServedBy(names: readonly string[], values: Values): boolean {
  const framework = frameworks.get(values.framework ?? '');
  return !framework || serversOf(framework, values).some((name) => names.includes(name));
}

/** The settings that do not go together, with what is wrong. Values that are not known yet break no rule. */
export function brokenRules(values: Values, cwd: string): { key: Key; message: string }[] {
  return [...ownership, ...rules].flatMap(([key, rule]) => {
    const message = rule(values, cwd);
    return message === undefined ? [] : [{ key, message }];
  });
}
