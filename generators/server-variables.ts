import type { Variable } from './kinds.ts';

/** How a variable is read, by what it holds. */
export const variableKinds = {
  wholeNumber: { type: 'int', reader: 'whole_number' },
  share: { type: 'float', reader: 'share' },
  yesOrNo: { type: 'bool', reader: 'yes_or_no' },
  folder: { type: 'Path', reader: 'folder' },
  logLevel: { type: 'int', reader: 'log_level' },
} as const;

/** The server's settings: code/settings.py and the table in the project's README are made from them. */
export const variables: readonly Variable[] = [
  {
    name: 'SERVER_WORKERS',
    field: 'workers',
    kind: variableKinds.wholeNumber,
    defaultValue: 'DEFAULT_WORKERS',
    range: [1, 256],
    shownDefault: 'one for each CPU',
    meaning:
      "processes that predict; they share the loaded model's memory. One for each model on multi-model endpoints",
  },
  {
    name: 'SERVER_MAX_BODY_MB',
    field: 'max_body_mb',
    kind: variableKinds.wholeNumber,
    defaultValue: 'DEFAULT_BODY_MB',
    range: [1, 1024],
    shownDefault: '`25`',
    meaning:
      'larger requests, and compressed ones that unpack to more, are refused with 413. SageMaker sends 25 MB at most, batch transform 100 MB: the default there',
  },
  {
    name: 'SERVER_SHARE',
    field: 'share',
    kind: variableKinds.wholeNumber,
    defaultValue: '16',
    range: [1, 256],
    shownDefault: '`16`',
    meaning: 'so many of the requests that wait go to one worker, before another one that is free gets some',
  },
  {
    name: 'SERVER_BATCH_DELAY_MS',
    field: 'batch_delay_ms',
    kind: variableKinds.wholeNumber,
    defaultValue: '0',
    range: [0, 1000],
    shownDefault: '`0`',
    meaning:
      'how long a request waits for others to be predicted with; by default only while all workers are busy',
  },
  {
    name: 'SERVER_QUEUE',
    field: 'queue',
    kind: variableKinds.wholeNumber,
    defaultValue: '1000',
    range: [1, 100_000],
    shownDefault: '`1000`',
    meaning: 'requests that wait for a worker; those beyond are refused with 503',
  },
  {
    name: 'SERVER_PREDICT_SECONDS',
    field: 'predict_seconds',
    kind: variableKinds.wholeNumber,
    defaultValue: '60',
    range: [1, 3600],
    shownDefault: '`60`',
    meaning:
      'after which a worker that still predicts is replaced, and its requests get 504. SageMaker waits 60 s',
  },
  {
    name: 'SERVER_ACCESS_LOG',
    field: 'access_log',
    kind: variableKinds.share,
    defaultValue: '1',
    shownDefault: '`1`',
    meaning:
      'the share of answered requests that get a line in the log, from 0 to 1; those that fail always get one',
  },
  {
    name: 'SERVER_MODELS_MB',
    field: 'models_mb',
    kind: variableKinds.wholeNumber,
    defaultValue: 'DEFAULT_MODELS_MB',
    range: [1, 100_000_000],
    shownDefault: '80 % of the memory',
    meaning: 'on multi-model endpoints, what all models together may hold',
  },
  {
    name: 'SM_LOG_LEVEL',
    field: 'log_level',
    kind: variableKinds.logLevel,
    defaultValue: '"INFO"',
    shownDefault: '`INFO`',
    meaning:
      'a name or a number. Requests are `INFO`, those refused `WARNING`, those that failed here `ERROR`',
  },
  {
    name: 'SM_MODEL_DIR',
    field: 'model_dir',
    kind: variableKinds.folder,
    defaultValue: '"/opt/ml/model"',
    shownDefault: '`/opt/ml/model`',
    meaning: 'the folder that holds the model',
  },
  {
    name: 'SAGEMAKER_BIND_TO_PORT',
    field: 'port',
    kind: variableKinds.wholeNumber,
    defaultValue: '8080',
    range: [1, 65_535],
    shownDefault: '`8080`',
    meaning: 'the port, the only one that is opened; set by SageMaker where several containers share a host',
  },
];

/** One of these with another default, and with another meaning where that follows from it. */
export function withDefault(name: string, defaultValue: string, meaning?: string): Variable {
  const variable = variables.find((one) => one.name === name);
  if (!variable) throw new Error(`the server has no setting ${name}`);
  const shownDefault = `\`${defaultValue}\``;
  return { ...variable, defaultValue, shownDefault, meaning: meaning ?? variable.meaning };
}
