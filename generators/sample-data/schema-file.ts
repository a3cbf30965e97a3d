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
