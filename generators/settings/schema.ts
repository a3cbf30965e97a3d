import * as z from 'zod/mini';
import { isInstanceType } from '../instances/instances.ts';
import { parseAdapter } from '../models/adapters.ts';
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

const text = (pattern: RegExp, allowed: string) => z.string().check(z.regex(pattern, allowed));

const textThat = (is: (text: string) => boolean, allowed: string) => z.string().check(z.refine(is, allowed));

function wholeNumber(most: number, what: string) {
  const allowed = `a number of ${what} from 1 to ${most}`;
  return z.int(allowed).check(z.gte(1, allowed), z.lte(most, allowed));
}

const adapterAllowed =
  'NAME=PLACE, each NAME once: letters, digits, "_", "." and "-", but not "model"; PLACE is a folder, an id on the Hugging Face Hub or s3://bucket/prefix/';

/** No address in numbers, in whatever notation: the last part of a name starts with a letter. */
const domain = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/;

const domainAllowed =
  'names of domains such as images.example.com, in lower case; no addresses in numbers, ports or wildcards';

/** Of a setting that a project may do without. */
const optional = z.exactOptional;

/**
 * The settings: from this object come the types, the flags, the `ML_*` variables, the config file's keys, the
 * prompts, `--help`, the JSON schema and `docs/settings.md`. The texts say what is allowed.
 */
export const settingsSchema = z.strictObject({
  framework: z.enum(frameworkNames),
  modelName: optional(
    textThat(
      (name) => !('problem' in parseModelName(name)),
      'an id on the Hugging Face Hub such as org/name or org/name@revision, s3://bucket/prefix/, or s3://bucket/model.tar.gz',
    ),
  ),
  modelPath: optional(text(printable, 'the path of a model file, or of a folder that holds it')),
  copyModel: optional(z.boolean()),
  modelFormat: z.enum(formatNames),
  sampleData: optional(
    text(
      printable,
      'the path of a file with rows of the training data: CSV with a line of names, or JSON lines',
    ),
  ),
  sampleTarget: optional(text(printable, 'the name of a column of sampleData')),
  inferenceScript: optional(
    text(printable, 'the path of a Python file, of a folder with inference.py, or of a model.tar.gz'),
  ),
  task: optional(z.enum(taskNames)),
  modelServer: z.enum([...servers.keys()]),
  projectName: text(
    /^(?=.{1,50}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/,
    'at most 50 letters, digits and hyphens, starting and ending with a letter or digit',
  ),
  projectDir: text(printable, 'a path'),
  projectId: text(/^[0-9a-f]{8}$/, 'eight of the digits 0 to 9 and a to f'),
  modelSource: optional(z.enum(['s3', 'hub'])),
  adapters: optional(
    z
      .array(
        textThat((text) => parseAdapter(text) !== undefined, adapterAllowed),
        adapterAllowed,
      )
      .check(
        z.refine(
          (all) => new Set(all.map((one) => parseAdapter(one)?.name)).size === all.length,
          adapterAllowed,
        ),
      ),
  ),
  hfTokenSecretArn: optional(
    text(
      /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/,
      'a secret such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-token-AbCdEf',
    ),
  ),
  instanceType: textThat(
    (type) => instanceChoices.some((choice) => choice === type) || isInstanceType(type),
    `${instanceChoices.join(', ')}, or an instance type such as ml.m5.large`,
  ),
  customInstanceType: optional(textThat(isInstanceType, 'an instance type such as ml.m5.large')),
  maxModelLen: optional(wholeNumber(100_000_000, 'tokens')),
  quantization: optional(z.enum(quantizations)),
  dtype: optional(z.enum(['auto', 'float16', 'bfloat16', 'float32'])),
  tensorParallel: optional(wholeNumber(64, 'GPUs')),
  trustRemoteCode: optional(z.boolean()),
  allowedMediaDomains: optional(z.array(text(domain, domainAllowed), domainAllowed)),
  awsRegion: text(/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/, 'a region such as eu-west-1'),
  awsRoleArn: optional(
    text(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
      'an IAM role such as arn:aws:iam::123456789012:role/SageMakerExecution',
    ),
  ),
  includeSampleModel: z.boolean(),
  includeTesting: z.boolean(),
});

/** Settings that are complete and consistent with each other. */
export type Settings = z.output<typeof settingsSchema>;
export type Key = keyof Settings;
export type Values = Partial<Settings>;

/** The schema of one setting's value. */
export function schemaOf(key: Key) {
  const schema = settingsSchema.shape[key];
  return 'innerType' in schema.def ? schema.def.innerType : schema;
}

/** Whether a project may do without it. */
export function isOptional(key: Key): boolean {
  return settingsSchema.shape[key].def.type === 'optional';
}

export function isYesNo(key: Key): boolean {
  return schemaOf(key).def.type === 'boolean';
}

/** Whether it has several values. */
export function isList(key: Key): boolean {
  return schemaOf(key).def.type === 'array';
}

/** Text that stands for what the setting takes, a number or yes or no, as such; anything else as it is. */
export function typed(key: Key, value: unknown): unknown {
  if (isYesNo(key)) return yesNo(value);
  // Variables hold one text.
  // A place may hold commas: another adapter starts with its name.
  const between = key === 'adapters' ? /(?<![\s,])[\s,]+(?=[\w.-]+=)/ : /[\s,]+/;
  if (isList(key) && typeof value === 'string') return value.split(between).filter(Boolean);
  const number = schemaOf(key).def.type === 'number' && typeof value === 'string';
  return number && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

/** The values that a setting can take at all, where they are few. */
export function allowedChoices(key: Key): readonly string[] | undefined {
  const schema = schemaOf(key);
  return 'options' in schema ? schema.options : undefined;
}
