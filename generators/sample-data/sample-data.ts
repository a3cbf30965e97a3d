import { isUtf16 } from './beginning.ts';
import { ColumnReader, type FoundColumn, missingWords } from './column.ts';
import { exampleOf } from './example.ts';
import { nameInProject } from './forms.ts';
import { csvRows, DataError, jsonRows, type Row } from './rows.ts';
import { noteOnName } from './word-forms.ts';

/** Data with the columns that a model was trained with. */
export interface SampleData {
  readonly columns: readonly FoundColumn[];
  /** In the file. */
  readonly rows: number;
  /** The project's part of it: the first rows, and those that tell the type of a column. It has the same columns. */
  readonly part: {
    readonly name: string;
    readonly text: string;
    readonly rows: number;
  };
  /** A record in JSON, put together from several rows. */
  readonly example: string;
}

/** Rows of a file that go into the project, before those that tell more. */
const firstRows = 200;

/**
 * Reads a file of data row by row: CSV as pandas.read_csv does, JSON lines as they are written. `without` is a column that the model does not get. Throws
 * DataError.
 */
export async function readSampleData(path: string, without?: string): Promise<SampleData> {
  const name = nameInProject(path);
  const isCsv = name.endsWith('.csv');
  const read = isCsv ? csvRows : jsonRows;
  // Its rows go into the project as they stand there, where they must be UTF-8.
  if (await isUtf16(path))
    throw new DataError(
      'it is UTF-16 text, and only UTF-8 is read: give what `iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE` makes of it',
    );
  const reader = new TableReader(isCsv, without);
  let header: string | undefined;
  for await (const row of read(path)) {
    if (isCsv && header === undefined) {
      header = row.raw;
      reader.expect([...row.fields.keys()]);
    } else reader.add(row);
  }
  if (!reader.rows)
    throw new DataError(isCsv && header !== undefined ? 'it has names, and no row' : 'it is empty');
  const lines = [...(header === undefined ? [] : [header]), ...reader.kept.map(({ raw }) => raw)];
  return {
    columns: reader.columns(),
    rows: reader.rows,
    part: { name, text: `${lines.join('\n')}\n`, rows: reader.kept.length },
    example: reader.example(),
  };
}

class TableReader {
  rows = 0;
  readonly kept: Row<string>[] = [];
  readonly #columns = new Map<string, ColumnReader>();
  readonly #isCsv: boolean;
  readonly #without: string | undefined;

  constructor(isCsv: boolean, without: string | undefined) {
    this.#isCsv = isCsv;
    this.#without = without;
  }

  expect(names: readonly string[]): void {
    for (const name of names) this.#columns.set(name, new ColumnReader());
  }

  add(row: Row<string>): void {
    const before = this.#known();
    for (const [name, field] of row.fields) {
      const column = this.#columns.get(name) ?? this.#late(name);
      if (this.#isCsv) column.addText(field);
      else column.addJson(field);
    }
    for (const [name, column] of this.#columns) if (!row.fields.has(name)) column.addNothing();
    if (this.rows < firstRows || this.#known() > before) this.kept.push(row);
    this.rows += 1;
  }

  columns(): FoundColumn[] {
    const without = this.#without;
    if (without !== undefined && !this.#columns.has(without))
      throw new DataError(
        `it has no column ${JSON.stringify(without)}, only ${[...this.#columns.keys()].join(', ')}`,
      );
    const found = [...this.#columns].filter(([name]) => name !== without);
    if (!found.length) throw new DataError('it has no column beside the one that is left out');
    return found.map(([name, column]) => {
      // In CSV, such a column is one of text.
      if (!this.#isCsv && column.mixture)
        throw new DataError(`${JSON.stringify(name)} holds ${column.mixture}: a column is of one type`);
      const found = column.found(name);
      const notes = [noteOnName(name, this.#isCsv), found.note].filter((note) => note !== undefined);
      return notes.length ? { ...found, note: notes.join('; ') } : found;
    });
  }

  example(): string {
    return exampleOf(this.columns(), ({ name = '', type }) =>
      this.kept.map(({ fields }) => {
        const field = fields.get(name);
        return this.#isCsv ? jsonOf(field ?? '', type) : (field ?? 'null');
      }),
    );
  }

  /** How much all columns have shown. */
  #known(): number {
    let sum = 0;
    for (const column of this.#columns.values()) sum += column.size;
    return sum;
  }

  /** A key that the objects before did not have. */
  #late(name: string): ColumnReader {
    const column = new ColumnReader();
    if (this.rows) column.addNothing();
    this.#columns.set(name, column);
    return column;
  }
}

/** A field of CSV as JSON writes it, in a column of such a type. */
function jsonOf(field: string, type: string): string {
  if (missingWords.has(field)) return 'null';
  const text = field.trim();
  if (type === 'str') return JSON.stringify(field);
  if (type === 'bool') return text.toLowerCase();
  // JSON knows no 1., .5, +1 and inf.
  return /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? text : plainNumber(text, type);
}

function plainNumber(text: string, type: string): string {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) return 'null';
  return type === 'float64' && Number.isInteger(value) ? value.toFixed(1) : String(value);
}
