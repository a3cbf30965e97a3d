import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFile } from './config-file.ts';

/** The id of the project in a folder, where it has one: made anew, it would lose sight of what it has deployed. */
export function projectIdIn(folder: string): string {
  try {
    const { projectId } = JSON.parse(readFileSync(join(folder, configFile), 'utf8'));
    if (/^[0-9a-f]{8}$/.test(projectId)) return projectId;
  } catch {
    // No project, or none that can be read: sources.ts says so where it matters.
  }
  return randomBytes(4).toString('hex');
}
