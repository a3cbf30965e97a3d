import { list } from 'tar';
import type { Folder } from './script.ts';

/** What is kept of an archive, and how much of it is looked through. */
const limits = { file: 2 * 1024 * 1024, all: 32 * 1024 * 1024, entries: 100_000 };

/**
 * The folder with `inference.py` in a tar or tar.gz: `code/`, as model.tar.gz has it, or the top. Nothing is written, and
 * of other folders nothing is kept. Throws an Error that says why it cannot be taken.
 */
export function packed(path: string): Folder {
  try {
    return read(path);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Error(`it is no whole tar archive: ${(error as Error).message}`);
  }
}

class Refused extends Error {}

function read(path: string): Folder {
  /** Of those that are too large, how large. */
  const files = new Map<string, Buffer | number>();
  const links = new Set<string>();
  let [entries, kept] = [0, 0];
  list({
    file: path,
    sync: true,
    strict: true,
    onReadEntry(entry) {
      entries += 1;
      if (entries > limits.entries) throw new Refused(`the archive has more than ${limits.entries} entries`);
      const name = entry.path.replace(/^(\.\/)+/, '');
      const isPlain = name
        .split('/')
        .every((part) => !['', '.', '..'].includes(part) && !part.startsWith('.'));
      // A model lies beside it, which is large.
      const isOfScript = isPlain && (name.startsWith('code/') || !name.includes('/'));
      if (entry.type === 'SymbolicLink' || entry.type === 'Link') links.add(name);
      if (!isOfScript || (entry.type !== 'File' && entry.type !== 'OldFile')) return;
      const parts: Buffer[] = [];
      files.set(name, entry.size > limits.file ? entry.size : Buffer.alloc(0));
      if (entry.size > limits.file) return;
      kept += entry.size;
      if (kept > limits.all) throw new Refused('code/ in the archive holds more than any script');
      entry.on('data', (part: Buffer) => parts.push(part));
      entry.on('end', () => files.set(name, Buffer.concat(parts)));
    },
  });
  const place = ['code/', ''].find((below) => files.has(`${below}inference.py`));
  if (place === undefined) {
    const link = ['code/inference.py', 'inference.py'].find((name) => links.has(name));
    throw new Refused(
      link
        ? `${link} is a link in the archive: give the file itself`
        : 'the archive has no code/inference.py',
    );
  }
  const names = [...files.keys()]
    .filter((name) => name.startsWith(place))
    .map((name) => name.slice(place.length));
  return {
    names: names.sort(),
    read(name) {
      const contents = files.get(place + name) ?? Buffer.alloc(0);
      if (typeof contents === 'number')
        throw new Refused(`${place}${name} has ${contents} bytes: that is no script`);
      return contents;
    },
  };
}
