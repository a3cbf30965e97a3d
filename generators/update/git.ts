import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withLf } from '../render/line-ends.ts';
import { blobId } from '../render/record.ts';
import { WorkError } from '../settings/problems.ts';

/** The git repository that a folder belongs to, as a whole or as a part. */
export interface Repository {
  /** The contents of this id, of a file in the folder, if it holds them. Their lines end in LF. */
  blob(id: string, path: string): Buffer | undefined;
  /** Why it may hold less than what was committed; undefined where it holds all. */
  readonly lacks?: Lack | undefined;
  /** What is not committed below the folder: paths from there. */
  changes(): string[];
  /** Whether anything at a path below the folder is in it. */
  tracks(path: string): boolean;
}

export type Lack = 'shallow' | 'partial';

type Config = readonly (readonly [key: string, value: string])[];

/** A folder may come from anywhere: nothing that its configuration names is started. */
const quiet: Config = [
  ['core.hooksPath', devNull],
  ['core.fsmonitor', 'false'],
  ['log.showSignature', 'false'],
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
  const read = (object: string) => {
    const { status, stdout } = git(['cat-file', 'blob', object], folder, config);
    return status === 0 ? withLf(stdout) : undefined;
  };
  // Under other names, where the repository has longer ones than ours, or keeps other line ends.
  const history = remembered((path: string) => objectsOf(path, folder, config).map(read));
  return {
    blob: (id, path) => {
      const is = (found: Buffer | undefined) => found && blobId(found) === id;
      const found = read(id);
      return is(found) ? found : history(path).find(is);
    },
    lacks: lackOf(folder),
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
      return lines.map((line) => line.slice(3 + prefix.length));
    },
    tracks: (path) => {
      const { status, stdout, stderr } = git(['ls-files', '-z', '--', path], folder, config);
      if (status !== 0) throw new Error(stderr.trim());
      return stdout.length > 0;
    },
  };
}

/** All that the path has ever been, newest first. */
function objectsOf(path: string, folder: string, config: Config): string[] {
  const shape = ['--all', '--full-history', '-m', '--raw', '--no-abbrev', '--no-renames', '--format='];
  const { stdout } = git(['log', ...shape, '--', `:(literal)${path}`], folder, config);
  const lines = stdout.toString().matchAll(/^:\d+ 100\d+ [\da-f]+ ([\da-f]+) /gm);
  return [...new Set([...lines].map(([, object = '']) => object))];
}

function remembered<T>(find: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const value = known.get(key) ?? find(key);
    known.set(key, value);
    return value;
  };
}

function lackOf(folder: string): Lack | undefined {
  if (git(['rev-parse', '--is-shallow-repository'], folder).stdout.toString().trim() === 'true')
    return 'shallow';
  const promised = git(['config', '--get-regexp', '^remote\\..*\\.promisor$', 'true'], folder);
  return promised.status === 0 ? 'partial' : undefined;
}

/** Both changes of a text in one; why not, where they change the same lines, or where git is missing. */
export function merge(theirs: Buffer, base: Buffer, ours: Buffer): Buffer | 'same lines' | 'no git' {
  const folder = mkdtempSync(join(tmpdir(), 'merge-'));
  try {
    for (const [name, contents] of Object.entries({ theirs, base, ours }))
      writeFileSync(join(folder, name), contents);
    const names = ['theirs', 'base', 'ours'];
    const { missing, status, stdout } = git(['merge-file', '--stdout', '--quiet', ...names], folder);
    if (missing) return 'no git';
    return status === 0 ? stdout : 'same lines';
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
  // Versions before 2.31 read none of those variables; arguments can say no name with =.
  const asArguments = config.flatMap(([key, value]) => (key.includes('=') ? [] : ['-c', `${key}=${value}`]));
  const { error, status, stdout, stderr } = spawnSync('git', ['--no-pager', ...asArguments, ...args], {
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
