import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cachedVenv, cleanEnv, command, generate, pickled, repository, tempFolder } from '../harness.ts';

const byHand = join(import.meta.dirname, 'verify/by-hand');
const yoVersion = '7.0.1';
/** Not root: yo refuses to be. */
const uid = process.getuid?.() === 0 ? 65534 : null;
const enter = '\r';
const down = '\u001b[B';

let python: string;
let installed: string;

function openFolder(): string {
  const folder = tempFolder();
  chmodSync(folder, 0o777);
  return folder;
}

beforeAll(async () => {
  python = join(await cachedVenv(join(import.meta.dirname, 'tools/requirements.txt')), 'bin/python');
  // What users install: the package as it is packed, and yo.
  installed = openFolder();
  const { stdout } = await command(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', installed],
    {
      cwd: repository,
    },
  );
  const packages = [join(installed, stdout.trim()), `yo@${yoVersion}`];
  await command('npm', [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--global',
    '--prefix',
    installed,
    ...packages,
  ]);
});

type Step = [see: string, type: string];

async function inTerminal(
  name: 'yo' | 'ml-container-creator',
  args: string[],
  cwd: string,
  steps: Step[],
  as = uid,
) {
  const env = {
    ...cleanEnv,
    PATH: `${installed}/bin:${process.env.PATH}`,
    NODE_PATH: `${installed}/lib/node_modules`,
    HOME: openFolder(),
    TMPDIR: openFolder(),
    npm_config_prefix: installed,
    TERM: 'xterm',
  };
  const scenario = { command: [join(installed, 'bin', name), ...args], cwd, env, uid: as, steps };
  const { stdout } = await command(python, [
    join(import.meta.dirname, 'python/terminal.py'),
    JSON.stringify(scenario),
  ]);
  const left = readdirSync(env.TMPDIR).filter((name) => name.startsWith('verify-'));
  return { ...(JSON.parse(stdout) as { code: number; screen: string }), left };
}

test('yo asks its questions on a terminal and makes the project', async () => {
  const cwd = openFolder();
  const { code, screen } = await inTerminal('yo', ['ml-container-creator'], cwd, [
    ['Which library was the model trained with?', `${down}${down}${enter}`],
    ['Path of the model file', enter],
    ['In which format was it saved?', `${down}${enter}`],
    ['Which serving stack?', `${down}${enter}`],
    ['Name of the project?', `churn_1${enter}`],
    ['is not allowed: at most 50 letters', '\b\b2'],
    ['churn2', enter],
    ['Which kind of instance?', `${down}${down}${enter}`],
    ['Which ml.* type?', `ml.c7g.large${enter}`],
    ['Which AWS region?', enter],
    ['ARN of the execution role', enter],
    ['Add a sample model', enter],
    ['Add tests?', `n${enter}`],
  ]);
  expect(screen).toContain('Created churn2:');
  expect(screen).toContain('Yours to edit:');
  // The summary alone.
  expect(screen).not.toMatch(/create |code\/ml_serving\/\w/);
  expect(screen).toContain('An XGBoost model (ubj) served by Flask, for ml.c7g.large (linux/arm64).');
  expect(screen).toContain('sample_model/train.sh');
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(join(cwd, 'churn2/ml-container.config.json'), 'utf8'))).toMatchObject({
    framework: 'xgboost',
    modelFormat: 'ubj',
    modelServer: 'flask',
    instanceType: 'custom',
    customInstanceType: 'ml.c7g.large',
    includeSampleModel: true,
    includeTesting: false,
  });
});

test('where no project can be written, nothing is asked; of root, yo makes another user, which is said', async () => {
  const cwd = openFolder();
  chmodSync(cwd, 0o555);
  const byOther = await inTerminal('ml-container-creator', [], cwd, []);
  const byRoot = await inTerminal('yo', ['ml-container-creator'], cwd, [], null);
  for (const { code, screen } of [byOther, byRoot]) {
    expect(screen).toContain(
      `"./<projectName>" (default): cannot be written to: you may not write to ${cwd}`,
    );
    expect(screen).not.toMatch(/\?| {4}at /);
    expect(code).toBe(2);
  }
  expect(byOther.screen).not.toContain('when root starts it');
  expect(byRoot.screen.includes('yo, when root starts it')).toBe(process.getuid?.() === 0);
});

test('yo --skip-prompts asks nothing and makes the same project as the bin', async () => {
  const cwd = openFolder();
  const flags = [
    'iris',
    '--framework=sklearn',
    '--no-include-testing',
    '--region=eu-west-1',
    '--project-id=0123abcd',
  ];
  const { code } = await inTerminal('yo', ['ml-container-creator', ...flags, '--skip-prompts'], cwd, []);
  expect(code).toBe(0);
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')])
      .sort();
  expect(files(join(cwd, 'iris'))).toEqual(files(await generate(flags)));
});

test('wrong input under yo is answered with its message and exit code 2', async () => {
  const cwd = openFolder();
  const { code, screen } = await inTerminal(
    'yo',
    ['ml-container-creator', '--framework=sklern', '--regoin=x'],
    cwd,
    [],
  );
  expect(code).toBe(2);
  expect(screen).toContain('unknown flag --regoin; did you mean --region?');
  expect(screen).toContain('did you mean sklearn?');
  expect(screen).not.toMatch(/ {4}at |occured/);
  expect(readdirSync(cwd)).toEqual([]);
});

test.each(['yo', 'ml-container-creator'] as const)(
  'Ctrl-C at a question of %s ends it with 130; nothing is written',
  async (name) => {
    const cwd = openFolder();
    const args = name === 'yo' ? ['ml-container-creator'] : [];
    const { code, screen } = await inTerminal(name, args, cwd, [
      ['Which library was the model trained with?', enter],
      ['Path of the model file', '\u0003'],
    ]);
    expect(code).toBe(130);
    expect(screen).toMatch(/Path of the model file[^\n]*\n+Stopped: nothing was written\.\n$/);
    expect(readdirSync(cwd)).toEqual([]);
  },
);

const mine = [
  '--framework=sklearn',
  '--model-server=flask',
  '--project-dir=.',
  '--project-name=mine',
  '--no-include-sample',
];

test.each([
  ['x', 'yo', `x${enter}`],
  ['x', 'ml-container-creator', `x${enter}`],
  ['Ctrl-C', 'yo', '\u0003'],
  ['Ctrl-C', 'ml-container-creator', '\u0003'],
] as const)(
  '%s where a file differs ends %s with 130 and one line; nothing is written',
  async (_, name, typed) => {
    const cwd = openFolder();
    writeFileSync(join(cwd, 'Dockerfile'), 'FROM scratch\n');
    const args = [...(name === 'yo' ? ['ml-container-creator'] : []), ...mine, '--model-format=pkl'];
    const { code, screen } = await inTerminal(name, args, cwd, [
      ['Path of the model file', enter],
      ['Which kind of instance?', enter],
      ['Which AWS region?', enter],
      ['ARN of the execution role', enter],
      ['Add tests?', enter],
      ['Overwrite Dockerfile?', `d${enter}`],
      ['-FROM scratch', ''],
      ['Overwrite Dockerfile?', typed],
    ]);
    expect(code).toBe(130);
    expect(screen).toMatch(/Overwrite Dockerfile\?[^\n]*\n+Stopped: nothing was written\.\n$/);
    expect(readdirSync(cwd)).toEqual(['Dockerfile']);
    expect(readFileSync(join(cwd, 'Dockerfile'), 'utf8')).toBe('FROM scratch\n');
  },
);

test.each([
  ['kept', 'n', 'FROM scratch\n', 'the old model'],
  ['replaced', 'y', expect.stringContaining('PYTHON_IMAGE'), pickled('a new model')],
])(
  'on a terminal, a file or a model that differs is asked about, and %s when the answer is %s',
  async (_, answer, dockerfile, model) => {
    const cwd = openFolder();
    writeFileSync(join(cwd, 'Dockerfile'), 'FROM scratch\n');
    writeFileSync(join(cwd, 'm.pkl'), pickled('a new model'));
    for (const folder of ['code', 'model']) mkdirSync(join(cwd, folder));
    writeFileSync(join(cwd, 'code/model_handler.py'), '# mine\n');
    writeFileSync(join(cwd, 'model/m.pkl'), 'the old model');
    for (const path of ['Dockerfile', 'code', 'code/model_handler.py', 'model', 'model/m.pkl'])
      if (uid !== null) chownSync(join(cwd, path), uid, uid);
    const answered: Step[] = [
      ['Path of the model file', `m.pkl${enter}`],
      ['Which kind of instance?', enter],
      ['Which AWS region?', enter],
      ['ARN of the execution role', enter],
      ['Add tests?', enter],
      ['Overwrite Dockerfile?', `${answer}${enter}`],
      ['Overwrite code/model_handler.py?', `${answer}${enter}`],
      ['Overwrite model/m.pkl?', `${answer}${enter}`],
    ];
    const { code, screen } = await inTerminal('ml-container-creator', mine, cwd, answered);
    expect(screen).toContain('Created .:');
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, 'Dockerfile'), 'utf8')).toEqual(dockerfile);
    expect(readFileSync(join(cwd, 'model/m.pkl'), 'utf8')).toBe(model);
    expect(existsSync(join(cwd, 'code/app.py'))).toBe(true);
    // What somebody wrote is never gone.
    const handler = answer === 'y' ? 'code/model_handler.py.old' : 'code/model_handler.py';
    expect(readFileSync(join(cwd, handler), 'utf8')).toBe('# mine\n');
    expect(existsSync(join(cwd, 'code/model_handler.py.old'))).toBe(answer === 'y');
    if (answer === 'y')
      expect(screen).toContain('code/model_handler.py had edits: they are in code/model_handler.py.old');
  },
);

test('the picture in the README is of what is seen today', async () => {
  // `npm run picture` makes it anew.
  const made = join(tempFolder(), 'run.svg');
  await command(process.execPath, [join(repository, 'scripts/picture.js'), 'run', made]);
  expect(readFileSync(made, 'utf8')).toBe(readFileSync(join(repository, 'docs/run.svg'), 'utf8'));
});

test('verify under yo and by the bin shows each check on a terminal, and what to do about a failed one', async () => {
  const cwd = openFolder();
  cpSync(byHand, cwd, { recursive: true });
  mkdirSync(join(cwd, 'code/ml_serving'), { recursive: true });
  writeFileSync(join(cwd, 'code/ml_serving/VERSION'), '1.2.3\n');
  const serve = readFileSync(join(cwd, 'serve'), 'utf8');
  writeFileSync(join(cwd, 'serve'), serve.replace('os._exit(1)', 'os._exit(0)'));
  const only = '--only=starts,model-error-exits,content-type-parameters';
  for (const [name, args] of [
    ['yo', ['ml-container-creator:verify', only]],
    ['ml-container-creator', ['verify', only]],
  ] as const) {
    const { code, screen } = await inTerminal(name, [...args], cwd, []);
    expect(screen).toContain('Server    ml_serving 1.2.3');
    expect(screen).toContain('✓ starts');
    expect(screen).toContain('✓ content-type-parameters');
    expect(screen).toMatch(
      /✗ model-error-exits +should: .*\n +found +.*ends with 0.*\n +SageMaker +.*\n +fix +/,
    );
    expect(screen).toMatch(/3 checks in \d+ s: 2 passed, 1 failed \(1 should\), 0 skipped/);
    expect(screen).not.toMatch(/ {4}at /);
    expect(code).toBe(1);
  }
  const json = await inTerminal('yo', ['ml-container-creator:verify', '--only=starts', '--json'], cwd, []);
  expect(JSON.parse(json.screen).counts).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(json.code).toBe(0);
  const wrong = await inTerminal('yo', ['ml-container-creator:verify', '--only=strats'], cwd, []);
  expect(wrong.screen).toContain('there is no check and no group "strats"; did you mean starts?');
  expect(wrong.code).toBe(2);
});

test('Ctrl-C in the middle of verify ends it with 130, and leaves no process and no folder behind', async () => {
  const cwd = openFolder();
  cpSync(byHand, cwd, { recursive: true });
  const args = ['verify', '--only=health'];
  const { code, screen, left } = await inTerminal('ml-container-creator', args, cwd, [
    ['ping-time', '\u0003'],
  ]);
  expect(code).toBe(130);
  expect(screen).not.toMatch(/ {4}at /);
  expect(left).toEqual([]);
  const { stdout } = await command('ps', ['-A', '-o', 'args']);
  expect(stdout).not.toContain(cwd);
});

test('update under yo and by the bin says what would change, and changes it', async () => {
  const cwd = openFolder();
  const flags = ['iris', '--framework=sklearn', '--skip-prompts'];
  await inTerminal('ml-container-creator', flags, cwd, []);
  const folder = join(cwd, 'iris');
  const handler = `${readFileSync(join(folder, 'code/model_handler.py'), 'utf8')}\n# mine\n`;
  writeFileSync(join(folder, 'code/model_handler.py'), handler);
  for (const [name, args] of [
    ['yo', ['ml-container-creator:update', '--check', '--region=eu-west-1']],
    ['ml-container-creator', ['update', '--check', '--region=eu-west-1']],
  ] as const) {
    const { code, screen } = await inTerminal(name, [...args], folder, []);
    expect(screen).toMatch(/Would update \., version [\d.]+:\s+replaced +\d+ {2}.*ml-container.config.json/);
    expect(screen).not.toMatch(/ {4}at |occured/);
    expect(code).toBe(1);
  }
  const { code, screen } = await inTerminal(
    'yo',
    ['ml-container-creator:update', 'iris', '--region=eu-west-1'],
    cwd,
    [],
  );
  expect(screen).toMatch(/Updated iris, version [\d.]+:/);
  expect(code).toBe(0);
  expect(readFileSync(join(folder, 'deploy/settings.sh'), 'utf8')).toContain("AWS_REGION='eu-west-1'");
  expect(readFileSync(join(folder, 'code/model_handler.py'), 'utf8')).toBe(handler);
  const wrong = await inTerminal('yo', ['ml-container-creator:update', '--region=mars'], folder, []);
  expect(wrong.screen).toContain('awsRegion: "mars" (--region) is not allowed');
  expect(wrong.code).toBe(2);
});
