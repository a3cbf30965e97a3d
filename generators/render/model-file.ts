import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Column } from '../sample-data/column.ts';
import { columnsIn, schemaFile } from '../sample-data/schema-file.ts';
import { modelsAmong } from '../settings/formats.ts';
import type { Settings } from '../settings/schema.ts';

/** The given file, or the one in the given folder that is a model. */
export function modelFileName(
  { framework, modelFormat }: Settings,
  files: ReadonlyMap<string, string>,
): string {
  const [model] = modelsAmong(framework, files).keys();
  return model ?? [...files.keys()][0] ?? `model.${modelFormat}`;
}

/** A file that lies deeper is found again only through its folder. */
export function pathInProject(modelFile: string, count: number): string {
  return count > 1 || modelFile.includes('/') ? 'model' : `model/${modelFile}`;
}

/** What the first of these folders that holds the model's schema declares. */
export function declaredIn(folders: readonly (string | undefined)[]): Column[] | undefined {
  const paths = folders.flatMap((folder) => (folder ? [join(folder, basename(schemaFile))] : []));
  const path = paths.find(existsSync);
  return path === undefined ? undefined : columnsIn(path);
}
