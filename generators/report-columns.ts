import { mlflowFile } from './models/mlflow.ts';
import { printable } from './printable.ts';
import type { Project } from './render/project.ts';
import { schemaFile } from './sample-data/schema-file.ts';

/** So many are shown unless `verbose` is set. */
const most = 12;

/** What was found out about the model's columns, one by one, and what a file cannot tell; nothing where nobody asked. */
export function columnLines({ settings, sample, columns, facts }: Project, verbose: boolean): string[] {
  const lines = columns
    ? declared(columns, facts?.columns ? mlflowFile : (settings.sampleData ?? ''), verbose)
    : [];
  if (facts?.hasSchema && sample) lines.push('', `${schemaFile} is the one that came with the model.`);
  if (!sample) return lines;
  if (columns && !facts?.columns)
    lines.push(
      '  It cannot know what pandas was told (dtype=, parse_dates=), nor that whole numbers are codes:',
      `  where your model got other types, say so in ${schemaFile}.`,
    );
  const kept = sample.part.rows === sample.rows ? 'its rows' : `${sample.part.rows} of its rows`;
  return [
    ...lines,
    `  ${sample.part.name} keeps ${kept} in the project, for the tests: see that they may be there.`,
  ];
}

type Columns = NonNullable<Project['columns']>;

function declared(columns: Columns, from: string, verbose: boolean): string[] {
  const shown = verbose ? columns : columns.slice(0, most);
  const nameOf = ({ name }: Columns[number], place: number) => printable(name ?? `column ${place + 1}`);
  const width = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const names = width(shown.map(nameOf));
  const types = width(shown.map(({ type }) => type));
  return [
    '',
    `Columns, as found in ${printable(from)}, and declared in ${schemaFile}:`,
    ...shown.map((column, place) => {
      const note = 'note' in column ? String(column.note) : undefined;
      const remarks = [column.required ? undefined : 'may be missing', note].filter(Boolean).join('; ');
      return `  ${nameOf(column, place).padEnd(names)}  ${column.type.padEnd(types)}  ${remarks}`.trimEnd();
    }),
    ...(shown.length < columns.length
      ? [`  … and ${columns.length - shown.length} more (--verbose: all)`]
      : []),
  ];
}
