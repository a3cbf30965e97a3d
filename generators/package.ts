import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

export const packageName = 'generator-ml-container-creator';

const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);

/** The package's root: by its own name, since the way there differs between `generators/` and `dist/generators/`. */
export const packageFolder = dirname(manifest);

export function packageVersion(): string {
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
