import { readFileSync } from 'node:fs';
import { parse } from '@humanwhocodes/momoa';
import { shown, UsageError } from './problems.ts';

/**
 * Reads a JSON object from a file; undefined when there is no such file. `named` is what messages call the file.
 * Throws UsageError, with line and column where the text is no JSON.
 */
export function readJsonFile(path: string, named: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError([`${named} cannot be read: ${(error as NodeJS.ErrnoException).code}`]);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new UsageError([`${named} is not JSON: ${whereItBreaks(text, error as Error)}`]);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageError([`${named} holds ${shown(document)}, not a JSON object`]);
  }
  return document as Record<string, unknown>;
}

/** JSON.parse names a position in some messages, and never a line on Node 20. */
function whereItBreaks(text: string, { message }: Error): string {
  const lines = text.split('\n');
  if (message.includes('end of JSON input')) return `it ends in line ${lines.length}, before it is complete`;
  const position = / at position (\d+)/.exec(message)?.[1];
  const before = position === undefined ? undefined : text.slice(0, Number(position)).split('\n');
  const { line, column } = before
    ? { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
    : whereMomoaStops(text);
  return `line ${line}, column ${column}: unexpected ${shown(lines[line - 1]?.[column - 1] ?? 'end of line')}`;
}

function whereMomoaStops(text: string): { line: number; column: number } {
  try {
    parse(text, { mode: 'json' });
    return { line: 1, column: 1 };
  } catch (error) {
    return error as { line: number; column: number } & Error;
  }
}
