import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';

/** A folder with a model that `model/` is a link to. */
export interface ModelLink {
  /** Absolute. */
  readonly folder: string;
  /** Of the model's files. */
  readonly bytes: number;
}

/** Larger models are linked to, unless a copy is asked for. */
const mostCopied = 1e9;

/** Of a model in a folder outside the project, whose files are absolute paths; undefined where they are to be copied. */
export function modelLinkOf(
  folder: string,
  files: Iterable<string>,
  copyModel: boolean | undefined,
): ModelLink | undefined {
  const bytes = [...files].reduce((sum, file) => sum + statSync(file).size, 0);
  return copyModel || bytes <= mostCopied ? undefined : { folder, bytes };
}

/** What the link in a project says: relative where the project can be moved with its model. */
export function linkText(project: string, { folder }: ModelLink): string {
  const below = relative(project, folder);
  return below.startsWith('..') || isAbsolute(below) ? folder : below;
}

/** What stands in a project where its link should; `same` is that link already. */
export function foundAtLink(
  project: string,
  link: ModelLink,
): 'nothing' | 'same' | 'another link' | 'no link' {
  const path = join(project, 'model');
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return 'nothing';
  if (!found.isSymbolicLink()) return 'no link';
  return readlinkSync(path) === linkText(project, link) ? 'same' : 'another link';
}
