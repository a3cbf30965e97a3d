import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderProject } from '../../../generators/render/render.ts';
import { writeProject } from '../../../generators/render/write.ts';
import type { Settings } from '../../../generators/settings/schema.ts';
import { projectFor } from '../../combinations.ts';
import { command, tempFolder } from '../../harness.ts';
import { startHub } from './hub.ts';
import { account, aws, inFront, pushImage, role, script, startAws, type World } from './world.ts';

const region = 'us-east-1';
const bucket = `sagemaker-${region}-${account}`;
const commit = '0123456789abcdef0123456789abcdef01234567';
const secret = `arn:aws:secretsmanager:${region}:${account}:secret:hub-AbCdEf`;
let world: World;

beforeAll(async () => {
  world = await startAws(region);
});

afterAll(() => world.close());

/** A project that serves a language model, without its model. */
async function generated(projectName: string, settings: Partial<Settings> = {}): Promise<string> {
  const combination = { framework: 'transformers', modelFormat: 'pretrained', modelServer: 'vllm' };
  const project = projectFor({ ...combination, projectName, awsRoleArn: role, ...settings }, tempFolder());
  await writeProject(project, renderProject(project), false, console.error);
  return project.folder;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
}

/** A model as it lies on the Hub: the same weights several times. */
const repository = {
  'config.json': '{"model_type": "gpt2"}',
  'model-00001-of-00002.safetensors': 'half of the weights',
  'model-00002-of-00002.safetensors': 'the other half',
  'model.safetensors.index.json': '{}',
  'tokenizer/a vocabulary.json': '{"a": 0}',
  'pytorch_model.bin': 'the weights',
  'tf_model.h5': 'the weights',
  'flax_model.msgpack': 'the weights',
  'onnx/model.onnx': 'the weights',
  'model.Q4.gguf': 'the weights',
  'original/consolidated.00.pth': 'the weights',
  'consolidated.safetensors': 'the weights',
  'checkpoint-500/model.safetensors': 'the weights, before they were done',
  'optimizer.pt': 'what training needs to go on',
  'training_args.bin': 'the same',
  '2_Dense/pytorch_model.bin': 'a part of the model',
};

const served = [
  '2_Dense/pytorch_model.bin',
  'config.json',
  'model-00001-of-00002.safetensors',
  'model-00002-of-00002.safetensors',
  'model.safetensors.index.json',
  'tokenizer/a vocabulary.json',
];

async function withFolder(name: string): Promise<string> {
  const project = await generated(name);
  write(join(project, 'model'), { ...repository, '.cache/huggingface/lock': '' });
  return project;
}

const upload = (project: string, first?: string) =>
  script(world, project, 'deploy/upload_to_s3.sh', first ? { first } : {});

/** What was uploaded, by its path below the place that the script names. */
async function uploaded(stdout: string): Promise<{ uri: string; files: string[] }> {
  const uri = /Uploaded (\S+)/.exec(stdout)?.[1] ?? '';
  const prefix = uri.replace(`s3://${bucket}/`, '');
  const keys: string[] = await aws(
    world,
    ...['s3api', 'list-objects-v2', '--bucket', bucket, '--prefix', prefix, '--query', 'Contents[].Key'],
  );
  return { uri, files: keys.map((key) => key.slice(prefix.length)).sort() };
}

/** The model, and the production variant, of a project's endpoint. */
async function deployed(name: string) {
  const endpoint = await aws(world, 'sagemaker', 'describe-endpoint', '--endpoint-name', name);
  const configuration = endpoint.EndpointConfigName;
  const { ProductionVariants } = await aws(
    world,
    ...['sagemaker', 'describe-endpoint-config', '--endpoint-config-name', configuration],
  );
  const model = await aws(world, 'sagemaker', 'describe-model', '--model-name', configuration);
  return { container: model.PrimaryContainer, variant: ProductionVariants[0] };
}

const asFiles = (uri: string) => ({
  S3DataSource: { S3Uri: uri, S3DataType: 'S3Prefix', CompressionType: 'None' },
});

test('a folder is uploaded as files, without dot files and weights in other formats, and deployed as such', async () => {
  const project = await withFolder('files');
  write(join(project, 'model'), { '.hidden/weights': 'linked' });
  symlinkSync('.hidden/weights', join(project, 'model/adapter.safetensors'));
  const digest = await pushImage(world, project);
  const sent = await upload(project);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  const { uri, files } = await uploaded(sent.stdout);
  expect(uri).toMatch(new RegExp(`^s3://${bucket}/files-[0-9a-f]{8}/model-[0-9a-f]{16}/$`));
  expect(files).toEqual([...served, 'adapter.safetensors'].sort());

  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const { container, variant } = await deployed('files');
  expect(container).toMatchObject({
    Image: expect.stringContaining(digest),
    ModelDataSource: asFiles(uri),
    Environment: {},
  });
  expect(container).not.toHaveProperty('ModelDataUrl');
  expect(variant).toMatchObject({
    InstanceType: 'ml.g6.12xlarge',
    InferenceAmiVersion: 'al2023-ami-sagemaker-inference-gpu-4-1',
    ModelDataDownloadTimeoutInSeconds: expect.any(Number),
    ContainerStartupHealthCheckTimeoutInSeconds: expect.any(Number),
  });
  // The type has disks of its own.
  expect(variant).not.toHaveProperty('VolumeSizeInGB');
});

test('an upload that was interrupted is not deployed; run again, it sends what is missing', async () => {
  const project = await withFolder('resumed');
  await pushImage(world, project);
  const interrupted = inFront(world, {
    aws: `[[ "$1 $2" != "s3 sync" ]] || { "$real" "$@" --exclude '*-of-*'; exit 130; }\nexec "$real" "$@"`,
  });
  expect(await upload(project, interrupted)).toMatchObject({ code: 130 });
  expect((await script(world, project, 'deploy/deploy.sh')).stderr).toMatch(
    `no complete model in s3://${bucket}/resumed-0a1b2c3d/: run deploy/upload_to_s3.sh first`,
  );
  const again = await upload(project);
  expect(again.stdout.match(/^upload: .*$/gm)).toHaveLength(2);
  expect((await uploaded(again.stdout)).files).toEqual(served);
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
});

test('the same contents are uploaded once, and others go elsewhere: what an endpoint reads never changes', async () => {
  const project = await withFolder('versions');
  const first = await upload(project);
  expect(first.stdout).toContain('upload: ');
  const path = join(project, 'model/model-00001-of-00002.safetensors');
  // Of the same size.
  writeFileSync(path, 'HALF OF THE WEIGHTS');
  const second = await upload(project);
  const [one, two] = [await uploaded(first.stdout), await uploaded(second.stdout)];
  expect(two.uri).not.toBe(one.uri);
  writeFileSync(path, repository['model-00001-of-00002.safetensors']);
  const third = await upload(project);
  expect(third.stdout).not.toContain('upload: ');
  expect((await uploaded(third.stdout)).uri).toBe(one.uri);
  // The newest is the one that was uploaded last, not the one that was there last.
  await pushImage(world, project);
  await script(world, project, 'deploy/deploy.sh');
  expect((await deployed('versions')).container.ModelDataSource).toEqual(asFiles(one.uri));
});

test('what differs in S3 from what is here is refused, and named', async () => {
  const project = await withFolder('strange');
  const { uri } = await uploaded((await upload(project)).stdout);
  const key = uri.replace(`s3://${bucket}/`, '');
  await aws(
    world,
    's3',
    'rm',
    '--recursive',
    `s3://${bucket}/strange-0a1b2c3d/`,
    '--exclude',
    `${key}*`,
  ).catch(() => 0);
  // As the S3 console makes for folders.
  await aws(world, 's3api', 'put-object', '--bucket', bucket, '--key', `${key}tokenizer/`);
  const refused = await upload(project);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`${uri} is not what model/ holds`);
  expect(refused.stderr).toContain(`> 0\t${key}tokenizer/`);
  expect(refused.stdout).not.toContain('Uploaded');

  // An object that is cut short is sent again.
  await aws(world, 's3api', 'delete-object', '--bucket', bucket, '--key', `${key}tokenizer/`);
  await aws(world, 's3api', 'put-object', '--bucket', bucket, '--key', `${key}config.json`);
  const mended = await upload(project);
  expect(mended.stdout.match(/^upload: .*$/gm)).toEqual([expect.stringContaining('config.json')]);
});

test('a link to the folder of a model is followed; links to nothing and pointers of Git LFS are not sent', async () => {
  const project = await generated('linked');
  const folder = join(tempFolder(), 'models--org--name');
  // As the Hub's cache has it.
  write(folder, { 'blobs/a': '{}', 'blobs/b': 'the weights', 'snapshots/abc/README.md': 'a model' });
  symlinkSync('../../blobs/a', join(folder, 'snapshots/abc/config.json'));
  symlinkSync('../../blobs/b', join(folder, 'snapshots/abc/model.safetensors'));
  symlinkSync('../../blobs/c', join(folder, 'snapshots/abc/tf_model.h5'));
  symlinkSync(join(folder, 'snapshots/abc'), join(project, 'model'));
  const sent = await upload(project);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  expect((await uploaded(sent.stdout)).files).toEqual(['README.md', 'config.json', 'model.safetensors']);

  symlinkSync('../../blobs/d', join(folder, 'snapshots/abc/tokenizer.json'));
  expect((await upload(project)).stderr).toMatch(
    /model\/ holds links to files that are not there; bring them, or delete the links:\ntokenizer.json$/m,
  );
  write(folder, { 'blobs/d': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' });
  expect((await upload(project)).stderr).toMatch(
    /model\/ holds pointers of Git LFS in place of files; git lfs pull fetches those:\ntokenizer.json$/m,
  );

  write(dirname(folder), { credentials: 'of somebody' });
  symlinkSync('../../../credentials', join(folder, 'snapshots/abc/LICENSE'));
  expect((await upload(project)).stderr).toContain(
    `model/ holds links that lead out of it; put there what they lead to, or remove them:\nLICENSE -> ${join(dirname(folder), 'credentials')}`,
  );
});

test('LoRA adapters are brought from where they are, and uploaded with the model', async () => {
  const adapter = { 'adapter_config.json': '{"peft_type": "LORA"}', 'adapter_model.safetensors': 'matrices' };
  const bring = 's3://brought/adapters/chat/';
  const project = await generated('adapted', { adapters: ['sql=./adapters/sql', `chat=${bring}`] });
  write(join(project, 'model'), { 'config.json': '{}', 'model.safetensors': 'the weights' });
  await aws(world, 's3api', 'create-bucket', '--bucket', 'brought');
  const source = tempFolder();
  write(source, { ...adapter, 'optimizer.pt': 'not needed' });
  for (const file of [...Object.keys(adapter), 'optimizer.pt']) {
    const object = ['--bucket', 'brought', '--key', `adapters/chat/${file}`, '--body', join(source, file)];
    await aws(world, 's3api', 'put-object', ...object);
  }
  expect((await upload(project)).stderr).toContain(
    'adapters/sql holds no adapter_config.json: copy the files there that save_pretrained of PEFT wrote',
  );
  write(join(project, 'adapters/sql'), { ...adapter, 'README.md': '#', '.cache/x': '' });
  const sent = await upload(project);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  expect((await uploaded(sent.stdout)).files).toEqual([
    ...Object.keys(adapter).map((file) => `adapters/chat/${file}`),
    ...Object.keys(adapter).map((file) => `adapters/sql/${file}`),
    ...['config.json', 'model.safetensors'],
  ]);
});

test('a folder that is no model is refused with what is missing', async () => {
  const project = await generated('partial');
  expect((await upload(project)).stderr).toContain('model/ holds no config.json: copy the files there');
  write(join(project, 'model'), { 'config.json': '{}' });
  expect((await upload(project)).stderr).toContain('model/ holds no weights');
  write(join(project, 'model'), { 'pytorch_model.bin': 'the only weights' });
  expect((await uploaded((await upload(project)).stdout)).files).toEqual([
    'config.json',
    'pytorch_model.bin',
  ]);
});

test('a model of the Hub is copied to S3 at its commit, once, with the token of whoever runs it', async () => {
  const token = 'hf_very_secret';
  const hub = await startHub('org/model', commit, repository, token);
  const project = await generated('copied', { modelName: `org/model@${commit}` });
  const arguments_ = join(tempFolder(), 'arguments');
  const first = inFront(world, { hf: `echo "$*" >>${arguments_}\nexec "$VIRTUAL_ENV/bin/hf" "$@"` });
  const run = (env: NodeJS.ProcessEnv) =>
    script(world, project, 'deploy/upload_to_s3.sh', { first, env: { HF_ENDPOINT: hub.url, ...env } });
  try {
    const refused = await run({});
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`cannot download org/model at ${commit}: where it asks for a token`);
    expect(existsSync(join(project, 'model/config.json'))).toBe(false);

    const sent = await run({ HF_TOKEN: token });
    expect(sent, sent.stderr).toMatchObject({ code: 0 });
    expect([...hub.sent].sort()).toEqual(served);
    expect((await uploaded(sent.stdout)).files).toEqual(served);
    expect(readFileSync(arguments_, 'utf8') + sent.stdout + sent.stderr).not.toContain(token);
    await run({ HF_TOKEN: token });
    expect(hub.sent).toHaveLength(served.length);
  } finally {
    hub.server.close();
  }
});

test('of a model on the Hub without safetensors, what there is comes along', async () => {
  const files = { 'config.json': '{}', 'pytorch_model.bin': 'the weights', 'tf_model.h5': 'the weights' };
  const hub = await startHub('old', commit, files, 'hf_x');
  const project = await generated('older', { modelName: `old@${commit}` });
  const env = { HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_x' };
  const sent = await script(world, project, 'deploy/upload_to_s3.sh', { env });
  hub.server.close();
  expect((await uploaded(sent.stdout)).files).toEqual(['config.json', 'pytorch_model.bin']);
});

test('a model in S3 is deployed from where it is, if it is one', async () => {
  await aws(world, 's3api', 'create-bucket', '--bucket', 'theirs');
  const uri = 's3://theirs/models/mine/';
  const project = await generated('existing', { modelName: 's3://theirs/models/mine/' });
  expect(existsSync(join(project, 'deploy/upload_to_s3.sh'))).toBe(false);
  await pushImage(world, project);
  const deploy = () => script(world, project, 'deploy/deploy.sh');
  const put = (key: string) => aws(world, 's3api', 'put-object', '--bucket', 'theirs', '--key', key);
  expect((await deploy()).stderr).toContain(`${uri} holds no config.json`);
  await put('models/mine/config.json');
  await put('models/mine/');
  expect((await deploy()).stderr).toContain('objects that stand for folders');
  await aws(world, 's3api', 'delete-object', '--bucket', 'theirs', '--key', 'models/mine/');
  expect(await deploy()).toMatchObject({ code: 0, stderr: '' });
  expect((await deployed('existing')).container.ModelDataSource).toEqual(asFiles(uri));
  expect((await script(world, project, 'deploy/undeploy.sh')).stdout).not.toContain('s3 rm');
});

test('a model in the S3 of another region is refused', async () => {
  const elsewhere = [
    '--create-bucket-configuration',
    'LocationConstraint=eu-west-1',
    '--region',
    'eu-west-1',
  ];
  const { env } = world;
  await command('aws', ['s3api', 'create-bucket', '--bucket', 'far', ...elsewhere], { env });
  const far = await generated('far', { modelName: 's3://far/mine.tar.gz' });
  await pushImage(world, far);
  expect((await script(world, far, 'deploy/deploy.sh')).stderr).toContain(
    's3://far/mine.tar.gz lies in eu-west-1, but an endpoint in us-east-1 takes models of its own region only',
  );
});

test('an archive in S3 is deployed from where it is', async () => {
  await aws(world, 's3api', 'create-bucket', '--bucket', 'archives');
  const uri = 's3://archives/mine.tar.gz';
  const project = await generated('packed', { modelName: uri });
  await pushImage(world, project);
  const none = await script(world, project, 'deploy/deploy.sh');
  expect(none.code).toBe(1);
  expect(none.stderr).toContain(`cannot find ${uri}`);
  await aws(world, 's3api', 'put-object', '--bucket', 'archives', '--key', 'mine.tar.gz');
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const { container } = await deployed('packed');
  expect(container.ModelDataUrl).toBe(uri);
  expect(container).not.toHaveProperty('ModelDataSource');
});

test('a model that the container gets from the Hub is named to it, its token only as a secret', async () => {
  const project = await generated('direct', {
    ...{ modelName: `org/model@${commit}`, modelSource: 'hub', hfTokenSecretArn: secret },
    ...{ maxModelLen: 4096, tensorParallel: 2 },
  });
  expect(existsSync(join(project, 'deploy/upload_to_s3.sh'))).toBe(false);
  await pushImage(world, project);
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const { container } = await deployed('direct');
  expect(container.Environment).toEqual({
    HF_MODEL_ID: 'org/model',
    HF_MODEL_REVISION: commit,
    HF_TOKEN_SECRET_ARN: secret,
    SM_VLLM_MAX_MODEL_LEN: '4096',
    SM_VLLM_TENSOR_PARALLEL_SIZE: '2',
  });
  expect(container).not.toHaveProperty('ModelDataUrl');
  expect(container).not.toHaveProperty('ModelDataSource');
});
