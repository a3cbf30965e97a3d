import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refuseLinkOut } from './links.ts';

/** Where a script of the user's lies in a project. */
export const scriptPath = 'code/inference.py';

/** A script that was written for the containers of AWS or of Hugging Face, with what comes with it. */
export interface Script {
  /** Its own text, and that of the modules that it imports, by their paths below `code/`. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Where they come from, by the same paths; absent: out of an archive. */
  readonly sources?: ReadonlyMap<string, string>;
  /** Files beside it that it names, and may read. */
  readonly named: readonly string[];
  /** `requirements.txt` beside it. */
  readonly requirements?: string;
}

/** What lies in a folder, by name; `read` takes paths that `names` gave. */
export interface Folder {
  readonly names: readonly string[];
  read(name: string): Buffer;
}

/** More than any module has. */
const mostBytes = 1024 * 1024;
const mostFiles = 200;

const functions = ['model_fn', 'input_fn', 'predict_fn', 'output_fn', 'transform_fn'];

/** What a project has in `code/` itself. */
const taken = /^(serve|app\.py|model_handler\.py|ml_serving\/.*)$/;

/**
 * The script that a path stands for: a Python file, the folder that holds `inference.py`, or a tar.gz with it at its top
 * or in `code/`, as model.tar.gz has it. Nothing of it is run. Throws an Error that says why it cannot be taken.
 */
export async function readScript(path: string): Promise<Script> {
  if (!existsSync(path)) throw new Error(`no such file (looked for ${path})`);
  const found = statSync(path);
  if (found.isDirectory()) {
    const folder = ['', 'code']
      .map((name) => join(path, name))
      .find((one) => isFile(join(one, 'inference.py')));
    if (folder === undefined) throw new Error('the folder holds no inference.py');
    return scriptIn(onDisk(folder), 'inference.py', folder);
  }
  if (!found.isFile()) throw new Error('neither a file nor a folder');
  if (/\.(tar\.gz|tgz|tar)$/.test(path)) {
    const { packed } = await import('./script-archive.ts');
    return scriptIn(packed(path), 'inference.py');
  }
  if (!path.endsWith('.py'))
    throw new Error(
      'not a Python file (*.py), a folder with inference.py, or a tar.gz with code/inference.py',
    );
  return scriptIn(onDisk(dirname(path)), basename(path), dirname(path));
}

function scriptIn(folder: Folder, name: string, place?: string): Script {
  const files = new Map<string, Buffer>();
  const sources = new Map<string, string>();
  const take = (from: string, to: string) => {
    const contents = folder.read(from);
    if (contents.length > mostBytes)
      throw new Error(`${from} has ${contents.length} bytes: that is no script`);
    if (taken.test(to))
      throw new Error(`it imports ${from}, and a project has a ${to} of its own: rename yours`);
    files.set(to, contents);
    if (place !== undefined) sources.set(to, join(place, from));
    if (files.size > mostFiles) throw new Error(`it imports more than ${mostFiles} files`);
  };
  take(name, 'inference.py');
  checkFunctions(files.get('inference.py')?.toString() ?? '');
  // Those that are taken are looked at in turn: a Map goes on with what is added to it.
  for (const [, contents] of files) {
    for (const module of importedBy(contents.toString())) {
      const isPart = (file: string) => file === `${module}.py` || file.startsWith(`${module}/`);
      const parts = folder.names.filter((file) => file !== name && file.endsWith('.py') && isPart(file));
      // What is in a project already is imported from there.
      for (const part of parts) if (!files.has(part) && !isOurs(place, part)) take(part, part);
    }
  }
  const text = [...files.values()].join('\n');
  const others = folder.names.filter((file) => !file.includes('/') && !file.endsWith('.py'));
  const requirements = others.includes('requirements.txt') ? folder.read('requirements.txt') : undefined;
  return {
    files,
    ...(place !== undefined && { sources }),
    named: others.filter((file) => file.length > 3 && file !== 'requirements.txt' && text.includes(file)),
    ...(requirements && requirements.length <= mostBytes && { requirements: requirements.toString() }),
  };
}

/** Whether the script lies in the `code/` of a project, and this is the project's own. */
function isOurs(place: string | undefined, part: string): boolean {
  return taken.test(part) && place !== undefined && existsSync(join(place, 'ml_serving'));
}

/** What certainly is no such script: one that never names any of the functions, and takes over no other's. */
function checkFunctions(text: string): void {
  if (functions.some((name) => text.includes(name)) || /import\s*(?:\(\s*)?\*/.test(text)) return;
  throw new Error(`it defines none of ${functions.join(', ')}`);
}

/** The top names of what a module imports. Lines of texts may look like imports, too: more is taken then, never less. */
function importedBy(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, from, several] of text.matchAll(
    /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([^\n;#]+))/gm,
  ))
    for (const one of from ? [from] : (several ?? '').split(',')) {
      const [, top] = /^\s*(\w+)/.exec(one) ?? [];
      if (top) names.add(top);
    }
  return names;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** A folder, and the folders of modules in it: no links to folders, and nothing hidden. */
function onDisk(folder: string): Folder {
  const names: string[] = [];
  const folders = [''];
  for (const below of folders) {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = below ? `${below}/${entry.name}` : entry.name;
      // Only what Python could import.
      if (entry.isDirectory() && /^[A-Za-z_]\w*$/.test(entry.name) && entry.name !== '__pycache__')
        folders.push(name);
      else if (!entry.name.startsWith('.') && isFile(join(folder, name))) names.push(name);
      if (names.length + folders.length > 10_000)
        throw new Error(
          `beside it are more than 10000 files: put it, with its modules, into a folder of its own`,
        );
    }
  }
  return { names: names.sort(), read };

  function read(name: string): Buffer {
    refuseLinkOut(folder, name);
    return readFileSync(join(folder, name));
  }
}
