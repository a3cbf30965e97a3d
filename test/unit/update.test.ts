import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alone } from '../../generators/render/alone.ts';
import { apply } from '../../generators/render/apply.ts';
import { stampsOf } from '../../generators/render/journal.ts';
import { blobId, readRecord, recordFile } from '../../generators/render/record.ts';
import type { RenderedFile } from '../../generators/render/render.ts';
import { configFile } from '../../generators/settings/config-file.ts';
import { planUpdate } from '../../generators/update/changes.ts';
import { gather, pathsOf } from '../../generators/update/facts.ts';
import type { Repository } from '../../generators/update/git.ts';
import { tempFolder } from '../harness.ts';

/** Each starts with a folder, or is one file that is treated in a way of its own. */
const paths = [
  'README.md',
  'deploy/deploy.sh',
  'deploy/iam/execution-role-trust.json',
  'code/model_handler.py',
  'requirements.txt',
  'd.txt.new',
];

/** A version of the generator: of each file, which of its ten lines are other ones than at first; or no such file. */
const version = fc.record(
  Object.fromEntries(
    paths.map((path) => [path, fc.option(fc.uniqueArray(fc.nat(9), { maxLength: 3 }), { freq: 4 })]),
  ),
);
type Version = Record<string, number[] | null>;

/** What somebody does to a project between two updates. */
const edits = fc.array(
  fc.record({
    path: fc.constantFrom(...paths, ...paths.map((path) => `${path}.new`), 'mine.txt'),
    what: fc.constantFrom('line', 'line', 'line', 'append', 'write', 'delete', 'mode', 'take ours', 'folder'),
    line: fc.nat(9),
  }),
  { maxLength: 6 },
);
type Edit = typeof edits extends fc.Arbitrary<(infer E)[]> ? E : never;

function rendered(changed: Version, number: number): RenderedFile[] {
  const files = Object.entries(changed).flatMap(([path, lines]) => {
    if (!lines) return [];
    const text = Array.from(
      { length: 10 },
      (_, at) => `package${at}==${lines.includes(at) ? number + 1 : 1}\n`,
    );
    return [{ path, contents: text.join(''), executable: false }];
  });
  return [...files, { path: configFile, contents: '{}\n', executable: false }];
}

/** Brings a folder to a version; the kind of each decision by path, and how many files were changed. */
async function bring(folder: string, files: readonly RenderedFile[], repository: Repository | undefined) {
  const record = await readRecord(folder);
  const seen = stampsOf(folder, [configFile, recordFile, ...pathsOf(files, record)]);
  const gathered = gather({ folder, files, record, repository });
  const { decisions, changes } = planUpdate(folder, files, gathered, record ?? { generator: '', files: {} });
  await alone(folder, expect.unreachable, () => apply(folder, changes, seen));
  return { kinds: new Map(decisions.map(({ path, kind }) => [path, kind])), changes: changes.length };
}

/** Does an edit; every line of it is like no other. */
function perform({ path, what, line }: Edit, folder: string, mark: string): void {
  const file = join(folder, path);
  if (what === 'folder') {
    rmSync(file, { recursive: true, force: true });
    mkdirSync(join(file, 'in'), { recursive: true });
    writeFileSync(join(file, 'in/mine.txt'), `${mark}\n`);
    return;
  }
  if (what === 'write') {
    rmSync(file, { recursive: true, force: true });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${mark}\n`);
    return;
  }
  const isFile =
    existsSync(file) &&
    readdirSync(dirname(file), { withFileTypes: true }).some(
      (entry) => entry.isFile() && join(entry.parentPath, entry.name) === file,
    );
  if (!isFile) return;
  const lines = readFileSync(file, 'utf8').split('\n');
  if (what === 'delete') rmSync(file);
  if (what === 'mode') chmodSync(file, 0o755);
  if (what === 'line') writeFileSync(file, lines.with(Math.min(line, lines.length - 1), mark).join('\n'));
  if (what === 'append') writeFileSync(file, `${lines.join('\n')}${mark}\n`);
  if (what === 'take ours' && existsSync(`${file}.new`) && !path.endsWith('.new')) {
    try {
      writeFileSync(file, readFileSync(`${file}.new`));
    } catch {
      // A folder of that name.
    }
  }
}

function contentsOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(folder.length + 1), readFileSync(file, 'utf8')];
    }),
  );
}

const conflicts = ({ kinds }: { kinds: ReadonlyMap<string, string> }) =>
  [...kinds].filter(([, kind]) => kind === 'conflict');

const marks = (text: string) => text.split('\n').filter((line) => line.startsWith('# mine'));

/** A version that has just the file whose name ends as that of an update's own. */
const only = (lines: number[] | null): Version => ({
  ...Object.fromEntries(paths.map((path) => [path, null])),
  'd.txt.new': lines,
});

test('whatever is edited between updates, nothing that somebody wrote is lost, a second run has nothing to do, and still names what is not settled', async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(version, edits), { minLength: 2, maxLength: 4 }),
      fc.boolean(),
      async (rounds, hasGit) => {
        const folder = tempFolder();
        writeFileSync(join(folder, configFile), '{}\n');
        const blobs = new Map<string, Buffer>();
        const repository = hasGit
          ? { blob: (id: string) => blobs.get(id), changes: () => [], tracks: () => false }
          : undefined;
        for (const [number, [changed, edited]] of rounds.entries()) {
          const files = rendered(changed as Version, number);
          const before = contentsOf(folder);
          const update = await bring(folder, files, repository);
          for (const kind of update.kinds.values()) kinds.add(kind);
          const after = contentsOf(folder);
          for (const [path, text] of before) {
            if (!marks(text).length || path === recordFile) continue;
            const kind = update.kinds.get(path);
            if (kind === 'merge') expect(marks(after.get(path) ?? ''), path).toEqual(marks(text));
            else expect(after.get(path), `${path} (${kind})`).toBe(text);
          }
          const again = await bring(folder, files, repository);
          expect(again.changes).toBe(0);
          expect(conflicts(again)).toEqual(conflicts(update));
          // A commit.
          for (const text of after.values()) blobs.set(blobId(text), Buffer.from(text));
          for (const [at, edit] of edited.entries()) perform(edit, folder, `# mine ${number} ${at}`);
        }
      },
    ),
    {
      numRuns: 80,
      // What is merged comes out as this version makes it: the next run has nothing to record.
      examples: [
        [
          [
            [only([]), []],
            [only(null), []],
            [only([0]), [{ path: 'd.txt.new.new', what: 'line', line: 0 }]],
            [only([2]), []],
          ],
          false,
        ],
      ],
    },
  );
  // All kinds of decisions have come up.
  expect([...kinds].sort()).toEqual(['add', 'conflict', 'keep', 'merge', 'remove', 'replace', 'unchanged']);
}, 120_000);
