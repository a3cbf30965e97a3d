import type { Column } from './column.ts';

/** What the server reads of the model's columns. */
export const schemaFile = 'model/input_schema.json';

/** A line for each column: people edit it. */
export function schemaText(columns: readonly Column[]): string {
  const lines = columns.map(({ name, type, required }) => {
    const members = Object.entries({ ...(name !== undefined && { name }), type, required });
    const parts = members.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return `    { ${parts.join(', ')} }`;
  });
  return `{\n  "columns": [\n${lines.join(',\n')}\n  ]\n}\n`;
}
