import type { ContentTypes, Variable } from './kinds.ts';
import { numpy } from './pins.ts';
import { variableKinds } from './server-variables.ts';

/** What `/invocations` takes and answers for models of rows of numbers: templates/tabular. */
const contentTypes = {
  request: [
    {
      type: 'application/json',
      decoder: 'decoders.decode_json',
      shape: 'a list, or an object with feature names, in `[…]`, `{"instances": […]}` or `{"inputs": […]}`',
      payload: 'payload.json',
    },
    {
      type: 'text/csv',
      decoder: 'csv_decoder.decode_csv',
      shape: 'a line; a first line of feature names is understood, an empty field is a missing value',
      payload: 'payload.csv',
      answeredInBatch: 'text/csv',
    },
    {
      type: 'application/jsonlines',
      decoder: 'decoders.decode_json_lines',
      shape: 'a line: a JSON list, or an object with feature names',
      payload: 'payload.jsonl',
      answeredInBatch: 'application/jsonlines',
    },
    {
      type: 'application/x-npy',
      decoder: 'decoders.decode_npy',
      shape: 'a row of the array (`numpy.save`), numbers only',
      payload: 'payload.npy',
    },
  ],
  // The last one is the default: see choose_encoder in content_types.py.
  response: [
    { type: 'application/x-npy', encoder: 'encoders.encode_npy' },
    { type: 'application/jsonlines', encoder: 'encoders.encode_json_lines' },
    { type: 'text/csv', encoder: 'encoders.encode_csv' },
    { type: 'application/json', encoder: 'encoders.encode_json' },
  ],
} satisfies ContentTypes;

const variables: readonly Variable[] = [
  {
    name: 'SERVER_BATCH_ROWS',
    field: 'batch_rows',
    kind: variableKinds.wholeNumber,
    defaultValue: '4096',
    range: [1, 100_000],
    shownDefault: '`4096`',
    meaning: 'rows of several requests that are predicted in one call; `1`: each request by itself',
  },
  {
    name: 'SERVER_PROBABILITIES',
    field: 'probabilities',
    kind: variableKinds.yesOrNo,
    defaultValue: 'False',
    shownDefault: '`false`',
    meaning: "`true`: answer with each class's probability",
  },
];

/** What the serving stacks in Python get from every framework whose models predict rows. */
export const tabular = {
  layers: ['tabular'],
  requirements: numpy,
  sample: true,
  samplePayload: 'sample_model/payloads/payload.json',
  contentTypes,
  variables,
};
