import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { modelFileFacts as facts } from '../serving.ts';

/** What a model file is: nothing in it is run. The table is the server's: python/ml_serving/rows/model_files/file_kinds.py. */
export interface FileKind {
  readonly name: string;
  /** What such a file is, in words; where none can be served, with what to do. */
  readonly words: string;
}

const kinds = facts.kinds.map((kind) => ({ ...kind, start: new RegExp(`^(?:${kind.pattern})`) }));
const pickledClass = new RegExp(`^${facts.pickledClass}`);

/** By its first bytes; undefined where it is none that is known, or cannot be read. */
export function kindOf(file: string): FileKind | undefined {
  const head = headOf(file, facts.headBytes);
  if (head === undefined) return undefined;
  const kind = kinds.find(({ start }) => start.test(head));
  // A tar.gz is no pickle that was compressed.
  if (kind?.name !== 'gzip') return kind;
  return kinds.find(({ name, start }) => name === 'tar' && start.test(unpacked(head))) ?? kind;
}

/** What a file is, and what to do with it where the framework cannot read it. */
export function adviceOn(file: string, kind: FileKind, framework: string): string {
  const advice = facts.advice[framework] ?? {};
  const found = pickledClass
    .exec(headOf(file, facts.headBytes) ?? '')
    ?.slice(1)
    .filter(Boolean);
  const further = advice[`${kind.name} ${found?.[0]?.split('.')[0]}`] ?? advice[kind.name];
  const what = kind.name === 'pickle' && found ? `${kind.words} of ${found.join('.')}` : kind.words;
  return further ? `${what}: ${further.replaceAll('{file}', basename(file))}` : kind.words;
}

/** Of a file with pickled objects, this is looked through for what they are. */
const mostBytes = 4 * 2 ** 20;

/** What a pickle needs that the project does not have, as warnings. It may be compressed, with zlib or gzip. */
export function missingIn(file: string, requirements: readonly string[]): string[] {
  const kind = kindOf(file)?.name ?? '';
  if (!['pickle', 'zlib', 'gzip'].includes(kind)) return [];
  const bytes = headOf(file, mostBytes) ?? '';
  const text = kind === 'pickle' ? bytes : unpacked(bytes);
  const named = [...text.matchAll(new RegExp(facts.namedInPickle, 'g'))].map((found) =>
    found.slice(1).filter((part) => part !== undefined),
  );
  const modules = new Set(named.map(([module]) => module?.split('.')[0] ?? ''));
  const packages = [...modules].flatMap((module) => facts.packages[module] ?? []);
  const missing = packages.filter((name) => !requirements.includes(name));
  const own = new Set(named.filter(([module]) => module === '__main__').map(([, name]) => name));
  return [
    ...(missing.length
      ? [
          `${basename(file)} needs ${missing.join(', ')}, which the project does not have: add ${missing.length > 1 ? 'them' : 'it'} to requirements.txt, in the version of training`,
        ]
      : []),
    ...(own.size
      ? [
          `${basename(file)} needs what was defined in the script or notebook that trained it (${[...own].join(', ')}): put that, with its imports, into a file such as code/training.py, and into model_handler.py: from training import ${[...own].join(', ')}`,
        ]
      : []),
  ];
}

/** Each byte as the character of its number. */
function headOf(file: string, most: number): string | undefined {
  try {
    const opened = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(most);
      return bytes.toString('latin1', 0, readSync(opened, bytes));
    } finally {
      closeSync(opened);
    }
  } catch {
    return undefined;
  }
}

/** As much as there is of what was compressed, of a file's beginning. */
function unpacked(head: string): string {
  const bytes = Buffer.from(head, 'latin1');
  // Loaded here, since most runs are given no such file.
  const { constants, gunzipSync, inflateSync } = process.getBuiltinModule('node:zlib');
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * 2 ** 20 };
  try {
    return (head.startsWith('x') ? inflateSync(bytes, options) : gunzipSync(bytes, options)).toString(
      'latin1',
    );
  } catch {
    return '';
  }
}
