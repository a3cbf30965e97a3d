import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bin, cleanEnv, pickled, repository, tempFolder } from '../harness.ts';
import { modelFolder } from '../models.ts';

// A folder that came from elsewhere, and what it would have of the machine that the generator runs on.

const secret = pickled('aws_secret_access_key = abc');

/** A home with credentials, and in it the folder of somebody else. */
function home() {
  const path = tempFolder();
  const cwd = join(path, 'cloned');
  mkdirSync(join(path, '.aws'));
  mkdirSync(cwd);
  const credentials = join(path, '.aws/credentials');
  writeFileSync(credentials, secret, { mode: 0o600 });
  return { path, cwd, credentials };
}

function generate(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [bin, ...args, '--skip-prompts'], {
    cwd,
    env: { ...cleanEnv, ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });
}

const flags = ['--framework=sklearn'];

describe('what files of the folder give leads nowhere out of it', () => {
  test.each([
    ['modelPath', '~/.aws/credentials', '--model-path or ML_MODEL_PATH'],
    ['modelPath', '../.aws/credentials', '--model-path or ML_MODEL_PATH'],
    ['modelPath', 'linked', '--model-path or ML_MODEL_PATH'],
    ['modelPath', 'model', '--model-path or ML_MODEL_PATH'],
    ['modelPath', 'folder/credentials', '--model-path or ML_MODEL_PATH'],
    ['sampleData', '~/.aws/credentials', '--sample-data or ML_SAMPLE_DATA'],
    ['inferenceScript', '~/.aws/credentials', '--inference-script or ML_INFERENCE_SCRIPT'],
    ['projectDir', '../elsewhere', '--project-dir or ML_PROJECT_DIR'],
    ['projectDir', 'folder/new', '--project-dir or ML_PROJECT_DIR'],
  ])('%s: %s', (key, value, ways) => {
    for (const file of ['ml-container.config.json', 'package.json', '.yo-rc.json', 'prod.json']) {
      const { path, cwd, credentials } = home();
      for (const name of ['linked', 'model']) symlinkSync(credentials, join(cwd, name));
      symlinkSync(dirname(credentials), join(cwd, 'folder'));
      const section = {
        'package.json': 'ml-container-creator',
        '.yo-rc.json': 'generator-ml-container-creator',
      }[file];
      const given = { [key]: value };
      writeFileSync(join(cwd, file), JSON.stringify(section ? { [section]: given } : given));
      const config = file === 'prod.json' ? ['--config=prod.json'] : [];
      const { status, stderr } = generate(cwd, ['new', ...flags, ...config], { HOME: path });
      expect(stderr).toContain(`lies outside ${cwd}, and what files give may not: give it as ${ways}`);
      expect(status).toBe(2);
      expect(existsSync(join(cwd, 'new'))).toBe(false);
    }
  });

  test('adapters', () => {
    const { path, cwd } = home();
    const answers = { framework: 'transformers', modelServer: 'vllm', adapters: ['a=~/.aws', 'b=org/b'] };
    writeFileSync(join(cwd, 'ml-container.config.json'), JSON.stringify(answers));
    const { stderr } = generate(cwd, ['--model-path=m'], { HOME: path });
    expect(stderr).toContain('adapters: ["a=~/.aws","b=org/b"] (ml-container.config.json): lies outside');
  });

  test('and what lies in it may be given', () => {
    const { cwd } = home();
    mkdirSync(join(cwd, 'models'));
    writeFileSync(join(cwd, 'models/a.pkl'), pickled('a model'));
    symlinkSync('a.pkl', join(cwd, 'models/b.pkl'));
    for (const modelPath of ['models/a.pkl', join(cwd, 'models/b.pkl')]) {
      writeFileSync(
        join(cwd, 'ml-container.config.json'),
        JSON.stringify({ modelPath, projectDir: './new' }),
      );
      expect(generate(cwd, [...flags, '--force'])).toMatchObject({ status: 0 });
    }
  });
});

test.each([
  ['flag', (path: string) => [[`--model-path=${path}`], {}] as const],
  ['variable', (path: string) => [[], { ML_MODEL_PATH: path }] as const],
])('a %s may name any file, whose copy is read by nobody who could not read it', (_, give) => {
  const { cwd, credentials } = home();
  const [args, env] = give(credentials);
  expect(generate(cwd, ['new', ...flags, ...args], env)).toMatchObject({ status: 0 });
  const copy = join(cwd, 'new/model/credentials');
  expect(readFileSync(copy, 'utf8')).toBe(secret);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
});

describe('a link in the folder of a model', () => {
  const transformers = ['--framework=transformers', '--model-server=fastapi'];

  test('that leads out of it is refused', () => {
    const { cwd, credentials } = home();
    const folder = modelFolder('text-classification');
    const generated = () => generate(cwd, ['new', ...transformers, `--model-path=${folder}`]);
    symlinkSync(credentials, join(folder, 'LICENSE'));
    const { status, stderr } = generated();
    expect(stderr).toContain(
      `cannot be taken as a model: LICENSE is a link out of the folder, to ${credentials}: put there what it leads to, or remove it`,
    );
    expect(status).toBe(2);
    expect(existsSync(join(cwd, 'new'))).toBe(false);
    rmSync(join(folder, 'LICENSE'));
    symlinkSync('config.json', join(folder, 'LICENSE'));
    expect(generated()).toMatchObject({ status: 0 });
  });

  test('to the blobs of its own repository is followed, in a cache of the Hub, and no other there', () => {
    const { cwd, credentials } = home();
    const cache = join(tempFolder(), 'models--org--name');
    const snapshot = join(cache, 'snapshots', '0123456789abcdef0123456789abcdef01234567');
    mkdirSync(join(cache, 'blobs'), { recursive: true });
    mkdirSync(snapshot, { recursive: true });
    const folder = modelFolder('text-classification');
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) {
      writeFileSync(join(cache, 'blobs', name), readFileSync(join(folder, name)));
      symlinkSync(`../../blobs/${name}`, join(snapshot, name));
    }
    const args = [...transformers, `--model-path=${snapshot}`];
    expect(generate(cwd, ['one', ...args])).toMatchObject({ status: 0 });
    expect(statSync(join(cwd, 'one/model/config.json')).isFile()).toBe(true);
    mkdirSync(join(cache, 'refs'));
    writeFileSync(join(cache, 'refs/main'), 'x');
    for (const target of ['../../refs/main', credentials]) {
      symlinkSync(target, join(snapshot, 'LICENSE'));
      expect(generate(cwd, ['two', ...args]).stderr).toContain(
        `LICENSE is a link out of the folder, to ${target}`,
      );
      rmSync(join(snapshot, 'LICENSE'));
    }
  });

  test('is refused among the modules of a script, too', () => {
    const { cwd, credentials } = home();
    writeFileSync(join(cwd, 'inference.py'), 'import keys\n\ndef model_fn(folder):\n    return keys\n');
    symlinkSync(credentials, join(cwd, 'keys.py'));
    expect(generate(cwd, ['new', ...flags, '--inference-script=inference.py']).stderr).toContain(
      `keys.py is a link out of the folder, to ${credentials}`,
    );
  });
});

test('a pipe is no file of settings: nobody waits for what is written to it', () => {
  const { cwd } = home();
  for (const name of ['ml-container.config.json', 'package.json', '.yo-rc.json', 'prod.json']) {
    const file = join(cwd, name);
    expect(spawnSync('sh', ['-c', 'mkfifo "$0"', file]).status).toBe(0);
    const config = name === 'prod.json' ? ['--config=prod.json'] : [];
    const { status, stderr } = generate(cwd, ['new', ...flags, ...config]);
    expect(stderr).toMatch(new RegExp(`${name}.* is no file`));
    expect(status).toBe(2);
    rmSync(file);
  }
});

test('a file of settings holds nobody up by the number of its keys', () => {
  const { cwd } = home();
  const keys = Array.from({ length: 60_000 }, (_, number) => `"k${number}":0`);
  writeFileSync(join(cwd, 'prod.json'), `{${keys.join()},"k7":1}`);
  const { status, stderr } = generate(cwd, ['new', ...flags, '--config=prod.json']);
  expect(stderr).toContain('"k7" is in prod.json (--config) twice');
  expect(status).toBe(2);
});

test('nor is one waited for in the folder of a model', () => {
  const { cwd } = home();
  const given = (folder: string) => generate(cwd, ['--framework=transformers', `--model-path=${folder}`]);
  for (const name of ['config.json', 'tokenizer_config.json', 'model.safetensors', 'modules.json']) {
    const folder = modelFolder('text-classification');
    rmSync(join(folder, name), { force: true });
    expect(spawnSync('sh', ['-c', 'mkfifo "$0"', join(folder, name)]).status).toBe(0);
    expect(given(folder).stderr).toContain(`${name} is neither a file nor a folder`);
  }
});

test('nor in the folder around it, or beside a model of rows', () => {
  const { cwd } = home();
  const pipe = (path: string) => expect(spawnSync('sh', ['-c', 'mkfifo "$0"', path]).status).toBe(0);
  const around = join(cwd, 'around');
  const folder = join(around, 'model');
  cpSync(modelFolder('text-classification'), folder, { recursive: true });
  pipe(join(around, 'modules.json'));
  const inside = generate(cwd, ['new', '--framework=transformers', `--model-path=${folder}`]);
  expect([inside.status, inside.stderr]).toEqual([0, expect.any(String)]);
  for (const name of ['MLmodel', 'input_schema.json']) {
    const rows = join(cwd, `with-${name}`);
    mkdirSync(rows);
    writeFileSync(join(rows, 'model.pkl'), pickled('a model'));
    pipe(join(rows, name));
    const { signal } = generate(cwd, [`new-${name}`, ...flags, `--model-path=${join(rows, 'model.pkl')}`]);
    expect([name, signal]).toEqual([name, null]);
  }
});

describe('what controls a terminal', () => {
  // ESC, its 8-bit form, the bell, and what turns the direction of text.
  const hostile = '\u001B[2J\u009B2J\u0007\u202Ea';

  test('is shown by no message, wherever it stands', () => {
    const { cwd } = home();
    mkdirSync(join(cwd, 'models'));
    writeFileSync(join(cwd, 'models', `${hostile}.pkl`), pickled('a model'));
    writeFileSync(
      join(cwd, 'ml-container.config.json'),
      JSON.stringify({ [hostile]: hostile, framework: hostile }),
    );
    const runs = [
      generate(cwd, [hostile]),
      generate(cwd, [`--${hostile}=1`]),
      generate(cwd, [`--model-path=${hostile}`, `--framework=${hostile}`]),
      generate(cwd, ['--framework=sklearn', '--model-path=models']),
      generate(cwd, ['update', hostile]),
      generate(cwd, ['verify', hostile]),
      generate(cwd, [], { [`ML_${hostile}`]: '1' }),
    ];
    for (const { stdout, stderr, status } of runs) {
      expect(status).toBe(2);
      expect(stderr).not.toBe('');
      expect(stdout + stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    }
  });

  test('goes through one function: nothing else prints', () => {
    const sources = readdirSync(join(repository, 'generators'), { recursive: true, encoding: 'utf8' });
    const printing = sources.filter(
      (path) =>
        path.endsWith('.ts') &&
        /\bconsole\.(log|error|warn|info)\b|(stdout|stderr)\.write/.test(
          readFileSync(join(repository, 'generators', path), 'utf8'),
        ),
    );
    expect(printing).toEqual(['printable.ts']);
  });
});

test('blanks and comments in a file of settings are looked through once', () => {
  const { cwd } = home();
  writeFileSync(join(cwd, 'ml-container.config.json'), `${' \n# a\n'.repeat(20_000)}!`);
  const { status, stderr } = generate(cwd, ['new', ...flags]);
  expect(stderr).toContain('ml-container.config.json is not JSON: line 2, column 1');
  expect(status).toBe(2);
});

test('a file of settings that is too large for some is not read', () => {
  const { cwd } = home();
  writeFileSync(join(cwd, 'ml-container.config.json'), `{"framework": "sklearn"}${' '.repeat(10e6)}`);
  chmodSync(join(cwd, 'ml-container.config.json'), 0o600);
  const { status, stderr } = generate(cwd, ['new']);
  expect(stderr).toBe(
    'error: ml-container.config.json has 10000024 bytes: such files have 10000000 at most\n',
  );
  expect(status).toBe(2);
});
