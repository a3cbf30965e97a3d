import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layModel } from '../../generators/hosting/containers/model.ts';
import { besideSafetensors, neededOf, notNeeded } from '../../generators/models/needed.ts';
import { renderProject } from '../../generators/render/render.ts';
import { projectFor } from '../combinations.ts';
import { bin, cleanEnv, pickled, tempFolder } from '../harness.ts';
import { modelFolder } from '../models.ts';

const flags = ['--framework=transformers', '--model-server=fastapi', '--skip-prompts'];

function run(cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    env: cleanEnv,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** A model with weights of so many bytes, which take next to no room: the file is a hole. */
function withWeights(bytes: number): string {
  const folder = modelFolder('text-classification');
  const weights = join(folder, 'model.safetensors');
  const header = Buffer.from(
    JSON.stringify({ a: { dtype: 'F16', shape: [bytes / 2], data_offsets: [0, bytes] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(weights, Buffer.concat([length, header]));
  truncateSync(weights, 8 + header.length + bytes);
  writeSync(openSync(weights, 'r+'), 'x', 8 + header.length + bytes - 1);
  return folder;
}

function put(folder: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'x');
  }
}

const large = 1_000_000_002;

test('what training and other programs left in a folder is not copied with the model', () => {
  const cwd = tempFolder();
  const folder = modelFolder('text-classification');
  put(folder, ...['checkpoint-500/model.safetensors', 'optimizer.pt', 'training_args.bin', '.git/HEAD']);
  put(folder, ...['onnx/model.onnx', 'original/consolidated.00.pth', 'pytorch_model.bin', 'tf_model.h5']);
  put(folder, ...['1_Pooling/config.json', '2_Dense/pytorch_model.bin', 'modeling_own.py', 'LICENSE']);
  expect(run(cwd, 'one', ...flags, `--model-path=${folder}`)).toMatchObject({ status: 0 });
  const copied = readdirSync(join(cwd, 'one/model'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(cwd, 'one/model/').length));
  expect(copied.sort()).toEqual([
    ...['1_Pooling/config.json', '2_Dense/pytorch_model.bin', 'LICENSE', 'config.json'],
    ...['model.safetensors', 'modeling_own.py', 'tokenizer.json'],
  ]);
});

test('a folder of more than 1 GB is linked to, which is said; the project knows its model, and is made again from it', () => {
  const cwd = tempFolder();
  const folder = withWeights(large);
  const made = run(cwd, 'one', ...flags, `--model-path=${folder}`);
  expect(made).toMatchObject({ status: 0 });
  expect(made.stdout).toContain(
    `model/ is a link to ${folder} (1.0 GB): leave that where it is, or make a copy by --copy-model.`,
  );
  const project = join(cwd, 'one');
  expect(readlinkSync(join(project, 'model'))).toBe(folder);
  const answers = JSON.parse(readFileSync(join(project, 'ml-container.config.json'), 'utf8'));
  expect(answers).toMatchObject({ modelPath: 'model', projectDir: '.' });
  const again = run(cwd, 'one', ...flags, `--model-path=${folder}`);
  expect([again.status, again.stdout]).toEqual([0, expect.stringMatching(/^Nothing changed in one: /)]);
  expect(run(project, '--skip-prompts')).toMatchObject({ status: 0 });
  expect(run(project, 'update', '--force')).toMatchObject({ status: 0 });
  expect(lstatSync(join(project, 'model')).isSymbolicLink()).toBe(true);
  // Neither the link nor the model is a part of the repository.
  expect(readFileSync(join(project, '.gitignore'), 'utf8')).toMatch(/^\/model$/m);
});

test.each([
  ['rows of the training data', 'm.pkl', ['--sample-data=rows.csv']],
  ["MLflow's signature", '.', []],
])(
  'what was declared by %s is declared again where model/ is given as the model, in each way',
  (_by, model, data) => {
    const cwd = tempFolder();
    writeFileSync(join(cwd, 'rows.csv'), 'zip,age\n02139,1\n');
    mkdirSync(join(cwd, 'given'));
    writeFileSync(join(cwd, 'given/m.pkl'), pickled('a model'));
    const signature = '[{"name": "zip", "type": "string"}, {"name": "age", "type": "long"}]';
    writeFileSync(join(cwd, 'given/MLmodel'), `signature:\n  inputs: '${signature}'\n`);
    const sklearn = ['one', '--framework=sklearn', '--skip-prompts'];
    expect(run(cwd, ...sklearn, `--model-path=${join('given', model)}`, ...data)).toMatchObject({
      status: 0,
    });
    const project = join(cwd, 'one');
    const made = () => {
      const [readme, schema, record] = ['README.md', 'model/input_schema.json', 'ml-container.lock.json'].map(
        (path) => readFileSync(join(project, path), 'utf8'),
      );
      return [
        readme?.replaceAll('model/m.pkl', 'model'),
        schema,
        /"model\/input_schema.*/.exec(record ?? '')?.[0],
      ];
    };
    const before = made();
    for (const again of [
      ['update', '--model-path=model'],
      ['--model-path=model', '--skip-prompts', '--force'],
    ]) {
      const { status, stdout, stderr } = run(project, ...again);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).not.toContain('look at');
      expect(made()).toEqual(before);
    }
  },
);

test('a link within a project is relative: both can be moved together', () => {
  const cwd = tempFolder();
  symlinkSync(withWeights(large), join(cwd, 'weights'));
  expect(run(cwd, 'one', ...flags, '--model-path=weights', '--project-dir=.')).toMatchObject({ status: 0 });
  expect(readlinkSync(join(cwd, 'model'))).toBe('weights');
});

test('a copy that is asked for is made, and a sparse file stays sparse in it', () => {
  const cwd = tempFolder();
  const folder = withWeights(large);
  expect(run(cwd, 'one', ...flags, `--model-path=${folder}`, '--copy-model')).toMatchObject({ status: 0 });
  const [source, target] = [folder, join(cwd, 'one/model')].map((place) =>
    statSync(join(place, 'model.safetensors')),
  );
  expect(target?.size).toBe(source?.size);
  expect(target?.blocks).toBeLessThan(10_000);
  expect(
    spawnSync('cmp', [join(folder, 'model.safetensors'), join(cwd, 'one/model/model.safetensors')]),
  ).toMatchObject({ status: 0 });
});

test('a folder that lies where the link should is not touched', () => {
  const cwd = tempFolder();
  const folder = withWeights(large);
  put(cwd, 'one/model/mine.txt');
  const { status, stderr } = run(cwd, 'one', ...flags, `--model-path=${folder}`, '--force');
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: `error: the project cannot be written: ${join(realpathSync(cwd), 'one/model')} is there already, where a link to ${folder} is to be: move it away, or give --copy-model\n`,
  });
  expect(readdirSync(join(cwd, 'one/model'))).toEqual(['mine.txt']);
});

test('another link is replaced only by --force, and what it leads to stays', () => {
  const cwd = tempFolder();
  const [first, second] = [withWeights(large), withWeights(large)];
  expect(run(cwd, 'one', ...flags, `--model-path=${first}`)).toMatchObject({ status: 0 });
  const refused = run(cwd, 'one', ...flags, `--model-path=${second}`);
  expect(refused.stderr).toContain('has files that differ from what would be written: model.');
  expect(run(cwd, 'one', ...flags, `--model-path=${second}`, '--force')).toMatchObject({ status: 0 });
  expect(readlinkSync(join(cwd, 'one/model'))).toBe(second);
  expect(existsSync(join(first, 'model.safetensors'))).toBe(true);
});

test('an update does not move the model: it says what is to be done', () => {
  const cwd = tempFolder();
  expect(run(cwd, 'one', ...flags, `--model-path=${modelFolder('text-classification')}`)).toMatchObject({
    status: 0,
  });
  const folder = withWeights(large);
  expect(run(cwd, 'update', 'one', `--model-path=${folder}`).stderr).toContain(
    `modelPath: model/ is left to you: make it a link to ${folder}, or copy that there, and give model as modelPath`,
  );
});

test('verify serves what is uploaded, and of a link what it leads to', async () => {
  const [folder, there] = [modelFolder('text-classification'), tempFolder()];
  put(folder, 'checkpoint-500/model.safetensors', 'optimizer.pt', '1_Pooling/config.json');
  symlinkSync('nothing', join(folder, 'tf_model.h5'));
  symlinkSync(folder, join(there, 'link'));
  const { model } = await layModel(join(there, 'link'), join(there, 'laid'), {
    modelWritable: true,
  });
  const laid = readdirSync(model, { recursive: true }).sort();
  expect(laid).toEqual([
    ...['1_Pooling', '1_Pooling/config.json', 'config.json', 'model.safetensors', 'tokenizer.json'],
  ]);
});

test('the upload leaves out the same files as the copy', () => {
  const combination = { framework: 'transformers', modelFormat: 'pretrained', modelServer: 'vllm' };
  const files = renderProject(projectFor(combination, tempFolder()));
  const folder = tempFolder();
  const script = files.find(({ path }) => path === 'deploy/model_files.sh')?.contents ?? '';
  writeFileSync(join(folder, 'model_files.sh'), script);
  const parts = [...Object.values(notNeeded).flat(), ...besideSafetensors]
    .flatMap((pattern) => pattern.split(/[*/]/))
    .filter(Boolean);
  const words = fc.oneof(
    fc.constantFrom(...parts, 'model.safetensors', 'config.json', '1', 'a b', '*', '[x]', 'ä'),
    fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom(...'a.-_*?[]\\$\'" ') }),
  );
  const name = fc.array(words, { minLength: 1, maxLength: 3 }).map((some) => some.join(''));
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((some) => some.join('/'));
  const lists = fc.sample(fc.array(path, { minLength: 1, maxLength: 12 }), 200);
  const input = lists.map((list) => `${list.join('\n')}\n`);
  const loop = 'for list in "$@"; do printf %s "$list" | needed; echo =; done';
  const { stdout, stderr } = spawnSync(
    'bash',
    ['-c', `set -euo pipefail; . "$0/model_files.sh"; ${loop}`, folder, ...input],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const kept = stdout
    .split('=\n')
    .slice(0, -1)
    .map((text) => text.split('\n').slice(0, -1));
  expect(kept).toEqual(lists.map((list) => [...neededOf(list)]));
});
