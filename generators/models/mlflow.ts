import { join } from 'node:path';
import type { Column } from '../sample-data/column.ts';
import { readSmallFile } from '../settings/small-file.ts';
import { isObject } from './json.ts';

/** What MLflow writes beside a model. */
export const mlflowFile = 'MLmodel';

/** More than any signature takes. */
const mostBytes = 16 * 1024 * 1024;

/** pandas' dtypes by the types of MLflow's signatures. */
const dtypes: Readonly<Record<string, string>> = {
  boolean: 'bool',
  integer: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  string: 'str',
  datetime: 'datetime64[ns]',
};

interface MlflowModel {
  /** By its signature; absent where it has none, or one that no rows of values have. */
  readonly columns?: readonly Column[];
  readonly warnings: readonly string[];
}

/** What a folder's MLmodel says of the model's columns; undefined where there is no such file. Nothing is loaded or run. */
export async function readMlflow(folder: string): Promise<MlflowModel | undefined> {
  let text: string | undefined;
  try {
    text = readSmallFile(join(folder, mlflowFile), mlflowFile, mostBytes)?.toString('utf8');
  } catch (error) {
    return { warnings: [`${(error as Error).message}. It is not read, and declares no columns`] };
  }
  if (text === undefined) return undefined;
  const { parse } = await import('yaml');
  let signature: unknown;
  try {
    const document: unknown = parse(text);
    signature = isObject(document) && isObject(document.signature) && document.signature.inputs;
    if (typeof signature === 'string') signature = JSON.parse(signature);
  } catch (error) {
    return { warnings: [`${mlflowFile} cannot be read: ${(error as Error).message.split('\n')[0]}`] };
  }
  if (!Array.isArray(signature)) return { warnings: [] };
  const columns = signature.flatMap(columnsOf);
  const wrong = columns.find((column) => typeof column === 'string');
  if (wrong === undefined) return { columns: columns as Column[], warnings: [] };
  return {
    warnings: [
      `the signature in ${mlflowFile} has ${wrong}, which no request of rows holds: its columns are not declared in model/input_schema.json`,
    ],
  };
}

/** The columns of one entry; a text says what it has that none of ours is. */
function columnsOf(given: unknown): (Column | string)[] {
  if (!isObject(given)) return [JSON.stringify(given)];
  const named = typeof given.name === 'string' ? { name: given.name } : {};
  if (given.type === 'tensor') return tensorColumns(given);
  const type = dtypes[String(given.type)];
  if (!type) return [`a column of type ${String(given.type)}`];
  // Where MLflow requires a column, it still takes NaN in one of fractions.
  return [{ ...named, type, required: given.required !== false && !type.startsWith('float') }];
}

/** An array of rows, such as numpy's, has columns without names. */
function tensorColumns(given: Record<string, unknown>): (Column | string)[] {
  const spec = given['tensor-spec'];
  const { dtype, shape } = isObject(spec) ? spec : {};
  const [rows, width] = Array.isArray(shape) ? shape : [];
  const isTable =
    Array.isArray(shape) && shape.length === 2 && rows === -1 && Number.isInteger(width) && width > 0;
  const type = String(dtype);
  if (
    given.name !== undefined ||
    !isTable ||
    width > 100_000 ||
    !/^(bool|u?int(8|16|32|64)|float(32|64))$/.test(type)
  )
    return [`a tensor of ${type} with shape ${JSON.stringify(shape)}`];
  return Array.from({ length: width }, () => ({ type, required: !type.startsWith('float') }));
}
