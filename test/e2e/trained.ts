import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { activated, cachedVenv, command, generate, tempFolder } from '../harness.ts';

/** A generated project with its sample model trained. */
export interface Trained {
  readonly project: string;
  /** What requirements.txt lists, and nothing else: the server runs in it. */
  readonly venv: string;
  /** With what training and testing need beyond that. */
  readonly development: string;
}

/** Generates a project with the sample model, and trains it. */
export async function trained(name: string, ...flags: string[]): Promise<Trained> {
  const project = await generate([name, '--include-sample', ...flags]);
  const requirements = join(project, 'requirements.txt');
  const venv = await cachedVenv(requirements);
  const others = ['sample_model/requirements.txt', 'test/requirements.txt'].map((file) =>
    join(project, file),
  );
  const development = await cachedVenv(requirements, ...others);
  await command(join(development, 'bin/python'), ['sample_model/train.py'], {
    cwd: project,
    env: activated(development),
  });
  return { project, venv, development };
}

/** A copy to break. */
export function copyOf(project: string): string {
  const copy = join(tempFolder(), 'copy');
  cpSync(project, copy, { recursive: true });
  return copy;
}
