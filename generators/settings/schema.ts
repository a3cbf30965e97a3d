import * as v from 'valibot';
import { isInstanceType } from '../instances/instances.ts';
import { parseModelName } from '../models/names.ts';
import { quantizations } from '../models/quantization.ts';
import { taskNames } from '../models/tasks.ts';
import { frameworks, servers } from '../registry.ts';
import { yesNo } from './yes-no.ts';

/** What they stand for is decided in `render/project.ts`: it may depend on the framework. */
export const instanceChoices = ['cpu-optimized', 'gpu-enabled', 'custom'] as const;

const frameworkNames = [...frameworks.keys()];
const formatNames = [...new Set([...frameworks.values()].flatMap(({ formats }) => Object.keys(formats)))];

/** Control characters cannot be shown, and end a line in most of the languages that we generate. */
const printable = /^\P{Cc}+$/u;

const text = (pattern: RegExp, allowed: string) => v.pipe(v.string(), v.regex(pattern, allowed));

const textThat = (is: (text: string) => boolean, allowed: string) => v.pipe(v.string(), v.check(is, allowed));

function wholeNumber(most: number, what: string) {
  const allowed = `a number of ${what} from 1 to ${most}`;
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(1, allowed), v.maxValue(most, allowed));
}

/**
 * The settings: from this object come the types, the flags, the `ML_*` variables, the config file's keys, the
 * prompts, `--help`, the JSON schema and `docs/settings.md`. The texts say what is allowed.
 */
export const settingsSchema = v.strictObject({
  framework: v.picklist(frameworkNames),
  modelName: textThat(
    (name) => !('problem' in parseModelName(name)),
    'an id on the Hugging Face Hub such as org/name or org/name@revision, s3://bucket/prefix/, or s3://bucket/model.tar.gz',
  ),
  modelPath: text(printable, 'the path of a model file, or of a folder that holds it'),
  modelFormat: v.picklist(formatNames),
  task: v.picklist(taskNames),
  modelServer: v.picklist([...servers.keys()]),
  projectName: text(
    /^(?=.{1,50}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/,
    'at most 50 letters, digits and hyphens, starting and ending with a letter or digit',
  ),
  projectDir: text(printable, 'a path'),
  modelSource: v.picklist(['s3', 'hub']),
  hfTokenSecretArn: text(
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/,
    'a secret such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-token-AbCdEf',
  ),
  instanceType: textThat(
    (type) => instanceChoices.some((choice) => choice === type) || isInstanceType(type),
    `${instanceChoices.join(', ')}, or an instance type such as ml.m5.large`,
  ),
  customInstanceType: textThat(isInstanceType, 'an instance type such as ml.m5.large'),
  maxModelLen: wholeNumber(100_000_000, 'tokens'),
  quantization: v.picklist(quantizations),
  dtype: v.picklist(['auto', 'float16', 'bfloat16', 'float32']),
  tensorParallel: wholeNumber(64, 'GPUs'),
  awsRegion: text(/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/, 'a region such as eu-west-1'),
  awsRoleArn: text(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
    'an IAM role such as arn:aws:iam::123456789012:role/SageMakerExecution',
  ),
  includeSampleModel: v.boolean(),
  includeTesting: v.boolean(),
});

export type Key = keyof typeof settingsSchema.entries;
export type Values = Partial<v.InferOutput<typeof settingsSchema>>;

/** Settings that are complete and consistent with each other. */
type Optional =
  | 'modelName'
  | 'modelPath'
  | 'task'
  | 'modelSource'
  | 'hfTokenSecretArn'
  | 'customInstanceType'
  | 'maxModelLen'
  | 'quantization'
  | 'dtype'
  | 'tensorParallel'
  | 'awsRoleArn';
export type Settings = Required<Omit<Values, Optional>> & Pick<Values, Optional>;

export function isYesNo(key: Key): boolean {
  return settingsSchema.entries[key].type === 'boolean';
}

/** Text that stands for what the setting takes, a number or yes or no, as such; anything else as it is. */
export function typed(key: Key, value: unknown): unknown {
  if (isYesNo(key)) return yesNo(value);
  const number = settingsSchema.entries[key].type === 'number' && typeof value === 'string';
  return number && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

/** The values that a setting can take at all, where they are few. */
export function allowedChoices(key: Key): readonly string[] | undefined {
  const schema = settingsSchema.entries[key];
  return schema.type === 'picklist' ? schema.options : undefined;
}
