import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { blobId } from '../render/record.ts';
import { WorkError } from '../settings/problems.ts';

/** The git repository that a folder belongs to, as a whole or as a part. */
export interface Repository {
  /** What it holds under this id, if it does. */
  blob(id: string): Buffer | undefined;
  /** What is not committed below the folder: paths from there, and whether they are in the repository at all. */
  changes(): { readonly path: string; readonly tracked: boolean }[];
  /** Whether anything at a path below the folder is in it. */
  tracks(path: string): boolean;
}

type Config = readonly (readonly [key: string, value: string])[];

/** A folder may come from anywhere: nothing that its configuration names is started. */
const quiet: Config = [
  ['core.hooksPath', devNull],
  ['core.fsmonitor', 'false'],
];

/**
 * Undefined where there is none. Throws an Error that says what git says, where there is one that it does not read; and
 * where git itself is missing.
 */
export function repositoryOf(folder: string): Repository | undefined {
  const place = git(['rev-parse', '--is-inside-work-tree', '--show-prefix'], folder);
  if (place.missing) {
    if (isInRepository(folder)) throw new Error('git is not installed');
    return undefined;
  }
  if (place.status !== 0) {
    if (!isInRepository(folder)) return undefined;
    throw new Error(place.stderr.trim());
  }
  const [inside, prefix = ''] = place.stdout.toString().split('\n');
  if (inside !== 'true') return undefined;
  const config = [...quiet, ...withoutFilters(folder)];
  return {
    blob: (id) => {
      const { status, stdout } = git(['cat-file', 'blob', id], folder, config);
      return status === 0 && blobId(stdout) === id ? stdout : undefined;
    },
    changes: () => {
      const { status, stdout, stderr } = git(
        [
          'status',
          '--porcelain',
          '-z',
          '--untracked-files=all',
          '--no-renames',
          '--ignore-submodules=all',
          '.',
        ],
        folder,
        config,
      );
      if (status !== 0) throw new WorkError(`git status failed: ${stderr.trim()}`);
      const lines = stdout.toString().split('\0').filter(Boolean);
      return lines.map((line) => ({
        path: line.slice(3 + prefix.length),
        tracked: !line.startsWith('??'),
      }));
    },
    tracks: (path) => {
      const { status, stdout, stderr } = git(['ls-files', '-z', '--', path], folder, config);
      if (status !== 0) throw new Error(stderr.trim());
      return stdout.length > 0;
    },
  };
}

/** Both changes of a text in one; undefined where they change the same lines, or where git is missing. */
export function merge(theirs: Buffer, base: Buffer, ours: Buffer): Buffer | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'merge-'));
  try {
    for (const [name, contents] of Object.entries({ theirs, base, ours }))
      writeFileSync(join(folder, name), contents);
    const { status, stdout } = git(['merge-file', '--stdout', '--quiet', 'theirs', 'base', 'ours'], folder);
    return status === 0 ? stdout : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Programs that a repository has git start for some of its files, each set to nothing. */
function withoutFilters(folder: string): Config {
  const { stdout } = git(['config', '-z', '--name-only', '--get-regexp', '^filter\\.'], folder);
  const keys = stdout.toString().split('\0').filter(Boolean);
  return keys.map((key) => [key, key.endsWith('.required') ? 'false' : '']);
}

function git(args: readonly string[], folder: string, config: Config = quiet) {
  // What a hook that we run in says is of its own repository; what it configures, as safe.directory, counts.
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(?!CONFIG|CEILING|DISCOVERY)/.test(name),
  );
  const first = Number(process.env.GIT_CONFIG_COUNT ?? 0);
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${first + index}`, key],
        [`GIT_CONFIG_VALUE_${first + index}`, value],
      ]),
    ),
    GIT_CONFIG_COUNT: String(first + config.length),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // A partial clone has no blob fetched for it.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    LC_ALL: 'C',
  };
  // Loaded here, since most runs start no process.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { error, status, stdout, stderr } = spawnSync('git', ['--no-pager', ...args], {
    cwd: folder,
    env,
    maxBuffer: 1 << 30,
  });
  const missing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  return { missing, status, stdout: stdout ?? Buffer.alloc(0), stderr: String(stderr ?? '') };
}

function isInRepository(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)));
}
