import { z } from 'zod';
import { isInstanceType } from '../instances/instances.ts';
import { parseModelName } from '../models/names.ts';
import { quantizations } from '../models/quantization.ts';
import { tasks } from '../models/tasks.ts';
import { frameworks, servers } from '../registry.ts';

/** What they stand for is decided in `render/project.ts`: it may depend on the framework. */
export const instanceChoices = ['cpu-optimized', 'gpu-enabled', 'custom'] as const;

const frameworkNames = [...frameworks.keys()];
const formatNames = [...new Set([...frameworks.values()].flatMap(({ formats }) => Object.keys(formats)))];

const wholeNumber = 'a number of tokens from 1 to 100000000';
const gpuCount = 'a number of GPUs from 1 to 64';

/** Control characters cannot be shown, and end a line in most of the languages that we generate. */
const printable = /^\P{Cc}+$/u;

/**
 * The settings: from this object come the types, the flags, the `ML_*` variables, the config file's keys, the
 * prompts, `--help`, the JSON schema and `docs/settings.md`. `error` says what is allowed.
 */
export const settingsSchema = z.strictObject({
  framework: z.enum(frameworkNames),
  modelName: z.string().refine((text) => !('problem' in parseModelName(text)), {
    error:
      'an id on the Hugging Face Hub such as org/name or org/name@revision, s3://bucket/prefix/, or s3://bucket/model.tar.gz',
  }),
  modelPath: z.string().regex(printable, { error: 'the path of a model file, or of a folder that holds it' }),
  modelFormat: z.enum(formatNames),
  task: z.enum(Object.keys(tasks)),
  modelServer: z.enum([...servers.keys()]),
  projectName: z.string().regex(/^(?=.{1,50}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/, {
    error: 'at most 50 letters, digits and hyphens, starting and ending with a letter or digit',
  }),
  projectDir: z.string().regex(printable, { error: 'a path' }),
  modelSource: z.enum(['s3', 'hub']),
  hfTokenSecretArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/, {
      error: 'a secret such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-token-AbCdEf',
    }),
  instanceType: z
    .string()
    .refine((text) => instanceChoices.some((choice) => choice === text) || isInstanceType(text), {
      error: `${instanceChoices.join(', ')}, or an instance type such as ml.m5.large`,
    }),
  customInstanceType: z.string().refine(isInstanceType, { error: 'an instance type such as ml.m5.large' }),
  maxModelLen: z
    .int({ error: wholeNumber })
    .min(1, { error: wholeNumber })
    .max(100_000_000, { error: wholeNumber }),
  quantization: z.enum(quantizations),
  dtype: z.enum(['auto', 'float16', 'bfloat16', 'float32']),
  tensorParallel: z.int({ error: gpuCount }).min(1, { error: gpuCount }).max(64, { error: gpuCount }),
  awsRegion: z.string().regex(/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/, { error: 'a region such as eu-west-1' }),
  awsRoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, {
    error: 'an IAM role such as arn:aws:iam::123456789012:role/SageMakerExecution',
  }),
  includeSampleModel: z.boolean(),
  includeTesting: z.boolean(),
});

export type Key = keyof typeof settingsSchema.shape;
export type Values = Partial<z.infer<typeof settingsSchema>>;

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
  return settingsSchema.shape[key] instanceof z.ZodBoolean;
}

/** Text that stands for what the setting takes, a number or yes or no, as such; anything else as it is. */
export function typed(key: Key, value: unknown): unknown {
  if (isYesNo(key)) return yesNo(value);
  const number = settingsSchema.shape[key] instanceof z.ZodNumber && typeof value === 'string';
  return number && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

/** Text that means yes or no, as a boolean; anything else as it is. */
export function yesNo(value: unknown): unknown {
  if (['yes', 'true', '1'].includes(String(value).toLowerCase())) return true;
  if (['no', 'false', '0'].includes(String(value).toLowerCase())) return false;
  return value;
}

/** The values that a setting can take at all, where they are few. */
export function allowedChoices(key: Key): readonly string[] | undefined {
  const schema = settingsSchema.shape[key];
  return schema instanceof z.ZodEnum ? schema.options.map(String) : undefined;
}
