import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inWords, lackOfRoom } from '../copy.ts';
import { whyNotWritable } from '../settings/paths.ts';
import { UsageError } from '../settings/problems.ts';
import { alone, type Say } from './alone.ts';
import { apply, type Change } from './apply.ts';
import { differs, isDone, isOther, sameText } from './differences.ts';
import { stagingOf, stampsOf } from './journal.ts';
import { foundAtLink, linkText } from './model-link.ts';
import type { Project } from './project.ts';
import { recordFile } from './record.ts';
import type { RenderedFile } from './render.ts';
import { finderIn } from './ways.ts';

const fileMode = { plain: 0o644, executable: 0o755 } as const;

export function modeOf({ executable }: { readonly executable: boolean }): number {
  return executable ? fileMode.executable : fileMode.plain;
}

/** What writing a project has done to its folder. */
export interface Written {
  /** Whether a project was there before. */
  readonly wasThere: boolean;
  /** Files that are new, or hold something else. */
  readonly changed: number;
}

/**
 * Writes a project without asking, all or nothing. Files that exist and differ are replaced only when `force` is set,
 * and kept under another name where they hold edits; otherwise a UsageError lists them and nothing is written. `say` takes
 * what else was done, line by line. Those in `left` stay as they are.
 */
export async function writeProject(
  project: Project,
  files: readonly RenderedFile[],
  force: boolean,
  say: Say,
  left: ReadonlySet<string> = new Set(),
): Promise<Written> {
  checkWays(project, files);
  const { folder } = project;
  return alone(folder, say, async () => {
    const wasThere = existsSync(join(folder, recordFile));
    const written = files.filter(({ path }) => !left.has(path));
    const copied = [...modelToCopy(project)].filter(([path]) => !left.has(path));
    const scripts = [...project.scriptFiles].filter(([path]) => !left.has(path));
    const link = project.modelLink && !left.has('model') ? linkText(folder, project.modelLink) : undefined;
    const seen = stampsOf(folder, [
      ...[...written.map(({ path }) => path), ...[...copied, ...scripts].map(([path]) => path)],
      ...(link === undefined ? [] : ['model']),
    ]);
    // In a new folder there is nothing to look at.
    if (!force && seen.size) refuseConflicts(project, files);
    refuseFullDisk(
      folder,
      copied.map(([, source]) => source),
    );
    const kept = seen.size
      ? await (await import('./backup.ts')).backups(folder, written, copied, scripts)
      : [];
    const changes: Change[] = [
      ...written.map((file): Change => ({ path: file.path, contents: file.contents, mode: modeOf(file) })),
      ...copied.map(([path, source]): Change => ({ path, copyOf: source, mode: statSync(source).mode })),
      ...(link === undefined ? [] : [{ path: 'model', linkTo: link }]),
      ...scripts.map(([path, contents]): Change => ({ path, contents, mode: fileMode.plain })),
    ];
    const changed = changes.filter((change) => !isDone(folder, change)).length;
    const keeping = kept.map(({ path, copy }): Change => ({ path: copy, keeps: path }));
    if (changed) await apply(folder, [...keeping, ...changes], seen);
    for (const { text } of kept) say(text);
    return { wasThere, changed };
  });
}

function refuseConflicts(project: Project, files: readonly RenderedFile[]): void {
  const conflicts = conflictsOf(project, files);
  if (!conflicts.length) return;
  const isProject = existsSync(join(project.folder, recordFile));
  throw new UsageError([
    `${project.folder} has files that differ from what would be written: ${conflicts.join(', ')}. ` +
      `Choose another projectDir, ${isProject ? 'bring the project there up to date by `ml-container-creator update`, ' : ''}or overwrite them with --force`,
  ]);
}

/** Before anything is written: a disk that is full in the middle is no place to work on. */
function refuseFullDisk(folder: string, sources: readonly string[]): void {
  const lack = lackOfRoom(sources, stagingOf(folder));
  if (!lack) return;
  throw new UsageError([
    `the model takes ${inWords(lack.needed)} as a copy, and the disk of ${folder} has ${inWords(lack.free)} free: ` +
      'make room, or choose another projectDir',
  ]);
}

/** The model's files that do not lie in the project already. */
export function modelToCopy({ modelCopies, folder }: Project): Map<string, string> {
  return new Map([...modelCopies].filter(([path, source]) => join(folder, path) !== source));
}

/** All that is written: what is rendered, and what is the user's. */
function pathsOf(project: Project, files: readonly RenderedFile[]): string[] {
  return [...files.map(({ path }) => path), ...modelToCopy(project).keys(), ...project.scriptFiles.keys()];
}

/** Throws UsageError when a file cannot come to lie where it should. */
export function checkWays(project: Project, files: readonly RenderedFile[]): void {
  const paths = pathsOf(project, files);
  const places = new Set(paths.map((path) => dirname(path)));
  const notWritable = new Map(
    [...places].map((place) => [place, whyNotWritable(join(project.folder, place))]),
  );
  const look = finderIn(project.folder);
  const problems = paths.flatMap((path) => {
    const found = look(path);
    const why = notWritable.get(dirname(path));
    if (found === 'behind a link')
      return why ?? `${join(project.folder, dirname(path))} is behind a link, which is not followed`;
    if (found && !found.isFile()) return `${join(project.folder, path)} is not a file`;
    return why ?? [];
  });
  if (project.modelLink && foundAtLink(project.folder, project.modelLink) === 'no link')
    problems.push(
      `${join(project.folder, 'model')} is there already, where a link to ${project.modelLink.folder} is to be: move it away, or give --copy-model`,
    );
  if (problems.length) {
    throw new UsageError(
      [...new Set(problems)].map((problem) => `the project cannot be written: ${problem}`),
    );
  }
}

/** The files that exist and differ from what would be written, by their paths in the project. */
export function conflictsOf(project: Project, files: readonly RenderedFile[]): string[] {
  const changed = files.filter(({ path, contents }) => {
    if (path === recordFile) return false;
    const target = join(project.folder, path);
    return existsSync(target) && !sameText(path, readText(target), contents);
  });
  const models = [...modelToCopy(project)].filter(([path, source]) =>
    differs(source, join(project.folder, path)),
  );
  const scripts = [...project.scriptFiles].filter(([path, contents]) =>
    isOther(join(project.folder, path), contents),
  );
  const link =
    project.modelLink && foundAtLink(project.folder, project.modelLink) === 'another link' ? ['model'] : [];
  const paths = [...changed.map(({ path }) => path), ...[...models, ...scripts].map(([path]) => path)];
  return [...paths, ...link];
}

/** A file that cannot be read differs. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
