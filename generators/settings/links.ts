import { readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isBelow } from './paths.ts';

/**
 * Throws an Error where what lies at a path below a folder leads out of it: a folder that came from elsewhere may link to
 * any file of this machine, which would be copied and uploaded. In the Hub's cache all files are links, to the blobs of
 * the same model.
 */
export function refuseLinkOut(folder: string, path: string): void {
  const place = join(folder, path);
  const own = realpathSync(folder);
  let target: string;
  try {
    target = realpathSync(place);
  } catch {
    // Where nothing is, nothing is taken.
    return;
  }
  const [, repository] = /^(.+\/models--[^/]+)\/snapshots\/[^/]+(\/.*)?$/.exec(own) ?? [];
  if (isBelow(own, target) || (repository !== undefined && isBelow(join(repository, 'blobs'), target)))
    return;
  throw new Error(
    `${path} is a link out of the folder, to ${readlinkSync(place)}: put there what it leads to, or remove it`,
  );
}
