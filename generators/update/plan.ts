import { isEverWritten, packagePlace } from '../render/ever-written.ts';

/** What there is of one path of a project. Ids are git's, of contents whose lines end in LF. */
export interface Facts {
  readonly path: string;
  /** What this generator makes of it. */
  readonly fresh?: { readonly id: string; readonly executable: boolean } | undefined;
  /** What the generator made of it that wrote the project; `unknown` where it did, and kept no record of what. */
  readonly recorded?: string | undefined;
  readonly disk: Found;
  /** The edits and what is new in one file, where these go together; why not, where they do not. */
  readonly merged?:
    | { readonly id: string }
    | 'same lines'
    | 'no git'
    | 'no base'
    | 'shallow'
    | 'partial'
    | undefined;
}

export type Found =
  | 'nothing'
  /** A folder, a link, a device. */
  | 'no file'
  /** A link, or no folder, stands where a folder of the path should be. */
  | 'behind a link'
  | {
      readonly id: string;
      readonly executable: boolean;
      /** Whether what the file says makes it a program. */
      readonly isProgram: boolean;
    };

type Kind = 'unchanged' | 'replace' | 'add' | 'remove' | 'merge' | 'conflict' | 'keep';

/** What becomes of one path, and why it is not simply as this generator makes it. */
export interface Decision {
  readonly path: string;
  readonly kind: Kind;
  readonly why?: Why;
  /** Of what is written. */
  readonly executable?: boolean;
}

/** Why a file is not simply as this generator makes it, in words. */
export const reasons = {
  edited: 'it has your edits, and this version changes nothing in it',
  deleted: 'you deleted it',
  left: 'it has your edits, and this version makes no such file of these answers',
  'left perhaps':
    'no record says what the generator wrote, and it may have your edits; this version makes no such file of these answers',
  'left yours': 'this version makes no such file of these answers; it is yours, and never removed',
  unknown: 'the record names it, but no version of the generator makes such a file: it is not touched',
  link: 'a link or a file stands where its folder should be: nothing is written there',
  yours: 'it is yours, and never overwritten',
  'same lines': 'you and this version changed the same lines',
  'no git': 'it has your edits, and git, which would merge them with this version, is not installed',
  'no base': 'it has your edits, and no git repository holds what it was before: nothing to merge with',
  shallow: 'it has your edits, and this clone is shallow: `git fetch --unshallow` brings what it was before',
  partial:
    'it has your edits, and this clone is partial: `git fetch --refetch --no-filter` brings what it was before',
  'no record': 'no record says that the generator wrote it so: it is yours, or may have your edits',
  'no file': 'it is a link or a folder, and no file of the generator',
} as const;

type Why = keyof typeof reasons;

/** The files that a project is made for: edited, they are left as they are, and never removed. */
const own = /^(code\/(model_handler|app|inference)\.py$|model\/)/;

export function isOwn(path: string): boolean {
  return own.test(path);
}

export function decide({ path, fresh, recorded, disk, merged }: Facts): Decision {
  if (disk === 'behind a link') return { path, kind: 'keep', why: 'link' };
  const found = typeof disk === 'object' ? disk : undefined;
  if (!fresh) {
    if (disk === 'nothing') return { path, kind: 'unchanged' };
    if (recorded === undefined) return { path, kind: 'unchanged' };
    if (recorded === 'unknown') return { path, kind: 'keep', why: 'left perhaps' };
    if (!isEverWritten(path)) return { path, kind: 'keep', why: 'unknown' };
    if (found?.id !== recorded) return { path, kind: 'keep', why: 'left' };
    return isOwn(path) ? { path, kind: 'keep', why: 'left yours' } : { path, kind: 'remove' };
  }
  if (disk === 'nothing') {
    // The server is ours as a whole: a part of it is of no use.
    return recorded === undefined || path.startsWith(packagePlace)
      ? { path, kind: 'add', executable: fresh.executable }
      : { path, kind: 'keep', why: 'deleted' };
  }
  if (found?.id === fresh.id) return { path, kind: 'unchanged' };
  if (found && found.id === recorded && !path.startsWith('model/'))
    return { path, kind: 'replace', executable: mode(found, fresh) };
  if (recorded === fresh.id) return { path, kind: 'keep', why: 'edited' };
  const conflict = (why: Why): Decision => ({ path, kind: 'conflict', why, executable: fresh.executable });
  if (isOwn(path)) return conflict('yours');
  if (!found) return conflict('no file');
  if (recorded === undefined || recorded === 'unknown') return conflict('no record');
  if (typeof merged === 'string') return conflict(merged);
  if (!merged || merged.id === found.id) return { path, kind: 'keep', why: 'edited' };
  return { path, kind: 'merge', executable: mode(found, fresh) };
}

/** Whoever made a file executable, or no longer so, meant it. */
function mode(found: Exclude<Found, string>, fresh: { readonly executable: boolean }): boolean {
  return found.executable === found.isProgram ? fresh.executable : found.executable;
}
