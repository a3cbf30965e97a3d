import { dirname, join } from 'node:path';
import type { Pins } from '../kinds.ts';
import type { Script } from '../settings/script.ts';

/** The files of a script that a project in a folder gets: contents by their paths in it. */
export function toWrite({ files, sources }: Script, folder: string): Map<string, Buffer> {
  const placed = [...files].map(([path, contents]) => [`code/${path}`, contents] as const);
  return new Map(placed.filter(([path]) => sources?.get(path.slice('code/'.length)) !== join(folder, path)));
}

/** What to tell the user about what lies beside a script. model: the files of the model, by their paths in `model/`. */
export function remarksOn(
  { named, requirements, sources }: Script,
  pins: Pins,
  model: ReadonlyMap<string, string> = new Map(),
): string[] {
  const script = sources?.get('inference.py');
  const left = named.filter(
    (name) => script === undefined || model.get(name) !== join(dirname(script), name),
  );
  const lacking = requirements === undefined ? [] : lacked(requirements, pins);
  return [
    ...(left.length
      ? [
          `the script names ${left.slice(0, 5).join(', ')}, which lies beside it: copy it to code/ if it is read from there`,
        ]
      : []),
    ...(lacking.length
      ? [
          `requirements.txt beside the script asks for ${lacking.slice(0, 10).join(', ')}: what the script imports of it belongs into the project's requirements.txt`,
        ]
      : []),
  ];
}

/** Its lines that ask for more than a project has. */
function lacked(requirements: string, pins: Pins): string[] {
  const plain = (name: string) => name.toLowerCase().replace(/[-_.]+/g, '-');
  const there = new Map(Object.entries(pins).map(([name, version]) => [plain(name), `==${version}`]));
  return requirements.split('\n').flatMap((line) => {
    const asked = line.replace(/(^|\s)#.*/, '').trim();
    const [, name = '', version = ''] = /^([\w.-]+)(?:\[[^\]]*\])?\s*([^;]*)/.exec(asked) ?? [];
    const has = there.get(plain(name));
    if (!asked || (has !== undefined && ['', has].includes(version.replace(/\s/g, '')))) return [];
    return [has === undefined ? asked : `${asked} (it has ${name}${has})`];
  });
}
