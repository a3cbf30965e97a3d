import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import { packageFolder } from '../package.ts';

/**
 * What projects are made of, by paths in this package. In `dist/` this file is replaced by the same as data, with every
 * template compiled (`scripts/compiled-templates.js`): to do that anew takes a tenth of a run.
 */

/** The files below a folder, as paths in it. */
export function filesBelow(folder: string, below = ''): string[] {
  return readdirSync(join(packageFolder, folder, below), { withFileTypes: true }).flatMap((entry) => {
    const file = below ? `${below}/${entry.name}` : entry.name;
    // Python leaves compiled files beside what it has run from.
    if (entry.name === '__pycache__') return [];
    return entry.isDirectory() ? filesBelow(folder, file) : [file];
  });
}

/** The text that a template makes of values; those that it includes are named by their paths in `templates/`. */
export function renderTemplate(path: string, values: object): string {
  const filename = join(packageFolder, path);
  return ejs.render(
    readFileSync(filename, 'utf8'),
    { ...values },
    {
      filename,
      views: [join(packageFolder, 'templates')],
      // Templates are no HTML: every value passes the escaper of its own language instead.
      escape: String,
      cache: true,
    },
  );
}
