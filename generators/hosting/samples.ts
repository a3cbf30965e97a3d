import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A request body that the model can answer. */
export interface Sample {
  readonly contentType: string;
  /** Where it comes from. */
  readonly file: string;
  readonly body: Buffer;
  /** For content types whose rows we can take apart. */
  readonly rows?: Rows;
}

export interface Rows {
  readonly count: number;
  /** A body of these rows, in this order, each as often as it is named. */
  take(indices: readonly number[]): Buffer;
  /** The same rows a line each, without a line of names: a mini-batch of batch transform. */
  lines?(indices: readonly number[]): Buffer;
  /** A body of the first row without its last value, or with that one twice. */
  short?(): Buffer | undefined;
  long?(): Buffer | undefined;
  /** A body of the first row with its first number replaced. */
  marked?(mark: number): Buffer | undefined;
}

/** Content types by the ending of a file. */
export const endings: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.csv': 'text/csv',
  '.jsonl': 'application/jsonlines',
  '.npy': 'application/x-npy',
  '.txt': 'text/plain',
  '.libsvm': 'text/libsvm',
};

const readers: Readonly<Record<string, (body: Buffer) => Rows | undefined>> = {
  'application/json': jsonRows,
  'text/csv': csvRows,
  'application/jsonlines': (body) => lineRows(linesOf(body), body),
  'application/x-npy': npyRows,
  'text/libsvm': (body) => lineRows(linesOf(body), body),
};

export function readSample(file: string, contentType: string): Sample {
  return sampleOf(file, contentType, readFileSync(file));
}

function sampleOf(file: string, contentType: string, body: Buffer): Sample {
  const rows = readers[contentType]?.(body);
  return { contentType, file, body, ...(rows && rows.count > 0 && { rows }) };
}

/** Where a server of ours tells how it is asked. */
export const schemaPath = '/schema';

/** The examples in what a server says at that path, JSON first; none where it is another server's answer. */
export function samplesInSchema(body: Buffer): Sample[] {
  const document = parsed(body);
  const requests = isObject(document) && isObject(document.requests) ? document.requests : {};
  const samples = Object.entries(requests).flatMap(([type, request]) => {
    const { example, example_base64: packed } = isObject(request) ? request : {};
    const known = Object.values(endings).includes(type);
    if (known && typeof example === 'string')
      return [sampleOf(`GET ${schemaPath}`, type, Buffer.from(example))];
    if (known && typeof packed === 'string')
      return [sampleOf(`GET ${schemaPath}`, type, Buffer.from(packed, 'base64'))];
    return [];
  });
  return inOrder(samples);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** JSON first. */
function inOrder<T extends { readonly contentType: string }>(samples: readonly T[]): T[] {
  const order = Object.values(endings);
  return [...samples].sort((a, b) => order.indexOf(a.contentType) - order.indexOf(b.contentType));
}

/** The payloads that a project's training script leaves, JSON first. */
export function findSamples(project: string): Sample[] {
  const folder = ['sample_model/payloads', 'payloads'].map((path) => join(project, path)).find(existsSync);
  if (folder === undefined) return [];
  const files = readdirSync(folder).flatMap((name) => {
    const contentType = endings[extname(name)];
    return contentType ? [{ file: join(folder, name), contentType }] : [];
  });
  return inOrder(files).map(({ file, contentType }) => readSample(file, contentType));
}

/** Rows repeated until the body has about so many bytes. */
export function repeated(sample: Sample, bytes: number): Buffer {
  const { rows, body } = sample;
  if (!rows) return body;
  const all = Array.from({ length: rows.count }, (_, index) => index);
  const length = rows.take([...all, ...all]).length - rows.take(all).length;
  const times = Math.max(1, Math.floor(bytes / length));
  return rows.take(Array.from({ length: times }, () => all).flat());
}

function linesOf(body: Buffer): string[] {
  return body
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

/** Rows that are lines; the last of a body ends as the sample's own does, and that of a mini-batch with a newline. */
function lineRows(all: readonly string[], body: Buffer): Rows {
  const lines = (indices: readonly number[]) =>
    Buffer.from(indices.map((index) => `${all[index]}\n`).join(''));
  return { count: all.length, take: (indices) => endedAs(body, lines(indices)), lines };
}

const endedAs = (body: Buffer, lines: Buffer) => (body.at(-1) === 10 ? lines : lines.subarray(0, -1));

function csvRows(body: Buffer): Rows | undefined {
  const all = linesOf(body);
  const isNumber = (field: string) => field.trim() !== '' && !Number.isNaN(Number(field));
  // Names above numbers are a header; a text above a text may be a row.
  const numeric = all.some((line) => line.split(',').some(isNumber));
  // A line break within quotes: such a row is more than a line.
  if (all.some((line) => line.split('"').length % 2 === 0)) return undefined;
  const hasHeader =
    !all[0]?.split(',').some(isNumber) && all.slice(1).some((line) => line.split(',').some(isNumber));
  const header = hasHeader ? `${all[0]}\n` : '';
  const { count, take, lines } = lineRows(hasHeader ? all.slice(1) : all, body);
  const fields = (hasHeader ? all[1] : all[0])?.split(',') ?? [];
  const write = (row: readonly string[]) => endedAs(body, Buffer.from(`${header}${row.join(',')}\n`));
  return {
    count,
    take: (indices) => Buffer.concat([Buffer.from(header), take(indices)]),
    // Among texts alone, nothing tells a header from a row.
    ...(numeric && lines && { lines }),
    short: () => (fields.length > 1 ? write(fields.slice(0, -1)) : undefined),
    long: () => write([...fields, fields.at(-1) ?? '']),
    marked: (mark) => {
      const place = fields.findIndex(isNumber);
      return place < 0 ? undefined : write(fields.with(place, String(mark)));
    },
  };
}

/** The rows of `[…]`, or of the only list in an object, such as "instances" or "dataframe_split"."data". */
function jsonRows(body: Buffer): Rows | undefined {
  const document = parsed(body);
  const found = findList(document);
  if (!found) return undefined;
  const { list, inside } = found;
  const write = (rows: unknown[]) => Buffer.from(JSON.stringify(inside(rows)));
  /** The first row with its values changed, whether it is a list or has names. */
  const change = (how: (values: [string, unknown][]) => [string, unknown][] | undefined) => {
    const row = list[0];
    if (typeof row !== 'object' || row === null) return undefined;
    const values = how(Object.entries(row));
    return (
      values && write([Array.isArray(row) ? values.map(([, value]) => value) : Object.fromEntries(values)])
    );
  };
  return {
    count: list.length,
    take: (indices) => write(indices.map((index) => list[index])),
    short: () => change((values) => (values.length > 1 ? values.slice(0, -1) : undefined)),
    long: () => (Array.isArray(list[0]) ? write([[...list[0], list[0].at(-1)]]) : undefined),
    marked: (mark) =>
      change((values) => {
        const place = values.findIndex(([, value]) => typeof value === 'number');
        return place < 0 ? undefined : values.with(place, [values[place]?.[0] ?? '', mark]);
      }),
  };
}

/** The turns of a conversation are one request, and so are the tensors of KServe's V2 protocol. */
const isPart = (item: Record<string, unknown>) =>
  ('role' in item && 'content' in item) || ('shape' in item && 'data' in item);

type List = { list: unknown[]; inside: (rows: unknown[]) => unknown };

function findList(value: unknown, name?: string): List | undefined {
  if (Array.isArray(value)) {
    const isRow = (item: unknown) => isObject(item) && !isPart(item);
    // What a language model is asked; in a list without that name, texts may be the values of a single row.
    const isTexts = name === 'inputs' && value.length > 0 && value.every((item) => typeof item === 'string');
    return isTexts || value.some(isRow) ? { list: value, inside: (rows) => rows } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = findList(member, key);
    if (found) return { list: found.list, inside: (rows) => ({ ...value, [key]: found.inside(rows) }) };
  }
  return undefined;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** NPY 1.0 in C order: a head that names the shape, then the rows one after the other. */
function npyRows(body: Buffer): Rows | undefined {
  if (body.length < 10) return undefined;
  const end = 10 + body.readUInt16LE(8);
  const head = body.toString('latin1', 10, end);
  const shape = /'fortran_order': False, 'shape': \((\d+)(, ?\d+)/.exec(head);
  const count = Number(shape?.[1]);
  if (body[6] !== 1 || !shape || !count) return undefined;
  const size = (body.length - end) / count;
  return {
    count,
    take: (indices) => {
      const rows = indices.map((index) => body.subarray(end + index * size, end + (index + 1) * size));
      const shaped = head.trimEnd().replace(/\(\d+/, `(${indices.length}`);
      return Buffer.concat([npyHead(shaped), ...rows]);
    },
  };
}

/** The head of an NPY file around a Python dict's text: padded so that the data is aligned to 64 bytes. */
export function npyHead(dict: string): Buffer {
  const padded = `${dict.padEnd(64 * Math.ceil((dict.length + 11) / 64) - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded)]);
}
