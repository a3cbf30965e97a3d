import { readFileSync } from 'node:fs';
import { parse } from '@humanwhocodes/momoa';
import { shown, UsageError } from './problems.ts';

/**
 * Reads a JSON object from a file; undefined when there is no such file. `calledBy` says in messages who named the
 * file. Throws UsageError with line and column when it holds something else.
 */
export function readJsonFile(path: string, calledBy = ''): Record<string, unknown> | undefined {
  const named = calledBy ? `${path} (${calledBy})` : path;
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
    return `line ${line}, column ${column}: ${message.replace(/ \(\d+:\d+\)$/, '')}`;
  }
}
