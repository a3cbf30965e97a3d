import { extname } from 'node:path';
import type { ObjectNode } from '@humanwhocodes/momoa';
import { shown, UsageError } from './problems.ts';
import { readSmallFile } from './small-file.ts';

/** More than any settings take, what a project records, and all that package.json has beside ours. */
const mostBytes = 10e6;

type JsonObject = Record<string, unknown>;

/**
 * Reads a JSON object from a file; undefined when there is no such file. `named` is what messages call the file.
 * Throws UsageError, with line and column where the text is no JSON, and where a key is there twice.
 */
export async function readJsonFile(path: string, named: string): Promise<JsonObject | undefined> {
  const file = await read(path, named);
  if (file) checkKeys(await membersIn(file.text, named), named);
  return file?.document;
}

/** The same for one of its members: what else is in the file is not ours to judge. */
export async function readJsonSection(path: string, named: string, section: string): Promise<unknown> {
  const file = await read(path, named);
  if (!file || !Object.hasOwn(file.document, section)) return undefined;
  const value = (await membersIn(file.text, named)).find(({ key }) => key === section)?.value;
  if (value?.type === 'Object') checkKeys(membersOf(value), `"${section}" in ${named}`);
  return file.document[section];
}

async function read(
  path: string,
  named: string,
): Promise<{ text: string; document: JsonObject } | undefined> {
  let bytes: Buffer | undefined;
  try {
    bytes = readSmallFile(path, named, mostBytes);
  } catch (error) {
    throw new UsageError([(error as Error).message]);
  }
  if (!bytes) return undefined;
  if (isUtf16(bytes))
    throw new UsageError([`${named} is UTF-16, as > writes it in Windows PowerShell: save it as UTF-8`]);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    if (looksLikeYaml(path, text))
      throw new UsageError([`${named} is YAML, and must be JSON, as in {"awsRegion": "eu-west-1"}`]);
    const conflict = text.split('\n').findIndex((line) => line.startsWith('<<<<<<< ')) + 1;
    if (conflict)
      throw new UsageError([
        `${named} has a conflict that git has left there, in line ${conflict}: keep one of the two sides, without its markers`,
      ]);
    throw new UsageError([`${named} is not JSON: ${await whereItBreaks(text, error as Error)}`]);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageError([`${named} holds ${shown(document)}, not a JSON object`]);
  }
  return { text, document: document as JsonObject };
}

/** By its mark, or by the zero that is half of each of JSON's own characters. */
function isUtf16(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 2);
  return ['fffe', 'feff'].includes(start.toString('hex')) || start.includes(0);
}

function looksLikeYaml(path: string, text: string): boolean {
  return ['.yaml', '.yml'].includes(extname(path)) || /^(---\s|[\w-]+:\s)/.test(firstLine(text));
}

/** The first line that holds more than a comment in YAML. */
function firstLine(text: string): string {
  const lines = text.split('\n').map((line) => `${line.trim()}\n`);
  return lines.find((line) => line !== '\n' && !line.startsWith('#')) ?? '';
}

/** JSON.parse keeps the last of several members with the same key, and says nothing. */
async function membersIn(text: string, named: string) {
  const { parse } = await import('@humanwhocodes/momoa');
  try {
    return membersOf(parse(text, { mode: 'json' }).body as ObjectNode);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError([`${named} is nested too deeply to be read`]);
    throw error;
  }
}

function membersOf({ members }: ObjectNode) {
  return members.map(({ name, value }) => ({
    key: name.type === 'String' ? name.value : name.name,
    line: name.loc.start.line,
    value,
  }));
}

function checkKeys(members: ReturnType<typeof membersOf>, named: string): void {
  const lines = new Map<string, number>();
  const problems = members.flatMap(({ key, line }) => {
    const earlier = lines.get(key);
    if (earlier === undefined) lines.set(key, line);
    return earlier === undefined
      ? []
      : [`${shown(key)} is in ${named} twice, in lines ${earlier} and ${line}: leave one`];
  });
  if (problems.length) throw new UsageError(problems);
}

/** JSON.parse names a position in some messages, and never a line on Node 20. */
async function whereItBreaks(text: string, { message }: Error): Promise<string> {
  const lines = text.split('\n');
  if (message.includes('end of JSON input')) return `it ends in line ${lines.length}, before it is complete`;
  const position = / at position (\d+)/.exec(message)?.[1];
  const before = position === undefined ? undefined : text.slice(0, Number(position)).split('\n');
  const { line, column } = before
    ? { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
    : await whereMomoaStops(text);
  return `line ${line}, column ${column}: unexpected ${shown(lines[line - 1]?.[column - 1] ?? 'end of line')}`;
}

async function whereMomoaStops(text: string): Promise<{ line: number; column: number }> {
  const { parse } = await import('@humanwhocodes/momoa');
  try {
    parse(text, { mode: 'json' });
    return { line: 1, column: 1 };
  } catch (error) {
    return error as { line: number; column: number } & Error;
  }
}
