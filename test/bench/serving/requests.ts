/** The requests of the benchmark, by name. */
export const requests = {
  'json-1': { title: '1 row, JSON', rows: 1, csv: false },
  'csv-1': { title: '1 row, CSV', rows: 1, csv: true },
  'csv-1000': { title: '1,000 rows, CSV', rows: 1000, csv: true },
};

export type RequestName = keyof typeof requests;
export type Rows = readonly (readonly number[])[];

/** A way to write rows into a request. */
export interface Encoding {
  readonly type: 'application/json' | 'text/csv';
  readonly write: (rows: Rows) => string;
}

export const json = (value: (rows: Rows) => unknown): Encoding => ({
  type: 'application/json',
  write: (rows) => JSON.stringify(value(rows)),
});

export const csv = (...header: string[]): Encoding => ({
  type: 'text/csv',
  write: (rows) => [...header, ...rows.map((row) => row.join(','))].map((line) => `${line}\n`).join(''),
});

/** A request as one server takes it. */
export interface Request {
  readonly type: string;
  readonly body: string;
  /** The server has no documented way to take CSV and gets the rows in JSON. */
  readonly instead: boolean;
}

export function request(name: RequestName, rows: Rows, takes: { json: Encoding; csv?: Encoding }): Request {
  const { csv: wanted, rows: count } = requests[name];
  const encoding = (wanted && takes.csv) || takes.json;
  return {
    type: encoding.type,
    body: encoding.write(rows.slice(0, count)),
    instead: wanted && !takes.csv,
  };
}
