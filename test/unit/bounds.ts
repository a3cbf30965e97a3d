import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { facts } from '../../generators/serving-facts.ts';
import { repository } from '../harness.ts';

/** A number that a source declares by name, alone or among others of its line. */
function declared(file: string, name: string): number {
  for (const line of readFileSync(join(repository, file), 'utf8').split('\n')) {
    const [, names = '', values = ''] =
      /^(?:(?:export )?const )?([\w, ]+)(?:: \w+)? = ([\w.*, ]+);?$/.exec(line) ?? [];
    const at = names.split(', ').indexOf(name);
    if (at >= 0) return product(values.split(', ')[at] ?? '');
  }
  throw new Error(`${file} declares no ${name}`);
}

const product = (text: string) =>
  text
    .split(' * ')
    .map((factor) => Number(factor.replaceAll('_', '')))
    .reduce((all, factor) => all * factor);

const inUnits = (bytes: number) => {
  const [size, unit] = [
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ].find(([size]) => bytes % Number(size) === 0) ?? [1e6, 'MB'];
  return `${bytes / Number(size)} ${unit}`;
};

const server = (file: string) => (name: string) => declared(`python/ml_serving/server/${file}.py`, name);
const [connection, jobs, main, wsgi] = ['connection', 'jobs', 'main', 'wsgi'].map(server) as [
  ReturnType<typeof server>,
  ReturnType<typeof server>,
  ReturnType<typeof server>,
  ReturnType<typeof server>,
];

/** The default of a setting of our server, with its name. */
function setting(name: string): string {
  const found = facts.settings.rows.find((one) => one.name === name);
  if (!found) throw new Error(`the server has no ${name}`);
  return `${found.shownDefault.replaceAll('`', '')} (\`${name}\`)`;
}

/** What a property of the settings makes of the largest body. */
function ofTheLargestBody(property: string): string {
  const source = readFileSync(join(repository, 'python/ml_serving/settings.py'), 'utf8');
  const [, body = ''] = source.split(`def ${property}(self) -> int:`);
  const [, formula = ''] = /return ([^\n]+)/.exec(body) ?? [];
  if (!formula.includes('self.max_body_bytes')) throw new Error(`the settings have no such ${property}`);
  return formula.replace('self.max_body_bytes', 'the bytes of a body').replace('//', '/');
}

const form = (name: string) => (constant: string) =>
  declared(`python/ml_serving/rows/forms/${name}.py`, constant);

const tables: Readonly<Record<string, readonly (readonly [what: string, bound: string])[]>> = {
  'Our server': [
    ['connections at one time; more get 503', String(connection('MAX_CONNECTIONS'))],
    ['requests on a connection ahead of their answers', String(connection('MAX_AHEAD'))],
    ['headers of a request', inUnits(server('reader')('MAX_HEADER_BYTES'))],
    ['MB of a body, as it comes and unpacked', setting('SERVER_MAX_BODY_MB')],
    [
      'values of CSV that is not all numbers, lines of text and of JSON lines',
      ofTheLargestBody('max_values'),
    ],
    [
      'bytes of rows in a form that holds once what repeats, and what may be taken beside them as they are read',
      `${ofTheLargestBody('max_rows_bytes')}, ${inUnits(declared('python/ml_serving/worker/fence.py', 'BESIDE'))}`,
    ],
    ['columns of CSV, Parquet and Arrow beyond those of the model', String(form('csv_decoder')('FURTHER'))],
    [
      'columns of all batches of Arrow, or groups of rows of Parquet, together',
      String(form('arrow_decoders')('PARTS')),
    ],
    ['seconds for the headers of a request', String(connection('HEADER_SECONDS'))],
    ['seconds for all of a request', String(connection('REQUEST_SECONDS'))],
    ['seconds between two requests', String(connection('IDLE_SECONDS'))],
    ['seconds in which a client takes some of its answer', String(connection('SEND_SECONDS'))],
    ['of an answer in parts, what a client may be behind', inUnits(connection('MAX_UNSENT_BYTES'))],
    ['requests that wait for a worker; more get 503', setting('SERVER_QUEUE')],
    ['seconds for a prediction, after which its worker is replaced', setting('SERVER_PREDICT_SECONDS')],
    [
      'requests, and bytes of theirs, that are predicted together',
      `${jobs('MAX_BATCH_REQUESTS')}, ${inUnits(jobs('MAX_BATCH_BYTES'))}`,
    ],
    ['rows that are predicted in one call of several requests', setting('SERVER_BATCH_ROWS')],
    ['MB of all models of a multi-model endpoint', setting('SERVER_MODELS_MB')],
    [
      "threads of Flask's routes, requests that wait for one, and how long",
      `${wsgi('THREADS')}, ${wsgi('MAX_WAITING')}, ${wsgi('WAIT_SECONDS')} s`,
    ],
    [
      'seconds after SIGTERM for answers, for all of it',
      `${main('ANSWERS_SECONDS')}, ${main('EXIT_SECONDS')}`,
    ],
  ],
  'The containers with an engine': [
    ['of a body', inUnits(declared('python/ml_serving/invocations/request.py', 'LARGEST'))],
    ['characters of an error', String(declared('python/ml_serving/invocations/errors.py', 'LONGEST'))],
    [
      'messages and values of their contents; more get 413',
      String(declared('python/ml_serving/invocations/media.py', '_MOST_VALUES')),
    ],
    [
      'seconds to look up an allowed domain',
      String(declared('python/ml_serving/invocations/media.py', '_LOOK_UP_S')),
    ],
    ['all else: how long texts are, how many wait', 'by the engine'],
  ],
  'The generator': [
    ['of a file of settings', inUnits(declared('generators/settings/json-file.ts', 'mostBytes'))],
    ['of an answer of the Hub', inUnits(declared('generators/models/hub.ts', 'mostBytes'))],
    ['seconds that the Hub may take', String(declared('generators/models/hub.ts', 'timeoutSeconds'))],
    ['files of a model', String(declared('generators/settings/model-files.ts', 'mostFiles'))],
    [
      'of a module of a script, and how many',
      `${inUnits(declared('generators/settings/script.ts', 'mostBytes'))}, ${declared('generators/settings/script.ts', 'mostFiles')}`,
    ],
  ],
  '`verify`': [
    ['of an answer', inUnits(declared('generators/hosting/http.ts', 'largestAnswer'))],
    [
      'of all answers that are under way in a load',
      inUnits(declared('generators/hosting/observe.ts', 'mostUnderWay')),
    ],
    [
      'of what a server prints, the end that is kept',
      inUnits(declared('generators/hosting/containers/log.ts', 'kept')),
    ],
    [
      'processes and threads of an image',
      String(declared('generators/hosting/containers/image.ts', 'mostProcesses')),
    ],
  ],
};

/** In Markdown: what is bounded, by the sources that bound it. */
export function boundsTables(): string {
  return Object.entries(tables)
    .map(([title, rows]) =>
      [
        `### ${title}`,
        '',
        '| what | limit |',
        '| --- | --- |',
        ...rows.map(([what, bound]) => `| ${what} | ${bound} |`),
      ].join('\n'),
    )
    .join('\n\n');
}
