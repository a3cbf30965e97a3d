import { z } from 'zod';
import { isInstanceType } from '../instances/instances.ts';
import { frameworks, servers, serversOf } from '../registry.ts';

/** What they stand for is decided in `render/project.ts`: it may depend on the framework. */
const instanceChoices = ['cpu-optimized', 'gpu-enabled', 'custom'] as const;

const frameworkNames = [...frameworks.keys()];
const formatNames = [...new Set([...frameworks.values()].flatMap(({ formats }) => Object.keys(formats)))];

/** Control characters cannot be shown, and end a line in most of the languages that we generate. */
const printable = /^\P{Cc}+$/u;

/**
 * The settings: from this object come the types, the flags, the `ML_*` variables, the config file's keys, the
 * prompts, `--help`, the JSON schema and `docs/settings.md`. `error` says what is allowed.
 */
export const settingsSchema = z.strictObject({
  framework: z.enum(frameworkNames),
  modelPath: z.string().regex(printable, { error: 'the path of a model file, or of a folder that holds it' }),
  modelFormat: z.enum(formatNames),
  modelServer: z.enum([...servers.keys()]),
  projectName: z.string().regex(/^(?=.{1,50}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/, {
    error: 'at most 50 letters, digits and hyphens, starting and ending with a letter or digit',
  }),
  projectDir: z.string().regex(printable, { error: 'a path' }),
  instanceType: z
    .string()
    .refine((text) => instanceChoices.some((choice) => choice === text) || isInstanceType(text), {
      error: `${instanceChoices.join(', ')}, or an instance type such as ml.m5.large`,
    }),
  customInstanceType: z.string().refine(isInstanceType, { error: 'an instance type such as ml.m5.large' }),
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
type Optional = 'modelPath' | 'customInstanceType' | 'awsRoleArn';
export type Settings = Required<Omit<Values, Optional>> & Pick<Values, Optional>;

interface Choice {
  readonly value: string;
  readonly description?: string;
}

/** What a setting is called and how it is explained and asked for. */
export interface Description {
  readonly text: string;
  readonly flag: string;
  readonly variable: string;
  /** Variables that other tools read too; they rank just above the default. */
  readonly ambient?: readonly string[];
  /** Whether the first argument of the command line gives it. */
  readonly argument?: true;
  /** What it is when nobody says; undefined: nothing. */
  readonly fallback?: (values: Values) => string | boolean | undefined;
  /** The fallback in words, for help and docs. */
  readonly fallbackText: string;
  /** Whether the project cannot be made without it. */
  readonly required?: (values: Values) => boolean;
  /** The question; without one the setting is never asked for. */
  readonly question?: string;
  readonly asked?: (values: Values) => boolean;
  /** What the question suggests, where that is not the fallback. */
  readonly suggestion?: (values: Values) => string | boolean | undefined;
  readonly choices?: (values: Values) => readonly Choice[];
}

const frameworkOf = ({ framework }: Values) => frameworks.get(framework ?? '');

export const descriptions: Readonly<Record<Key, Description>> = {
  framework: {
    text: 'Library that the model was trained with',
    flag: 'framework',
    variable: 'ML_FRAMEWORK',
    fallbackText: 'asked for',
    required: () => true,
    question: 'Which library was the model trained with?',
    choices: () => [...frameworks].map(([value, { title }]) => ({ value, description: title })),
  },
  modelPath: {
    text: 'Model file, or a folder that holds it, to copy into the project',
    flag: 'model-path',
    variable: 'ML_MODEL_PATH',
    fallbackText: 'none',
    question: 'Path of the model file (empty: none yet)?',
  },
  modelFormat: {
    text: 'Format of the model file',
    flag: 'model-format',
    variable: 'ML_MODEL_FORMAT',
    fallback: (values) => formatByEnding(values) ?? Object.keys(frameworkOf(values)?.formats ?? {})[0],
    fallbackText: `by the ending of modelPath, else ${[...frameworks].map(([name, { formats }]) => `${Object.keys(formats)[0]} (${name})`).join(', ')}`,
    question: 'In which format was it saved?',
    asked: (values) => formatByEnding(values) === undefined,
    choices: (values) =>
      Object.entries(frameworkOf(values)?.formats ?? {})
        .filter(([, { refused }]) => !refused)
        .map(([value, { description }]) => ({ value, description })),
  },
  modelServer: {
    text: 'Serving stack',
    flag: 'model-server',
    variable: 'ML_MODEL_SERVER',
    fallback: (values) => frameworkOf(values)?.defaultServer,
    fallbackText: [...new Set([...frameworks.values()].map(({ defaultServer }) => defaultServer))].join(', '),
    question: 'Which serving stack?',
    choices: (values) => {
      const framework = frameworkOf(values);
      return (framework ? serversOf(framework) : [...servers.keys()]).map((value) => ({
        value,
        description: servers.get(value)?.description ?? '',
      }));
    },
  },
  projectName: {
    text: 'Name of the project, of its endpoint and, in lower case, of its image repository',
    flag: 'project-name',
    variable: 'ML_PROJECT_NAME',
    argument: true,
    fallback: ({ framework }) => framework && `${framework}-model`,
    fallbackText: '<framework>-model',
    question: 'Name of the project?',
  },
  projectDir: {
    text: 'Folder to write to; . writes to the current one',
    flag: 'project-dir',
    variable: 'ML_PROJECT_DIR',
    fallback: ({ projectName }) => projectName && `./${projectName}`,
    fallbackText: './<projectName>',
  },
  instanceType: {
    text: 'Kind of instance to deploy to, or an ml.* type',
    flag: 'instance-type',
    variable: 'ML_INSTANCE_TYPE',
    fallback: () => 'cpu-optimized',
    fallbackText: 'cpu-optimized',
    question: 'Which kind of instance?',
    choices: () => instanceChoices.map((value) => ({ value })),
  },
  customInstanceType: {
    text: 'The ml.* type, with instanceType=custom only',
    flag: 'custom-instance-type',
    variable: 'ML_CUSTOM_INSTANCE_TYPE',
    fallbackText: 'none',
    question: 'Which ml.* type?',
    required: ({ instanceType }) => instanceType === 'custom',
    asked: ({ instanceType }) => instanceType === 'custom',
  },
  awsRegion: {
    text: 'AWS region to deploy to',
    flag: 'region',
    variable: 'ML_AWS_REGION',
    ambient: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    fallback: () => 'us-east-1',
    fallbackText: 'us-east-1',
    question: 'Which AWS region?',
  },
  awsRoleArn: {
    text: 'IAM role that SageMaker takes on to run the container',
    flag: 'role-arn',
    variable: 'ML_AWS_ROLE_ARN',
    ambient: ['AWS_ROLE'],
    fallbackText: 'none: deploy/deploy.sh asks for it',
    question: 'ARN of the execution role (empty: deploy.sh will ask)?',
  },
  includeSampleModel: {
    text: 'Add a script that trains a small model to try the project with',
    flag: 'include-sample',
    variable: 'ML_INCLUDE_SAMPLE',
    fallback: () => false,
    fallbackText: 'no; yes when asked',
    question: 'Add a sample model to try it with?',
    asked: ({ modelPath }) => modelPath === undefined,
    suggestion: () => true,
  },
  includeTesting: {
    text: 'Add tests of the handler, the server, the image and the endpoint',
    flag: 'include-testing',
    variable: 'ML_INCLUDE_TESTING',
    fallback: () => true,
    fallbackText: 'yes',
    question: 'Add tests?',
  },
};

/** In the order of declaration, which is that of the prompts: a default may depend on what stands before it. */
export const keys = Object.keys(descriptions) as Key[];

export function isYesNo(key: Key): boolean {
  return settingsSchema.shape[key] instanceof z.ZodBoolean;
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

/** The format of the framework that a model file's ending stands for. */
export function formatByEnding(values: Values): string | undefined {
  const ending = /\.([^./\\]+)$/.exec(values.modelPath ?? '')?.[1]?.toLowerCase();
  const formats = Object.entries(frameworkOf(values)?.formats ?? {});
  return formats.find(([name, { endings }]) => ending && [name, ...(endings ?? [])].includes(ending))?.[0];
}
