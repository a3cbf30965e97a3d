import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { tempFolder } from '../../harness.ts';

/** A container written by hand that keeps to the contract. */
export const untouched = join(import.meta.dirname, 'by-hand');

/** A text that a file has once, and what is put in its place. */
export type Change = [file: string, from: string, to: string];

/** A copy of it with some changes. */
export function changed(...changes: Change[]): string {
  const project = join(tempFolder(), 'container');
  cpSync(untouched, project, { recursive: true });
  for (const [file, from, to] of changes) {
    const text = readFileSync(join(project, file), 'utf8');
    expect(text.split(from), `${file} has "${from}" once`).toHaveLength(2);
    writeFileSync(
      join(project, file),
      text.replace(from, () => to),
    );
  }
  return project;
}
