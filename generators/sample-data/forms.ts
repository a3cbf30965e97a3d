import { extname } from 'node:path';

/** What the project's part of a file of data is called, by the ending of the file. */
const names: Readonly<Record<string, string>> = {
  '.csv': 'sample_data.csv',
  '.jsonl': 'sample_data.jsonl',
  '.ndjson': 'sample_data.jsonl',
};

/** Of one that can be read. */
export function nameInProject(path: string): string {
  const name = names[extname(path).toLowerCase()];
  if (name === undefined) throw new Error(`${path} was not checked`);
  return name;
}

/** Why a file's name says that it cannot be read here; undefined where it can. */
export function unreadable(path: string): string | undefined {
  const ending = extname(path).toLowerCase();
  if (ending in names) return undefined;
  if (ending === '.parquet')
    return (
      'Parquet is read by pandas, not by the generator: leave it out here, and once the model is in model/, ' +
      '`python code/serve schema FILE` of the project writes model/input_schema.json'
    );
  return 'it takes CSV with a line of names (.csv), or JSON lines with an object for each row (.jsonl)';
}
