import { afterEach, expect, test, vi } from 'vitest';
import { changelogBetween, isNewer } from '../../generators/update/changelog.ts';
import { merge } from '../../generators/update/git.ts';
import { decide, type Facts, type Found } from '../../generators/update/plan.ts';
import { mergeRequirements } from '../../generators/update/requirements.ts';
import { summary } from '../../generators/update/say.ts';

afterEach(() => vi.unstubAllEnvs());

const file = (id: string, executable = false, isProgram = executable): Found => ({
  id,
  executable,
  isProgram,
});
const fresh = (id: string, executable = false) => ({ id, executable });

/** What each becomes: kind, why, and whether what is written can be run. */
const cases: Record<string, [Omit<Facts, 'path'> & { path?: string }, string]> = {
  'as it was, and as it is to be': [{ fresh: fresh('a'), recorded: 'a', disk: file('a') }, 'unchanged'],
  'left alone, and another one now': [{ fresh: fresh('b'), recorded: 'a', disk: file('a') }, 'replace'],
  'changed to what it is to be': [{ fresh: fresh('b'), recorded: 'a', disk: file('b') }, 'unchanged'],
  'new, and nothing is there': [{ fresh: fresh('b'), disk: 'nothing' }, 'add'],
  'new, and a program': [{ fresh: fresh('b', true), disk: 'nothing' }, 'add x'],
  'new, and the same is there': [{ fresh: fresh('b'), disk: file('b') }, 'unchanged'],
  'new, and something else is there': [{ fresh: fresh('b'), disk: file('u') }, 'conflict: no record'],
  'new, and a folder is there': [{ fresh: fresh('b'), disk: 'no file' }, 'conflict: no file'],
  'a link instead of the file, which is another one now': [
    { fresh: fresh('b'), recorded: 'a', disk: 'no file' },
    'conflict: no file',
  ],
  'a link instead of the file, which is as it was': [
    { fresh: fresh('a'), recorded: 'a', disk: 'no file' },
    'keep: edited',
  ],
  'behind a link': [{ fresh: fresh('b'), recorded: 'a', disk: 'behind a link' }, 'keep: link'],
  'no longer made, left alone': [{ recorded: 'a', disk: file('a') }, 'remove'],
  'no longer made, of the package': [
    { path: 'code/ml_serving/old.py', recorded: 'a', disk: file('a') },
    'remove',
  ],
  'no longer made, an app left alone': [
    { path: 'code/app.py', recorded: 'a', disk: file('a') },
    'keep: left yours',
  ],
  'a model that the record names': [
    { path: 'model/model.pkl', recorded: 'a', disk: file('a') },
    'keep: unknown',
  ],
  'a file that no version makes, which the record names': [
    { path: 'data/mine.csv', recorded: 'a', disk: file('a') },
    'keep: unknown',
  ],
  'no longer made, edited': [{ recorded: 'a', disk: file('u') }, 'keep: left'],
  'no longer made, and gone': [{ recorded: 'a', disk: 'nothing' }, 'unchanged'],
  'no longer made, a link now': [{ recorded: 'a', disk: 'no file' }, 'keep: left'],
  deleted: [{ fresh: fresh('a'), recorded: 'a', disk: 'nothing' }, 'keep: deleted'],
  'deleted, and another one now': [{ fresh: fresh('b'), recorded: 'a', disk: 'nothing' }, 'keep: deleted'],
  'deleted, of the package': [
    { path: 'code/ml_serving/errors.py', fresh: fresh('a'), recorded: 'a', disk: 'nothing' },
    'add',
  ],
  'edited, and as it was': [{ fresh: fresh('a'), recorded: 'a', disk: file('u') }, 'keep: edited'],
  'edited, and both go together': [
    { fresh: fresh('b'), recorded: 'a', disk: file('u'), merged: { id: 'm' } },
    'merge',
  ],
  'edited, and holds what is new already': [
    { fresh: fresh('b'), recorded: 'a', disk: file('u'), merged: { id: 'u' } },
    'keep: edited',
  ],
  'edited in the same lines': [
    { fresh: fresh('b', true), recorded: 'a', disk: file('u'), merged: 'same lines' },
    'conflict: same lines x',
  ],
  'edited, without what it was': [
    { fresh: fresh('b'), recorded: 'a', disk: file('u'), merged: 'no base' },
    'conflict: no base',
  ],
  'a handler left alone': [
    { path: 'code/model_handler.py', fresh: fresh('b'), recorded: 'a', disk: file('a') },
    'replace',
  ],
  'an edited handler, which would merge': [
    { path: 'code/model_handler.py', fresh: fresh('b'), recorded: 'a', disk: file('u'), merged: { id: 'm' } },
    'conflict: yours',
  ],
  'an edited app': [
    { path: 'code/app.py', fresh: fresh('b'), recorded: 'a', disk: file('u') },
    'conflict: yours',
  ],
  'a file in model/ that was left alone': [
    { path: 'model/schema.json', fresh: fresh('b'), recorded: 'a', disk: file('a') },
    'conflict: yours',
  ],
  'without a record, of a form that nobody knows': [
    { fresh: fresh('b'), recorded: 'unknown', disk: file('u') },
    'conflict: no record',
  ],
  'without a record, and no longer made': [{ recorded: 'unknown', disk: file('u') }, 'keep: left perhaps'],
  'a script that nobody may run any more': [
    { fresh: fresh('b', true), recorded: 'a', disk: file('a', false, true) },
    'replace',
  ],
  'a script as it was': [
    { fresh: fresh('b', true), recorded: 'a', disk: file('a', true, true) },
    'replace x',
  ],
  'a text that becomes a script': [
    { fresh: fresh('b', true), recorded: 'a', disk: file('a', false, false) },
    'replace x',
  ],
  'a text that somebody made executable': [
    { fresh: fresh('b'), recorded: 'a', disk: file('a', true, false) },
    'replace x',
  ],
};

test.each(Object.entries(cases))('%s', (_, [{ path = 'README.md', ...facts }, expected]) => {
  const { kind, why, executable } = decide({ path, ...facts });
  expect(`${kind}${why ? `: ${why}` : ''}${executable ? ' x' : ''}`).toBe(expected);
});

test.each([
  ['a pin changed, a line added below it', 'a==1\nb==1\nmine==3\n', 'a==1\nb==2\n', 'a==1\nb==2\nmine==3\n'],
  [
    'a pin added, a section of yours below',
    'a==1\nb==1\n\n# mine\nc\n',
    'a==1\nb==1\nd==1\n',
    'a==1\nb==1\nd==1\n\n# mine\nc\n',
  ],
  ['a pin of yours, as it was in ours', 'a==9\nb==1\n', 'a==1\nb==2\n', 'a==9\nb==2\n'],
  ['a pin that both changed', 'a==1\nb==9\n', 'a==1\nb==2\n', undefined],
  ['a pin that both changed to the same', 'a==1\nb==2\n', 'a==1\nb==2\n', 'a==1\nb==2\n'],
  ['a pin that you took away', 'a==1\n', 'a==1\nb==2\n', 'a==1\n'],
  ['a pin that we took away', 'a==1\nb==1\nmine\n', 'a==1\n', 'a==1\nmine\n'],
  ['a pin that you changed and we took away', 'a==1\nb==9\n', 'a==1\n', undefined],
  ['a package that both added', 'a==1\nb==1\nnew==1\n', 'a==1\nb==1\nNew==2\n', undefined],
  ['a package with two lines', 'a==1\nb==1\nc==1; x\nc==2; y\n', 'a==1\nb==2\n', undefined],
  ['no line end at the end', 'a==1\nb==1\nmine', 'a==1\nb==2\n', 'a==1\nb==2\nmine'],
])('requirements: %s', (_, theirs, ours, merged) => {
  expect(mergeRequirements(theirs, 'a==1\nb==1\n', ours)).toBe(merged);
});

test('where git is missing, edits are not said to be in the lines that this version changed', () => {
  const [theirs, base, ours] = ['1\n2\n3\nmine\n', '1\n2\n3\n', 'new\n2\n3\n'].map((text) =>
    Buffer.from(text),
  );
  const merged = () => merge(theirs as Buffer, base as Buffer, ours as Buffer);
  expect(String(merged())).toBe('new\n2\n3\nmine\n');
  vi.stubEnv('PATH', '');
  expect(merged()).toBe('no git');
});

test('an edited file of the server that is not of this version is said to hinder the start', () => {
  const path = 'code/ml_serving/wire.py';
  const said = summary([{ path, kind: 'conflict', why: 'no base', beside: `${path}.new` }]);
  expect(said.at(-1)).toBe(`The project may not start until ${path} has what it needs of ${path}.new.`);
});

test('the changelog between two versions has what is newer than the one and no newer than the other', () => {
  const text = '# Changelog\n\n## 0.10.0\n\n- x\n\n## 0.9.1 (2026-01-01)\n\n- y\n\n## 0.9.0\n\n- z\n';
  const titles = (from: string, to: string) => changelogBetween(text, from, to).map((s) => s.split('\n')[0]);
  expect(titles('0.9.0', '0.10.0')).toEqual(['## 0.10.0', '## 0.9.1 (2026-01-01)']);
  expect(titles('0.9.0', '0.9.1')).toEqual(['## 0.9.1 (2026-01-01)']);
  expect(titles('0.10.0', '0.10.0')).toEqual([]);
  expect(isNewer('1.0.0', '0.99.99')).toBe(true);
  expect(isNewer('1.0.0', '1.0.0')).toBe(false);
});
