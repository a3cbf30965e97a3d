import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { Project } from '../render/project.ts';
import type { RenderedFile } from '../render/render.ts';
import { conflictsOf } from '../render/write.ts';
import type { Prompt } from '../settings/questions.ts';
import { stop } from '../stop.ts';

const choices = [
  { key: 'y', name: 'overwrite', value: 'overwrite' },
  { key: 'n', name: 'leave it as it is', value: 'keep' },
  { key: 'a', name: 'overwrite this and all others', value: 'all' },
  { key: 'd', name: 'show the difference', value: 'difference' },
  { key: 'x', name: 'stop, and write nothing', value: 'stop' },
] as const;

/** Asks about each file that exists and differs, before anything is written; returns those that are to stay. */
export async function askWhatStays(
  project: Project,
  files: readonly RenderedFile[],
  prompt: Prompt,
  show: (text: string) => void,
): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  for (const path of conflictsOf(project, files)) {
    // Models have no difference to show: most are no text.
    const fresh =
      files.find((file) => file.path === path)?.contents ?? project.scriptFiles.get(path)?.toString();
    const offered = choices.filter(({ value }) => value !== 'difference' || fresh !== undefined);
    let action: unknown;
    do {
      // Not named by the path: a dot in a name means something to inquirer.
      const question = { name: 'action', type: 'expand', message: `Overwrite ${path}?`, choices: offered };
      ({ action } = await prompt(question as Parameters<Prompt>[0]));
      if (action === 'difference')
        show(difference(path, readFileSync(join(project.folder, path), 'utf8'), fresh ?? ''));
    } while (action === 'difference');
    if (action === 'stop') stop();
    if (action === 'all') break;
    if (action === 'keep') kept.add(path);
  }
  return kept;
}

function difference(path: string, old: string, fresh: string): string {
  return createTwoFilesPatch(path, path, old, fresh, 'as it is', 'as it would be');
}
