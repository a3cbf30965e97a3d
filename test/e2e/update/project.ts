import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandError, cleanEnv, command, generate, tempFolder } from '../../harness.ts';

/** How a command ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `update` of a bin in a folder. */
export async function runUpdate(
  bin: string,
  folder: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = cleanEnv,
): Promise<Run> {
  return command(process.execPath, [bin, 'update', ...args], { cwd: folder, env }).then(
    (done) => ({ code: 0, ...done }),
    (error: CommandError) => error,
  );
}

/** What is made at random for each project, where two are held against each other. */
export const projectId = '--project-id=0123abcd';

let generated: Promise<string> | undefined;

/** A new copy of one project. */
export async function project(): Promise<string> {
  generated ??= generate(['iris', '--framework=sklearn', projectId]);
  const folder = join(tempFolder(), 'iris');
  cpSync(await generated, folder, { recursive: true });
  return folder;
}

const gitEnv = { ...cleanEnv, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

export async function git(folder: string, ...args: string[]): Promise<string> {
  const as = ['-c', 'user.name=me', '-c', 'user.email=me@example.com'];
  return (await command('git', [...as, ...args], { cwd: folder, env: gitEnv })).stdout;
}

export async function commit(folder: string): Promise<void> {
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--allow-empty', '--message=a commit');
}

/** A project in a repository of its own, all committed. */
export async function inGit(): Promise<string> {
  const folder = await project();
  await git(folder, 'init', '--quiet');
  await commit(folder);
  return folder;
}

export const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');

export const edit = (folder: string, path: string, change: (text: string) => string) =>
  writeFileSync(join(folder, path), change(read(folder, path)));

/** All files and folders but git's: contents and mode by path. */
export function tree(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !/^\.git(\/|$)/.test(path),
  );
  return Object.fromEntries(
    paths.sort().map((path) => {
      const found = statSync(join(folder, path));
      const contents = found.isDirectory() ? 'a folder' : readFileSync(join(folder, path), 'latin1');
      return [path, `${(found.mode & 0o777).toString(8)} ${contents}`];
    }),
  );
}
