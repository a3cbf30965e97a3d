import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants, copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { whyNotWritable } from '../settings/paths.ts';
import { UsageError, WorkError } from '../settings/problems.ts';
import type { Project } from './project.ts';
import { answersFile, type RenderedFile } from './render.ts';

/** Modes are whole: Yeoman compares them with what stat says. */
export const fileMode = { plain: 0o100644, executable: 0o100755 } as const;

/**
 * Writes a project without asking. Files that exist and differ are replaced only when `force` is set; otherwise a
 * UsageError lists them and nothing is written. All is written beside the project first, then moved into place, and
 * taken away again when that fails or is interrupted.
 */
export async function writeProject(
  project: Project,
  files: readonly RenderedFile[],
  force: boolean,
): Promise<void> {
  checkWays(project, files);
  const conflicts = force ? [] : conflictsOf(project, files);
  if (conflicts.length) {
    throw new UsageError([
      `${project.folder} has files that differ from what would be written: ${conflicts.join(', ')}. ` +
        'Choose another projectDir, or overwrite them with --force',
    ]);
  }
  let created: string | undefined;
  let staging: string | undefined;
  const undo = () => {
    for (const folder of [staging, created]) if (folder) rmSync(folder, { recursive: true, force: true });
  };
  const interrupted = () => {
    undo();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    created = makeFolder(project.folder);
    staging = mkdtempSync(join(project.folder, '.ml-container-creator-'));
    for (const { path, contents, executable } of files) {
      const target = makeWay(staging, path);
      writeFileSync(target, contents);
      chmodSync(target, executable ? fileMode.executable : fileMode.plain);
    }
    const copied = modelToCopy(project);
    for (const [path, source] of copied) {
      const target = makeWay(staging, path);
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      chmodSync(target, fileMode.plain);
    }
    for (const path of [...files.map(({ path }) => path), ...copied.keys()]) {
      renameSync(join(staging, path), makeWay(project.folder, path));
    }
    rmSync(staging, { recursive: true, force: true });
  } catch (error) {
    undo();
    throw new WorkError(`cannot write to ${project.folder}: ${(error as Error).message}`);
  } finally {
    process.off('SIGINT', interrupted);
  }
}

/** The model's files that do not lie in the project already. */
export function modelToCopy({ modelCopies, folder }: Project): Map<string, string> {
  return new Map([...modelCopies].filter(([path, source]) => join(folder, path) !== source));
}

/** Whether something lies where a file would be copied to, and differs from it. */
export function differs(source: string, target: string): boolean {
  if (!existsSync(target)) return false;
  // By parts: models can be larger than what fits into memory.
  const size = 1 << 20;
  const [a, b] = [Buffer.alloc(size), Buffer.alloc(size)];
  if (statSync(source).size !== statSync(target).size) return true;
  const [one, other] = [openSync(source, 'r'), openSync(target, 'r')];
  try {
    for (let read = -1; read !== 0; ) {
      read = readSync(one, a);
      if (readSync(other, b) !== read || !a.subarray(0, read).equals(b.subarray(0, read))) return true;
    }
    return false;
  } finally {
    closeSync(one);
    closeSync(other);
  }
}

/** Throws UsageError when a file cannot come to lie where it should. */
export function checkWays(project: Project, files: readonly RenderedFile[]): void {
  const paths = [...files.map(({ path }) => path), ...modelToCopy(project).keys()];
  const problems = paths.flatMap((path) => {
    const target = join(project.folder, path);
    if (existsSync(target) && !statSync(target).isFile()) return [`${target} is not a file`];
    return whyNotWritable(dirname(target)) ?? [];
  });
  if (problems.length) {
    throw new UsageError(
      [...new Set(problems)].map((problem) => `the project cannot be written: ${problem}`),
    );
  }
}

function conflictsOf(project: Project, files: readonly RenderedFile[]): string[] {
  const changed = files.filter(({ path, contents }) => {
    const target = join(project.folder, path);
    return existsSync(target) && !sameText(path, readText(target), contents);
  });
  const models = [...modelToCopy(project)].filter(([path, source]) =>
    differs(source, join(project.folder, path)),
  );
  return [...changed.map(({ path }) => path), ...models.map(([path]) => path)];
}

/** The answers that a project starts from are no other than those that it keeps: there are just more of these. */
function sameText(path: string, old: string, fresh: string): boolean {
  if (old === fresh || path !== answersFile) return old === fresh;
  const kept: Record<string, unknown> = JSON.parse(fresh);
  try {
    return Object.entries(JSON.parse(old)).every(([key, value]) => kept[key] === value);
  } catch {
    return false;
  }
}

/** A file that cannot be read differs. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Makes a folder and those above it; returns the first that was not there. Node's own way hangs where a parent refuses. */
function makeFolder(folder: string): string | undefined {
  if (existsSync(folder)) return undefined;
  const first = makeFolder(dirname(folder));
  mkdirSync(folder);
  return first ?? folder;
}

function makeWay(folder: string, path: string): string {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  return target;
}
