import { isObject } from './json.ts';
import { bytesByType } from './number-types.ts';
import { pathsBelow } from './sentences.ts';

/** What the Hub tells of a repository at a revision. */
export interface Repository {
  readonly commit: string;
  readonly task?: string;
  readonly parameters?: number;
  /** Bytes of its weights, by the type of the numbers. */
  readonly types?: Readonly<Record<string, number>>;
  readonly weightsBytes?: number;
  readonly safetensors: boolean;
  /** Of all its files. */
  readonly paths: readonly string[];
}

/**
 * Reads the answer of /api/models/{id}/revision/{revision}?blobs=true; undefined when it names no commit. `folder` is
 * the one with the weights.
 */
export function readRepository(json: unknown, folder = ''): Repository | undefined {
  if (!isObject(json) || typeof json.sha !== 'string' || !/^[0-9a-f]{40}$/.test(json.sha)) return undefined;
  const files = (Array.isArray(json.siblings) ? json.siblings : []).filter(isObject);
  const parameters = isObject(json.safetensors) ? positive(json.safetensors.total) : undefined;
  const safetensors =
    sizeOf(files, folder, /^model[\w.-]*\.safetensors$/) ?? sizeOf(files, folder, /^[\w.-]+\.safetensors$/);
  const weightsBytes = safetensors ?? sizeOf(files, folder, /^pytorch_model[\w.-]*\.bin$/);
  return {
    commit: json.sha,
    safetensors: safetensors !== undefined,
    paths: files.flatMap(({ rfilename: path }) => (typeof path === 'string' ? [path] : [])),
    ...(typeof json.pipeline_tag === 'string' && { task: json.pipeline_tag }),
    ...(parameters && { parameters }),
    ...(isObject(json.safetensors) &&
      isObject(json.safetensors.parameters) && { types: bytesByType(json.safetensors.parameters) }),
    ...(weightsBytes && { weightsBytes }),
  };
}

/** Of the files with such names, in that folder: some repositories hold the weights in several forms. */
function sizeOf(
  files: readonly Readonly<Record<string, unknown>>[],
  folder: string,
  name: RegExp,
): number | undefined {
  const fitting = files.filter(
    ({ rfilename }) =>
      typeof rfilename === 'string' && pathsBelow(folder, [rfilename]).some((path) => name.test(path)),
  );
  return positive(fitting.reduce((sum, { size }) => sum + (positive(size) ?? 0), 0));
}

function positive(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}
