import type { ModelFacts } from '../models/facts.ts';
import { tasks } from '../models/tasks.ts';
import { frameworks, servers, serversOf } from '../registry.ts';
import { formatAt } from './formats.ts';
import { fullPath } from './paths.ts';
import { hasSample } from './possible.ts';
import { projectIdIn } from './project-id.ts';
import { instanceChoices, isOptional, type Key, type Values } from './schema.ts';

interface Choice {
  readonly value: string;
  readonly description?: string;
}

/** What is known beside the other settings. */
interface Known {
  /** Where paths start. */
  readonly cwd: string;
  readonly facts?: ModelFacts | undefined;
}

/** What a setting is called and how it is explained and asked for. */
export interface Description {
  readonly text: string;
  readonly flag: string;
  /** What its value is called in help. */
  readonly value?: string;
  /** The heading under which help shows it. */
  readonly group: string;
  readonly variable: string;
  /** Variables that other tools read too; they rank just above the default. */
  readonly ambient?: readonly string[];
  /** Whether the first argument of the command line gives it. */
  readonly argument?: true;
  /** What it is when nobody says; undefined: nothing. */
  readonly fallback?: (values: Values, known: Known) => string | boolean | undefined;
  /** The fallback in words, for help and docs. */
  readonly fallbackText: string;
  /** Whether the project cannot be made without it. */
  readonly required?: (values: Values) => boolean;
  /** Settings that would tell it: while one of them is wrong, nobody knows whether it is missing. */
  readonly toldBy?: readonly Key[];
  /** The question; without one the setting is never asked for. */
  readonly question?: string;
  readonly asked?: (values: Values, known: Known) => boolean;
  /** What the question suggests, where that is not the fallback. */
  readonly suggestion?: (values: Values) => string | boolean | undefined;
  readonly choices?: (values: Values) => readonly Choice[];
}

/** Headings of the help, in its order. */
const groups = {
  first: 'What most people need',
  model: 'The model',
  serving: 'Serving',
  project: 'The project',
  generation: 'Text generation on GPUs',
};

const frameworkOf = ({ framework }: Values) => frameworks.get(framework ?? '');

export const descriptions: Readonly<Record<Key, Description>> = {
  framework: {
    text: 'Library that the model was trained with',
    flag: 'framework',
    value: 'NAME',
    group: groups.first,
    variable: 'ML_FRAMEWORK',
    fallbackText: 'asked for',
    required: () => true,
    question: 'Which library was the model trained with?',
    choices: () => [...frameworks].map(([value, { title }]) => ({ value, description: title })),
  },
  modelName: {
    text: 'Model on the Hugging Face Hub (org/name, or org/name@revision), or in S3 (s3://bucket/prefix/ or a tar.gz)',
    flag: 'model-name',
    value: 'ID',
    group: groups.first,
    variable: 'ML_MODEL_NAME',
    fallbackText: 'none',
    question: 'Model on the Hugging Face Hub, or in S3 (empty: a folder of yours)?',
    asked: ({ modelPath }) => modelPath === undefined,
  },
  modelPath: {
    text: 'Model file, or a folder that holds it, to copy into the project',
    flag: 'model-path',
    value: 'PATH',
    group: groups.first,
    variable: 'ML_MODEL_PATH',
    fallbackText: 'none',
    question: 'Path of the model file (empty: none yet)?',
    asked: ({ modelName }) => modelName === undefined,
  },
  copyModel: {
    text: 'Copy the folder of modelPath into the project also where it holds more than 1 GB',
    flag: 'copy-model',
    group: groups.model,
    variable: 'ML_COPY_MODEL',
    fallbackText: 'no: model/ is a link to the folder then',
  },
  modelFormat: {
    text: 'Format of the model file',
    flag: 'model-format',
    value: 'FORMAT',
    group: groups.model,
    variable: 'ML_MODEL_FORMAT',
    fallback: (values, { cwd }) =>
      formatAt(cwd, values.framework, values.modelPath) ?? Object.keys(frameworkOf(values)?.formats ?? {})[0],
    fallbackText: `by what modelPath holds, else ${[...frameworks].map(([name, { formats }]) => `${Object.keys(formats)[0]} (${name})`).join(', ')}`,
    question: 'In which format was it saved?',
    asked: (values, { cwd }) =>
      formatAt(cwd, values.framework, values.modelPath) === undefined && formatsOf(values).length > 1,
    choices: formatsOf,
  },
  sampleData: {
    text: 'Rows of the data that the model was trained with: model/input_schema.json and a test are made of them',
    flag: 'sample-data',
    value: 'FILE',
    group: groups.model,
    variable: 'ML_SAMPLE_DATA',
    fallbackText: 'none: how a value is read is up to the model, and to how it is written',
  },
  sampleTarget: {
    text: 'Column of sampleData that the model does not get: what it predicts',
    flag: 'sample-target',
    value: 'COLUMN',
    group: groups.model,
    variable: 'ML_SAMPLE_TARGET',
    fallbackText: 'none',
  },
  inferenceScript: {
    text: "Script with model_fn, input_fn, predict_fn, output_fn or transform_fn, as for AWS's containers; a tar.gz may hold it",
    flag: 'inference-script',
    value: 'FILE',
    group: groups.model,
    variable: 'ML_INFERENCE_SCRIPT',
    fallbackText: 'none',
  },
  task: {
    text: 'What the model is for',
    flag: 'task',
    value: 'TASK',
    group: groups.model,
    variable: 'ML_TASK',
    fallback: taskOf,
    fallbackText: "by the model's config.json",
    required: () => true,
    toldBy: ['modelName', 'modelPath'],
    question: 'What is the model for?',
    asked: (values, known) => taskOf(values, known) === undefined,
    choices: () => Object.entries(tasks).map(([value, { description }]) => ({ value, description })),
  },
  modelServer: {
    text: 'Serving stack',
    flag: 'model-server',
    value: 'NAME',
    group: groups.serving,
    variable: 'ML_MODEL_SERVER',
    fallback: (values) => {
      const framework = frameworkOf(values);
      if (!framework) return undefined;
      const able = serversOf(framework, values);
      const forScript =
        values.inferenceScript === undefined ? undefined : able.find((name) => servers.get(name)?.ours);
      return forScript ?? able[0];
    },
    fallbackText: [
      ...new Set(
        [...frameworks.values()].flatMap(({ defaultServer, defaultServerByTask }) => [
          defaultServer,
          ...Object.entries(defaultServerByTask ?? {}).map(([task, server]) => `${server} for ${task}`),
        ]),
      ),
    ].join('; '),
    question: 'Which serving stack?',
    choices: (values) => {
      const framework = frameworkOf(values);
      return (framework ? serversOf(framework, values) : [...servers.keys()]).map((value) => ({
        value,
        description: servers.get(value)?.description ?? '',
      }));
    },
  },
  projectName: {
    text: 'Name of the project, of its endpoint and, in lower case, of its image repository',
    flag: 'project-name',
    value: 'NAME',
    group: groups.project,
    variable: 'ML_PROJECT_NAME',
    argument: true,
    fallback: ({ framework }) => framework && `${framework}-model`,
    fallbackText: '<framework>-model',
    question: 'Name of the project?',
  },
  projectDir: {
    text: 'Folder to write to; . writes to the current one',
    flag: 'project-dir',
    value: 'DIR',
    group: groups.project,
    variable: 'ML_PROJECT_DIR',
    fallback: ({ projectName }) => projectName && `./${projectName}`,
    fallbackText: './<projectName>',
  },
  projectId: {
    text: 'What tells its deployments from those of other projects of its name; it stays the same as long as the project',
    flag: 'project-id',
    value: 'ID',
    group: groups.project,
    variable: 'ML_PROJECT_ID',
    fallback: ({ projectDir }, { cwd }) => projectDir && projectIdIn(fullPath(cwd, projectDir)),
    fallbackText: 'the one in the folder, or at random',
  },
  modelSource: {
    text: 'Where the container gets a model of the Hub from: s3, to which deploy/upload_to_s3.sh copies it, or hub, at each start',
    flag: 'model-source',
    value: 'PLACE',
    group: groups.model,
    variable: 'ML_MODEL_SOURCE',
    fallback: () => 's3',
    fallbackText: 's3: every start gets the same files, also without access to the internet',
  },
  adapters: {
    text: 'LoRA adapters to serve with the model, each as NAME=PLACE; the flag may be given several times',
    flag: 'adapter',
    value: 'NAME=PLACE',
    group: groups.generation,
    variable: 'ML_ADAPTERS',
    fallbackText: 'none',
  },
  hfTokenSecretArn: {
    text: 'Secret in AWS Secrets Manager with the Hub token that the container uses, with modelSource=hub',
    flag: 'hf-token-secret-arn',
    value: 'ARN',
    group: groups.model,
    variable: 'ML_HF_TOKEN_SECRET_ARN',
    fallbackText: 'none',
  },
  instanceType: {
    text: 'Kind of instance to deploy to, or an ml.* type',
    flag: 'instance-type',
    value: 'TYPE',
    group: groups.first,
    variable: 'ML_INSTANCE_TYPE',
    fallback: ({ modelServer }) =>
      servers.get(modelServer ?? '')?.needsGpu ? 'gpu-enabled' : 'cpu-optimized',
    fallbackText: 'cpu-optimized; gpu-enabled for serving stacks that need a GPU',
    question: 'Which kind of instance?',
    choices: () => instanceChoices.map((value) => ({ value })),
  },
  customInstanceType: {
    text: 'The ml.* type, with instanceType=custom only',
    flag: 'custom-instance-type',
    value: 'TYPE',
    group: groups.serving,
    variable: 'ML_CUSTOM_INSTANCE_TYPE',
    fallbackText: 'none',
    question: 'Which ml.* type?',
    required: ({ instanceType }) => instanceType === 'custom',
    asked: ({ instanceType }) => instanceType === 'custom',
  },
  maxModelLen: {
    text: 'Longest request and answer together, in tokens',
    flag: 'max-model-len',
    value: 'TOKENS',
    group: groups.generation,
    variable: 'ML_MAX_MODEL_LEN',
    fallbackText: "the model's own limit, or what fits into the GPUs",
  },
  quantization: {
    text: 'How the weights are quantised, where the model does not say it or they are to be quantised at each start',
    flag: 'quantization',
    value: 'METHOD',
    group: groups.generation,
    variable: 'ML_QUANTIZATION',
    fallbackText: "as in the model's config.json",
  },
  dtype: {
    text: 'Type of the weights that are not quantised',
    flag: 'dtype',
    value: 'TYPE',
    group: groups.generation,
    variable: 'ML_DTYPE',
    fallbackText: "the model's own; float16 on GPUs without bfloat16",
  },
  tensorParallel: {
    text: 'Number of GPUs that the model is spread over',
    flag: 'tensor-parallel',
    value: 'GPUS',
    group: groups.generation,
    variable: 'ML_TENSOR_PARALLEL',
    fallbackText: 'all of the instance that can share it',
  },
  trustRemoteCode: {
    text: 'Run the code that the model brings along, with all rights of the endpoint: read it first',
    flag: 'trust-remote-code',
    group: groups.generation,
    variable: 'ML_TRUST_REMOTE_CODE',
    fallbackText: 'no',
  },
  allowedMediaDomains: {
    text: 'Domains that the endpoint may fetch pictures, sounds and films of chat messages from; the flag may be given several times',
    flag: 'allowed-media-domain',
    value: 'DOMAIN',
    group: groups.generation,
    variable: 'ML_ALLOWED_MEDIA_DOMAINS',
    fallbackText: 'none: messages hold them as data: URLs',
  },
  awsRegion: {
    text: 'AWS region to deploy to',
    flag: 'region',
    value: 'REGION',
    group: groups.first,
    variable: 'ML_AWS_REGION',
    ambient: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    fallback: () => 'us-east-1',
    fallbackText: 'us-east-1',
    question: 'Which AWS region?',
  },
  awsRoleArn: {
    text: 'IAM role that SageMaker takes on to run the container',
    flag: 'role-arn',
    value: 'ARN',
    group: groups.serving,
    variable: 'ML_AWS_ROLE_ARN',
    ambient: ['AWS_ROLE'],
    fallbackText: 'none: deploy/deploy.sh asks for it',
    question: 'ARN of the execution role (empty: deploy.sh will ask)?',
  },
  includeSampleModel: {
    text: 'Add a script that trains a small model to try the project with',
    flag: 'include-sample',
    group: groups.project,
    variable: 'ML_INCLUDE_SAMPLE',
    fallback: () => false,
    fallbackText: 'no; yes when asked',
    question: 'Add a sample model to try it with?',
    asked: (values) => values.modelPath === undefined && values.modelName === undefined && hasSample(values),
    suggestion: () => true,
  },
  includeTesting: {
    text: 'Add tests of the handler, the server, the image and the endpoint',
    flag: 'include-testing',
    group: groups.project,
    variable: 'ML_INCLUDE_TESTING',
    fallback: () => true,
    fallbackText: 'yes',
    question: 'Add tests?',
  },
};

function formatsOf(values: Values): readonly Choice[] {
  const formats = Object.entries(frameworkOf(values)?.formats ?? {});
  return formats.map(([value, { description }]) => ({ value, description }));
}

/** What the model's config.json tells, or what the sample is for. */
function taskOf(values: Values, { facts }: Known): string | undefined {
  const [only, ...others] = servers.get(values.modelServer ?? '')?.tasks ?? [];
  return (
    facts?.task ??
    (values.includeSampleModel ? frameworkOf(values)?.sample.task : undefined) ??
    // A serving stack that does one thing is not asked for another.
    (others.length ? undefined : only)
  );
}

/** In the order of declaration, which is that of the prompts: a default may depend on what stands before it. */
export const keys = Object.keys(descriptions) as Key[];

/** Whether somebody who is asked for it may give nothing: files hold null then, and it is not asked for again. */
export function mayBeEmpty(key: Key): boolean {
  const { question, required } = descriptions[key];
  return isOptional(key) && question !== undefined && !required;
}
