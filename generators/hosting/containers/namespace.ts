import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What is run, with its arguments. */
type Words = readonly [program: string, ...args: string[]];

/** Puts a folder's ml/ over /opt, models into it, and becomes the program: nothing outside the namespace sees it. */
const script =
  'mount -t overlay overlay -o "lowerdir=$1:/opt" /opt && mount --bind "$2" /opt/ml/model && mount --bind "$3" /opt/ml/models && shift 3 && exec "$@"';

/**
 * The words that start a program where `model` is /opt/ml/model and `models` is /opt/ml/models, in a mount namespace of
 * its own; `folder` is theirs alone. Nothing on this machine is changed.
 */
export async function withModelMounted(
  program: Words,
  { folder, model, models }: { folder: string; model: string; models: string },
): Promise<Words> {
  const opt = join(folder, 'opt');
  for (const name of ['model', 'models']) await mkdir(join(opt, 'ml', name), { recursive: true });
  // Root needs no user namespace for it, and keeps its rights so.
  const rights = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...rights, '--mount', 'sh', '-c', script, 'sh', opt, model, models, ...program];
}

/** Whether this system lets us do that, tried in a folder: Linux with unshare, unless it keeps namespaces from users. */
export async function canMountModel(folder: string): Promise<boolean> {
  // These have a meaning in the options of an overlay.
  if (process.platform !== 'linux' || /[:,\\]/.test(folder)) return false;
  try {
    const [program, ...args] = await withModelMounted(['true'], { folder, model: folder, models: folder });
    await promisify(execFile)(program, args);
    return true;
  } catch {
    return false;
  }
}
