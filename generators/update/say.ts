import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { Change } from '../render/apply.ts';
import { packagePlace } from '../render/ever-written.ts';
import type { Decided } from './changes.ts';
import { reasons } from './plan.ts';

/** A short summary: a line for each kind of change, and one for each file that somebody should look at. */
export function summary(decisions: readonly Decided[]): string[] {
  const line = (title: string, isIt: (decision: Decided) => boolean, note = '') => {
    const paths = decisions.filter(isIt).map(({ path }) => path);
    const names = byFolder(paths).join(', ');
    return paths.length ? [`  ${title.padEnd(8)} ${String(paths.length).padStart(3)}  ${names}${note}`] : [];
  };
  return [
    ...line('replaced', ({ kind }) => kind === 'replace'),
    ...line('added', ({ kind }) => kind === 'add'),
    ...line('removed', ({ kind }) => kind === 'remove'),
    ...line('merged', ({ kind }) => kind === 'merge', ' (your edits are in them)'),
    ...line('kept', ({ why }) => why === 'edited', ' (yours; this version brings nothing new)'),
    ...line('deleted', ({ why }) => why === 'deleted', ' (by you; it stays so)'),
    ...decisions.flatMap(({ path, why, beside }) => {
      if (!why || why === 'edited' || why === 'deleted') return [];
      const ours = beside === undefined ? '' : `; this version's is ${beside}`;
      return [`  look at       ${path}: ${reasons[why]}${ours}`];
    }),
    // The rest has moved on: other packages, another way to call a handler.
    ...decisions.flatMap(({ path, why, beside, hasAll }) =>
      beside !== undefined &&
      !hasAll &&
      (path.startsWith(packagePlace) || (why === 'yours' && path.startsWith('code/')))
        ? [`The project may not start until ${path} has what it needs of ${beside}.`]
        : [],
    ),
  ];
}

/** Folders with many of the files stand for them. */
function byFolder(paths: readonly string[]): string[] {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = path.split('/').slice(0, -1).slice(0, 2).join('/');
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return [...folders].flatMap(([folder, files]) =>
    folder && files.length > 4 ? [`${folder}/ (${files.length} files)`] : files,
  );
}

/** Each change of a text as a unified diff. */
export function diffs(folder: string, changes: readonly Change[]): string {
  return changes
    .map((change) => {
      const text = textOf(folder, change.path);
      const after = 'contents' in change ? change.contents.toString() : undefined;
      return createTwoFilesPatch(
        text === undefined ? '/dev/null' : `a/${change.path}`,
        after === undefined ? '/dev/null' : `b/${change.path}`,
        text ?? '',
        after ?? '',
        undefined,
        undefined,
        { headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true } },
      );
    })
    .join('');
}

function textOf(folder: string, path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch {
    return undefined;
  }
}
