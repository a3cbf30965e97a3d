import { WorkError } from '../settings/problems.ts';

const full = 'there is no room on its disk. Make some; what was written before is as it was';
const forbidden =
  'this user may not. Give a folder of yours with --folder, or by XDG_STATE_HOME and XDG_CACHE_HOME where the home folder is not to be written';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: forbidden,
  ENOTDIR: 'what should be a folder above it is none. Give another one with --folder',
};

/** Why a file or a folder could not be made, read or written, in words; undefined: the error is another one. */
export function whyNotOnDisk(error: unknown): string | undefined {
  const { code = '', path, syscall = '' } = error as NodeJS.ErrnoException;
  if (path === undefined || /^(spawn|connect|listen)/.test(syscall)) return undefined;
  // Nobody can make one there, as in /proc.
  const why = code === 'ENOENT' && syscall === 'mkdir' ? forbidden : reasons[code];
  return why && `${path} cannot be ${/^(open|scandir|l?stat)/.test(syscall) ? 'opened' : 'written'}: ${why}`;
}

/** An error of the system about a file as one to be told; others as they are. */
export function told(error: unknown): unknown {
  const why = whyNotOnDisk(error);
  return why === undefined ? error : new WorkError(why);
}
