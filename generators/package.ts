import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const packageName = 'generator-ml-container-creator';

/** The package's root: looked for upwards, since the way there differs between `generators/` and `dist/generators/`. */
export const packageFolder = rootOf(import.meta.dirname);

export function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version;
}

function rootOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootOf(dirname(folder));
}
