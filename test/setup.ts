import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before any test: the build, which is what users run, and a folder for all that tests write. */
export default function setup(): (() => Promise<void>) | undefined {
  // Each of vitest's projects calls this, one after the other.
  if (process.env.TEST_FOLDER) return undefined;
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'ml-container-creator-'));
  // For tests that run something as another user.
  chmodSync(folder, 0o755);
  process.env.TEST_FOLDER = folder;
  // Gigabytes: vitest has to hear meanwhile that its last worker has ended.
  return () => rm(folder, { recursive: true, force: true });
}
