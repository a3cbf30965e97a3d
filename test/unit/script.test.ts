import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { describe, expect, test } from 'vitest';
import { remarksOn } from '../../generators/render/script-files.ts';
import { readScript } from '../../generators/settings/script.ts';
import { tempFolder } from '../harness.ts';

const script = 'def predict_fn(data, model):\n    return model.predict(data)\n';

function folderWith(files: Record<string, string | Buffer>): string {
  const folder = tempFolder();
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  return folder;
}

interface Entry {
  readonly path: string;
  readonly contents?: string | Buffer;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'Directory';
  readonly linkpath?: string;
}

/** An archive as nobody's tar would write it. */
function archiveOf(entries: readonly Entry[], name = 'model.tar.gz'): string {
  const blocks = entries.flatMap(({ path, contents = '', type = 'File', linkpath }) => {
    const body = Buffer.from(contents);
    const header = new Header({
      path,
      type,
      size: body.length,
      mode: 0o644,
      ...(linkpath && { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  const tar = Buffer.concat([...blocks, Buffer.alloc(1024)]);
  const path = join(tempFolder(), name);
  writeFileSync(path, name.endsWith('gz') ? gzipSync(tar) : tar);
  return path;
}

const namesOf = async (path: string) => [...(await readScript(path)).files.keys()];

describe('a script', () => {
  test('may have any name, and gets the one that the containers look for', async () => {
    const folder = folderWith({ 'entry_point.py': script });
    const { files } = await readScript(join(folder, 'entry_point.py'));
    expect([...files].map(([path, contents]) => [path, contents.toString()])).toEqual([
      ['inference.py', script],
    ]);
  });

  test('is found in a folder, and in the code/ of one', async () => {
    expect(await namesOf(folderWith({ 'inference.py': script }))).toEqual(['inference.py']);
    expect(await namesOf(folderWith({ 'code/inference.py': script, 'model.pkl': '' }))).toEqual([
      'inference.py',
    ]);
  });

  test('comes with the modules beside it that it imports, and those that these import', async () => {
    const folder = folderWith({
      'inference.py': `import os, helpers as h\nfrom parts.names import NAME\n${script}`,
      'helpers.py': 'def f():\n    import lazily\n',
      'lazily.py': '',
      'parts/__init__.py': '',
      'parts/names.py': 'NAME = 1',
      'parts/data.bin': '',
      'train.py': '',
      'os.txt': '',
    });
    const names = ['inference.py', 'helpers.py', 'lazily.py', 'parts/__init__.py', 'parts/names.py'];
    expect((await namesOf(folder)).sort()).toEqual(names.sort());
  });

  test('says which files beside it it names', async () => {
    const folder = folderWith({
      'inference.py': `LABELS = "labels.json"\n${script}`,
      'labels.json': '[]',
      'other.json': '[]',
    });
    const read = await readScript(folder);
    expect(remarksOn(read, {})).toEqual([
      'the script names labels.json, which lies beside it: copy it to code/ if it is read from there',
    ]);
  });

  test('says nothing of a file beside it that is the model, and in model/ already', async () => {
    const folder = folderWith({
      'inference.py': `LABELS = "labels.json"\nMODEL = "churn.joblib"\n${script}`,
      'labels.json': '[]',
      'churn.joblib': '',
    });
    const [remark] = remarksOn(
      await readScript(folder),
      {},
      new Map([['churn.joblib', join(folder, 'churn.joblib')]]),
    );
    expect(remark).toContain('the script names labels.json, which');
  });

  test('whose requirements.txt asks for more than the project has is said to', async () => {
    const requirements = '# for training\nnumpy\nscikit_learn==1.2.2\npandas==2.0.0 # frames\nshap>=0.4\n\n';
    const read = await readScript(folderWith({ 'inference.py': script, 'requirements.txt': requirements }));
    expect(remarksOn(read, { numpy: '2.0.0', 'scikit-learn': '1.9.0', pandas: '2.0.0' })).toEqual([
      'requirements.txt beside the script asks for scikit_learn==1.2.2 (it has scikit_learn==1.9.0), shap>=0.4: ' +
        "what the script imports of it belongs into the project's requirements.txt",
    ]);
  });

  test.each([
    ['nothing there', () => join(tempFolder(), 'nothing.py'), /^no such file/],
    ['a folder without one', () => folderWith({ 'train.py': script }), 'the folder holds no inference.py'],
    ['another language', () => join(folderWith({ 'a.ipynb': script }), 'a.ipynb'), /^not a Python file/],
    [
      'none of the functions',
      () => join(folderWith({ 'a.py': 'def predict(x):\n    return x\n' }), 'a.py'),
      'it defines none of model_fn, input_fn, predict_fn, output_fn, transform_fn',
    ],
    [
      'a large one',
      () => folderWith({ 'inference.py': `${script}#${'x'.repeat(1 << 20)}` }),
      /that is no script$/,
    ],
    [
      'a module with the name of one that projects have',
      () => folderWith({ 'inference.py': `import app\n${script}`, 'app.py': '' }),
      'it imports app.py, and a project has a app.py of its own: rename yours',
    ],
  ])('that is %s is refused', async (_, path, says) => {
    await expect(readScript(path())).rejects.toThrow(says);
  });

  test('that takes its functions over from another module is not judged', async () => {
    const folder = folderWith({ 'inference.py': 'from mine import *\n', 'mine.py': script });
    expect(await namesOf(folder)).toEqual(['inference.py', 'mine.py']);
  });

  test('is not looked for behind a link to a folder', async () => {
    const elsewhere = folderWith({ 'secret.py': 'x = 1' });
    const folder = folderWith({ 'inference.py': `import linked.secret\n${script}` });
    symlinkSync(elsewhere, join(folder, 'linked'));
    expect(await namesOf(folder)).toEqual(['inference.py']);
  });
});

describe('an archive', () => {
  const model = { path: 'model.pkl', contents: Buffer.alloc(3_000_000) };

  test.each(['model.tar.gz', 'model.tgz', 'model.tar'])(
    '%s has it in code/, with its modules',
    async (name) => {
      const path = archiveOf(
        [
          model,
          { path: './code/', type: 'Directory' },
          { path: './code/inference.py', contents: `import helpers\n${script}` },
          { path: './code/helpers.py' },
          { path: './code/requirements.txt', contents: 'shap' },
          { path: './code/unused.py' },
        ],
        name,
      );
      const read = await readScript(path);
      expect([...read.files.keys()]).toEqual(['inference.py', 'helpers.py']);
      expect(read.requirements).toBe('shap');
      expect(read.sources).toBeUndefined();
    },
  );

  test('of the SageMaker SDK has it at the top', async () => {
    expect(
      await namesOf(archiveOf([{ path: 'inference.py', contents: script }], 'sourcedir.tar.gz')),
    ).toEqual(['inference.py']);
  });

  test('leads nowhere out of it: what would is not taken', async () => {
    const path = archiveOf([
      { path: 'code/inference.py', contents: `import evil, up, rooted, hidden\n${script}` },
      { path: 'code/../up.py', contents: 'x' },
      { path: '../../up.py', contents: 'x' },
      { path: '/code/rooted.py', contents: 'x' },
      { path: 'code/.hidden/hidden.py', contents: 'x' },
      { path: 'code/evil.py', type: 'SymbolicLink', linkpath: '/etc/passwd' },
      { path: 'code/evil/secret.py', type: 'Link', linkpath: '../../secret.py' },
    ]);
    expect(await namesOf(path)).toEqual(['inference.py']);
  });

  test.each([
    [
      'a script of megabytes',
      [{ path: 'code/inference.py', contents: `${script}${' '.repeat(3 * 1024 * 1024)}` }],
      `code/inference.py has ${script.length + 3 * 1024 * 1024} bytes: that is no script`,
    ],
    ['no script', [model], 'the archive has no code/inference.py'],
    [
      'a link in its place',
      [{ path: 'code/inference.py', type: 'SymbolicLink' as const, linkpath: '/etc/passwd' }],
      'code/inference.py is a link in the archive: give the file itself',
    ],
    [
      'too large a script',
      [{ path: 'code/inference.py', contents: `${script}#${'x'.repeat(1 << 21)}` }],
      /that is no script|none of model_fn/,
    ],
    [
      'more beside it than any script has',
      Array.from({ length: 20 }, (_, index) => ({
        path: `code/m${index}.py`,
        contents: Buffer.alloc(1_900_000),
      })),
      'code/ in the archive holds more than any script',
    ],
    [
      'more entries than any model has',
      Array.from({ length: 100_001 }, (_, index) => ({ path: `m${index}` })),
      'the archive has more than 100000 entries',
    ],
  ])('with %s is refused', async (_, entries, says) => {
    await expect(readScript(archiveOf(entries))).rejects.toThrow(says);
  });

  test.each([
    ['cut off', (whole: Buffer) => whole.subarray(0, -9)],
    ['text', () => Buffer.from('just text')],
    ['empty', () => Buffer.alloc(0)],
  ])('that is %s is refused', async (_, changed) => {
    const path = archiveOf([{ path: 'code/inference.py', contents: script }]);
    writeFileSync(path, changed(readFileSync(path)));
    await expect(readScript(path)).rejects.toThrow(/^(it is no whole tar archive|the archive has no code)/);
  });
});
