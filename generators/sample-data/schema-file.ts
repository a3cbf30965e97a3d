import { isObject } from '../models/json.ts';
import { readSmallFile } from '../settings/small-file.ts';
import type { Column } from './column.ts';

/** What the server reads of the model's columns. */
export const schemaFile = 'model/input_schema.json';

/** A line for each column: people edit it. `example` is a row, as JSON, that GET /schema shows. */
export function schemaText(columns: readonly Column[], example?: string): string {
  const lines = columns.map(({ name, type, required }) => {
    const members = Object.entries({ ...(name !== undefined && { name }), type, required });
    const parts = members.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return `    { ${parts.join(', ')} }`;
  });
  const shown = example === undefined ? '' : `,\n  "example": ${example}`;
  return `{\n  "columns": [\n${lines.join(',\n')}\n  ]${shown}\n}\n`;
}

/** Of any name that pandas gives a dtype. */
const isType = /^\w+(\[[\w, /+:-]+\])?$/;

/** The columns that such a file declares, as far as they can be read: the server says what is wrong with others. */
export function columnsIn(path: string): Column[] {
  let document: unknown;
  try {
    document = JSON.parse(String(readSmallFile(path, schemaFile)));
  } catch {
    return [];
  }
  const given = isObject(document) && Array.isArray(document.columns) ? document.columns : [];
  return given.flatMap((column) => {
    if (!isObject(column) || typeof column.type !== 'string' || !isType.test(column.type)) return [];
    const name = typeof column.name === 'string' ? { name: column.name } : {};
    return [{ ...name, type: column.type, required: column.required !== false }];
  });
}
