import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type CsvError, type InfoRecord, parse } from 'csv-parse';
import { separatorAdvice } from './beginning.ts';

/** What is wrong with a file of data, in words that name the line. */
export class DataError extends Error {}

/** A row: its text in the file, and its fields by their columns; null where the row has none. */
export interface Row<Field> {
  readonly raw: string;
  readonly fields: ReadonlyMap<string, Field>;
}

/** More than this is no row: a quote that is never closed takes the rest of the file. */
const longestRow = 16 * 1024 * 1024;

/** The rows of CSV below a line of names, read as they are asked for. The first that is given is that line. */
export async function* csvRows(path: string): AsyncGenerator<Row<string>> {
  const parser = createReadStream(path).pipe(
    parse({
      bom: true,
      raw: true,
      info: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: longestRow,
    }),
  );
  let names: string[] | undefined;
  const first: string[] = [];
  try {
    for await (const { record, raw, info } of parser as AsyncIterable<CsvRecord>) {
      // A line of blanks is none to pandas, too.
      if (raw.trim() === '') continue;
      checkText(raw, info.lines);
      if (first.length < 2) {
        first.push(raw);
        const separator = otherSeparator(first, names?.length ?? record.length);
        if (separator)
          throw new DataError(
            `its columns are separated by ${JSON.stringify(separator)}, and CSV has commas: read it as in training, as by ` +
              `${await separatorAdvice(path, separator)}, and give what to_csv(FILE, index=False) writes of that`,
          );
      }
      if (!names) {
        names = record;
        checkNames(names);
      } else if (record.length !== names.length) {
        const fields = record.length === 1 ? '1 field' : `${record.length} fields`;
        throw new DataError(
          `line ${info.lines} has ${fields}, and the first line names ${names.length} columns`,
        );
      }
      yield {
        raw: raw.replace(/\r?\n$/, ''),
        fields: new Map(names.map((name, index) => [name, record[index] ?? ''])),
      };
    }
  } catch (error) {
    throw error instanceof DataError ? error : new DataError((error as CsvError).message);
  }
}

interface CsvRecord {
  readonly record: string[];
  readonly raw: string;
  readonly info: InfoRecord;
}

/**
 * What separates the columns in place of commas, by the line of names, and that with the first row. width: how many
 * columns there are if commas separate them.
 */
function otherSeparator([names = '', row]: readonly string[], width: number): string | undefined {
  return [';', '\t', '|'].find((mark) => {
    const [marks, inRow] = [names, row ?? ''].map((text) => text.split(mark).length - 1) as [number, number];
    // With a comma in a name, or in numbers, there are as many in both lines.
    return marks >= width || (marks > 0 && marks + 1 >= width && marks === inRow);
  });
}

function checkNames(names: readonly string[]): void {
  if (names.every((name) => name.trim() === '' || !Number.isNaN(Number(name))))
    throw new DataError(
      'its first line holds no names of columns: put them there; for a model that was trained without names, any do',
    );
  const nameless = names.indexOf('');
  if (nameless === 0)
    throw new DataError(
      'its first column has no name: it is the index, which to_csv leaves out with index=False',
    );
  if (nameless > 0) throw new DataError(`its column ${nameless + 1} has no name`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new DataError(`it has two columns called ${JSON.stringify(twice)}`);
}

/** A file in another encoding would give names and categories that no request has. */
function checkText(text: string, line: number): void {
  if (text.includes('\uFFFD') || text.includes('\0'))
    throw new DataError(
      `line ${line} is not UTF-8 text: read it as in training, as by pandas.read_csv(FILE, encoding="latin-1"), and give what to_csv(FILE, index=False) writes of that`,
    );
}

/** The rows of JSON lines, with their values as they are written there. */
export async function* jsonRows(path: string): AsyncGenerator<Row<string>> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line += 1;
    const raw = line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (raw.trim() === '') continue;
    checkText(raw, line);
    yield { raw, fields: membersOf(raw, line) };
  }
}

/** The values of an object by their keys, as they are written: what is parsed no longer tells 270.0 from 270. */
function membersOf(text: string, line: number): Map<string, string> {
  const parsed = parsedLine(text, line);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new DataError(`line ${line} is not an object with the row's values by the names of their columns`);
  const nested = Object.entries(parsed).find(([, value]) => typeof value === 'object' && value !== null);
  if (nested)
    throw new DataError(
      `line ${line}: ${JSON.stringify(nested[0])} holds a list or an object, and a column holds single values`,
    );
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s{}:,"]+/g) ?? [];
  const members = new Map<string, string>();
  for (let index = 0; index + 1 < tokens.length; index += 2) {
    const name = JSON.parse(tokens[index] as string) as string;
    if (members.has(name)) throw new DataError(`line ${line} has ${JSON.stringify(name)} twice`);
    const value = tokens[index + 1] as string;
    checkValue(name, value, line);
    members.set(name, value);
  }
  return members;
}

/** JSON can write what no request can bring, and no data frame holds. */
function checkValue(name: string, source: string, line: number): void {
  const value: unknown = JSON.parse(source);
  const isText = (text: unknown) => typeof text !== 'string' || !/\p{Cs}/u.test(text);
  if (!isText(name) || !isText(value))
    throw new DataError(`line ${line}, ${JSON.stringify(name)}: half a surrogate pair is no text`);
  if (value === Infinity || value === -Infinity)
    throw new DataError(`line ${line}, ${JSON.stringify(name)}: ${source} is larger than any number`);
}

function parsedLine(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`line ${line} is not JSON: ${(error as Error).message}`);
  }
}
