// npm run demo: from nothing to an endpoint of SageMaker on this machine, with what a user has: the built bin, the
// project's own scripts and the AWS CLI.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startLoad } from './demo/load.js';
import { Stage } from './demo/stage.js';
import { awsCli, bin, hasDocker, removeImages, startLocal } from './demo/world.js';

const { values: flags } = parseArgs({
  options: {
    framework: { type: 'string', default: 'sklearn' },
    process: { type: 'boolean', default: false },
    folder: { type: 'string', default: 'demo' },
    verbose: { type: 'boolean', default: false },
  },
});
const repository = resolve(import.meta.dirname, '..');
const name = `${flags.framework}-demo`;
const folder = resolve(repository, flags.folder);
const project = join(folder, name);
// As the first training wrote them: the second one writes others.
const payloads = join(folder, '.requests');
const shown = project.startsWith(repository) ? relative(repository, project) : project;
const isProcess = flags.process || !hasDocker(process.env);
const began = performance.now();
const stage = new Stage(flags);

/** Runs a script of the project. */
const script = (path, env, ...args) =>
  stage.run(join(project, path), args, { cwd: project, env, called: [path, ...args].join(' ') });

async function generate() {
  // demo/ is made anew each time; what lies in another folder may be somebody's.
  if (flags.folder !== 'demo' && existsSync(project))
    throw new Error(`${shown} exists: remove it, or name another --folder`);
  rmSync(project, { recursive: true, force: true });
  const type = process.arch === 'arm64' ? 'ml.m6g.large' : 'ml.m5.large';
  const given = [
    name,
    `--framework=${flags.framework}`,
    `--project-dir=${project}`,
    `--instance-type=${type}`,
  ];
  const args = [bin, ...given, '--include-sample', '--skip-prompts'];
  const text = await stage.run(process.execPath, args, { cwd: repository, env: process.env });
  const [, files, what] = /: (\d+ files)\. (.*), for /.exec(text);
  return `${files}: ${what}`;
}

async function train() {
  const text = await script('sample_model/train.sh', process.env);
  return text.split('\n').find((line) => /accuracy|loss/.test(line)) ?? 'saved in model/';
}

/** The same with other rows held back: another model. */
async function trainAgain() {
  const file = join(project, 'sample_model/train.py');
  const [before, seed] = [readFileSync(file, 'utf8'), /(random_state=|manual_seed\()0/];
  if (!seed.test(before)) throw new Error(`${relative(repository, file)} has no seed`);
  writeFileSync(file, before.replace(seed, '$11'));
  const said = await train();
  await script('deploy/upload_to_s3.sh', local.env);
  return said;
}

async function ask(payload, type) {
  const answer = join(project, 'answer');
  const body = `fileb://${join(payloads, payload)}`;
  const args = ['sagemaker-runtime', 'invoke-endpoint', '--endpoint-name', name, '--body', body];
  const types = ['--content-type', type, '--accept', type === 'text/csv' ? type : 'application/json'];
  await stage.run('aws', [...args, ...types, answer], { cwd: project, env: local.env });
  const text = readFileSync(answer, 'utf8');
  rmSync(answer);
  return text;
}

const oneLine = (text, most = 56) => {
  const line = text.trim().replaceAll('\n', ' ');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
};

async function update() {
  const load = startLoad({
    url: local.url,
    region: local.region,
    endpoint: name,
    body: join(payloads, 'payload.json'),
    type: 'application/json',
  });
  await script('deploy/deploy.sh', local.env).finally(() => load.end());
  const { requests, failures, answers } = load.counts;
  const known = [first, await ask('payload.json', 'application/json')];
  const strange = [...answers].filter((answer) => !known.includes(answer));
  if (failures.length || strange.length)
    throw new Error(`of ${requests} requests, ${failures.length} failed: ${[...failures, ...strange][0]}`);
  return `${requests.toLocaleString('en')} requests meanwhile, 0 failed`;
}

async function remove() {
  await script('deploy/undeploy.sh', local.env, '--yes');
  const left = await stage.run(
    'aws',
    ['sagemaker', 'list-endpoints', '--query', 'Endpoints[].EndpointName', '--output', 'text'],
    {
      cwd: project,
      env: local.env,
    },
  );
  if (left.trim()) throw new Error(`there still is ${left.trim()}`);
  return 'endpoint, configurations and models are gone';
}

let local;
let cli;
let first;
let inService;

async function demo() {
  await stage.step('Generate a project', generate);
  // What is downloaded once can come while the packages of the training do.
  const starting = startLocal(stage, {
    project,
    folder: join(folder, '.local'),
    isProcess,
    env: process.env,
  });
  const getting = awsCli(stage, process.env);
  for (const one of [starting, getting]) one.catch(() => undefined);
  try {
    await stage.step('Train its sample model', async () => {
      const said = await train();
      cpSync(join(project, 'sample_model/payloads'), payloads, { recursive: true });
      return said;
    });
    await stage.step('Start SageMaker on this machine', async () => {
      local = await starting;
      return `ml-container-creator local${isProcess ? ' --process' : ''}, at ${local.url.replace('http://', '')}`;
    });
    await stage.step('Find the AWS CLI', async () => {
      cli = await getting;
      local.env = { ...local.env, PATH: cli.env.PATH };
      return cli.name;
    });
    if (!isProcess)
      await stage.step('Build the image, and push it', async () => {
        await script('deploy/build_and_push.sh', local.env);
        return 'deploy/build_and_push.sh';
      });
    await stage.step('Upload the model', async () => {
      await script('deploy/upload_to_s3.sh', local.env);
      return 'deploy/upload_to_s3.sh';
    });
    await stage.step('Deploy it', async () => {
      await script('deploy/deploy.sh', local.env);
      inService = performance.now();
      return 'deploy/deploy.sh: the endpoint is InService';
    });
    await stage.step('Ask it by the AWS CLI, in JSON', async () => {
      first = await ask('payload.json', 'application/json');
      return oneLine(first);
    });
    const [other, type] = existsSync(join(payloads, 'payload.csv'))
      ? ['payload.csv', 'text/csv']
      : ['payload.txt', 'text/plain'];
    await stage.step(
      `Ask it in ${type.replace('text/', '').replace('csv', 'CSV').replace('plain', 'plain text')}`,
      async () => oneLine(await ask(other, type)),
    );
    await stage.step('Train a second model, upload it', trainAgain);
    await stage.step('Update the endpoint under load', update);
    await stage.step('Delete it', remove);
  } finally {
    rmSync(payloads, { recursive: true, force: true });
    // Also what is only just starting.
    local ??= await starting.catch(() => undefined);
    await getting.catch(() => undefined);
    if (local) {
      const stop = async () => {
        await local.stop();
        if (!isProcess) removeImages(local.url.replace('http://', ''), process.env);
        return 'nothing is left running';
      };
      await stage.step('Stop', stop, { isLast: true });
    }
  }
}

stage.say('From a model to an endpoint that answers, on this machine alone:');
stage.say(
  isProcess
    ? `${flags.process ? 'without Docker' : 'without Docker, which does not run here'}: the project's own server takes the image's place.\n`
    : 'with Docker, as SageMaker runs the image (--process: without).\n',
);
try {
  await demo();
  const seconds = (until) => `${Math.round((until - began) / 1000)} s`;
  stage.say(`
InService after ${seconds(inService)}; all of it took ${seconds(performance.now())}. The project is in ${shown}:
  cd ${shown}
  ./run_local.sh   # serves the model on port 8080
  test/run.sh      # tests the handler and the server
README.md there has the rest: your own model, the image, the endpoint on AWS.`);
} catch (error) {
  if (stage.stopCode) {
    console.error('Stopped: nothing is left running.');
    process.exit(stage.stopCode);
  }
  const last = (error.printed ?? '').trimEnd().split('\n').slice(-20).join('\n');
  if (last && !flags.verbose) console.error(`\n${last.replace(/^/gm, '    ')}`);
  console.error(
    `\nerror: ${error.message}${flags.verbose ? '' : '; npm run demo -- --verbose shows all that is printed'}`,
  );
  process.exit(1);
}
