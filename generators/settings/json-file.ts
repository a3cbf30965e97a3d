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
  } catch {
    throw new UsageError([`${named} is not JSON: ${whereItBreaks(text)}`]);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageError([`${named} holds ${shown(document)}, not a JSON object`]);
  }
  return document as Record<string, unknown>;
}

/** JSON.parse names no line on Node 20, and sometimes no place at all. */
function whereItBreaks(text: string): string {
  try {
    parse(text, { mode: 'json' });
    return 'it cannot be parsed';
  } catch (error) {
    const { message, line, column } = error as Error & { line: number; column: number };
    const lines = text.split('\n');
    if (message.includes('end of input')) return `it ends in line ${lines.length}, before it is complete`;
    return `line ${line}, column ${column}: unexpected ${shown(lines[line - 1]?.[column - 1] ?? 'end of line')}`;
  }
}
