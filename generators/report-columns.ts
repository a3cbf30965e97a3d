import { mlflowFile } from './models/mlflow.ts';
import { printable } from './printable.ts';
import type { Project } from './render/project.ts';
import { schemaFile } from './sample-data/schema-file.ts';

/** So many are shown unless `verbose` is set. */
const most = 12;

/** What was found out about the model's columns, one by one, and what a file cannot tell; nothing where nobody asked. */
export function columnLines(project: Project, verbose: boolean): string[] {
  const { settings, framework, sample, columns, facts } = project;
  const lines = columns
    ? declared(columns, facts?.columns ? mlflowFile : (settings.sampleData ?? ''), verbose)
    : [];
  if (framework.ofText !== undefined && columns?.some(({ type }) => type === 'str'))
    lines.push(`  ${framework.ofText}`);
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
    `  ${sample.part.name} keeps ${kept} in the project, for the tests: see that they may be there. Neither the image nor`,
    "  the model's archive has them.",
    ...(columns && !facts?.columns
      ? [
          `  ${schemaFile} goes with the model. Names, types and one row, put together from several, are told to whoever`,
          '  reaches the port and asks for /schema; SERVER_SCHEMA=false in the container keeps them.',
        ]
      : []),
  ];
}

type Columns = NonNullable<Project['columns']>;

function declared(columns: Columns, from: string, verbose: boolean): string[] {
  // What is guessed is said of each.
  const shown = columns.filter((column, place) => verbose || place < most || noteOf(column));
  const nameOf = (column: Columns[number]) =>
    printable(column.name ?? `column ${columns.indexOf(column) + 1}`);
  const width = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const names = width(shown.map(nameOf));
  const types = width(shown.map(({ type }) => type));
  return [
    '',
    `Columns, as found in ${printable(from)}, and declared in ${schemaFile}:`,
    ...shown.map((column) => {
      const remarks = [column.required ? undefined : 'may be missing', noteOf(column)]
        .filter(Boolean)
        .join('; ');
      return `  ${nameOf(column).padEnd(names)}  ${column.type.padEnd(types)}  ${remarks}`.trimEnd();
    }),
    ...(shown.length < columns.length
      ? [`  … and ${columns.length - shown.length} more (--verbose: all)`]
      : []),
  ];
}

const noteOf = (column: Columns[number]) => ('note' in column ? printable(String(column.note)) : undefined);
