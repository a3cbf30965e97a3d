import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError, WorkError } from '../settings/problems.ts';
import type { Project } from './project.ts';
import type { RenderedFile } from './render.ts';

/** Modes are whole: Yeoman compares them with what stat says. */
export const fileMode = { plain: 0o100644, executable: 0o100755 } as const;

/**
 * Writes a project without asking. Files that exist and differ are replaced only when `force` is set; otherwise a
 * UsageError lists them and nothing is written. All is written beside the project first, then moved into place.
 */
export function writeProject(project: Project, files: readonly RenderedFile[], force: boolean): void {
  checkDestination(project.folder);
  if (!force) {
    const conflicts = conflictsOf(project, files);
    if (conflicts.length) {
      throw new UsageError([
        `${project.folder} has files that differ from what would be written: ${conflicts.join(', ')}. ` +
          'Choose another projectDir, or overwrite them with --force',
      ]);
    }
  }
  let created: string | undefined;
  let staging: string | undefined;
  try {
    created = makeFolder(project.folder);
    staging = mkdtempSync(join(project.folder, '.ml-container-creator-'));
    for (const { path, contents, executable } of files) {
      const target = makeWay(staging, path);
      writeFileSync(target, contents);
      chmodSync(target, executable ? fileMode.executable : fileMode.plain);
    }
    const copied = modelToCopy(project);
    for (const [path, source] of copied)
      copyFileSync(source, makeWay(staging, path), constants.COPYFILE_FICLONE);
    for (const path of [...files.map(({ path }) => path), ...copied.keys()]) {
      renameSync(join(staging, path), makeWay(project.folder, path));
    }
  } catch (error) {
    if (created) rmSync(created, { recursive: true, force: true });
    throw new WorkError(`cannot write to ${project.folder}: ${(error as Error).message}`);
  } finally {
    if (staging) rmSync(staging, { recursive: true, force: true });
  }
}

/** Makes a folder and those above it; returns the first that was not there. Node's own way hangs where a parent refuses. */
function makeFolder(folder: string): string | undefined {
  if (existsSync(folder)) return undefined;
  const first = makeFolder(dirname(folder));
  mkdirSync(folder);
  return first ?? folder;
}

/** The model's files that do not lie in the project already. */
export function modelToCopy({ modelCopies, folder }: Project): Map<string, string> {
  return new Map([...modelCopies].filter(([path, source]) => join(folder, path) !== source));
}

/** Throws UsageError when the folder, or the nearest one above it that exists, cannot be written to. */
export function checkDestination(folder: string): void {
  if (!existsSync(folder)) {
    checkDestination(dirname(folder));
    return;
  }
  if (!statSync(folder).isDirectory()) {
    throw new UsageError([`projectDir: cannot write to ${folder}: it is a file. Choose another folder`]);
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new UsageError([
      `projectDir: ${folder} is not writable for you. Choose another folder, or change its permissions`,
    ]);
  }
}

function conflictsOf(project: Project, files: readonly RenderedFile[]): string[] {
  const differs = (path: string, contents: () => Buffer): boolean => {
    const target = join(project.folder, path);
    const found = statSync(target, { throwIfNoEntry: false });
    return found !== undefined && !(found.isFile() && readFileSync(target).equals(contents()));
  };
  return [
    ...files
      .filter(({ path, contents }) => differs(path, () => Buffer.from(contents)))
      .map(({ path }) => path),
    ...[...modelToCopy(project)]
      .filter(([path, source]) => differs(path, () => readFileSync(source)))
      .map(([path]) => path),
  ];
}

function makeWay(folder: string, path: string): string {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  return target;
}
