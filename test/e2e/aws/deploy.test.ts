import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { command, generate, tempFolder } from '../../harness.ts';
import {
  account,
  aws,
  deployable,
  inFront,
  inSageMaker,
  pushImage,
  role,
  script,
  startAws,
  type World,
  withModel,
} from './world.ts';

const region = 'us-east-1';
let world: World;

beforeAll(async () => {
  world = await startAws(region);
});

afterAll(() => world.close());

for (const [instanceType, type, more] of [
  ['cpu-optimized', 'ml.m6g.large', {}],
  ['gpu-enabled', 'ml.g5.xlarge', all],
] as const)
  test(`instanceType=${instanceType}: image and model become an endpoint on ${type}`, more, async () => {
    const { project, digest, uploaded } = await deployable(
      world,
      instanceType,
      `--instance-type=${instanceType}`,
    );
    const deployed = await script(world, project, 'deploy/deploy.sh');
    expect(deployed).toMatchObject({ code: 0, stderr: '' });
    expect(deployed.stdout).toContain(`The endpoint ${instanceType} is in service on ${type}.`);

    const endpoint = await aws(world, 'sagemaker', 'describe-endpoint', '--endpoint-name', instanceType);
    const name = endpoint.EndpointConfigName;
    const configuration = await aws(
      world,
      'sagemaker',
      'describe-endpoint-config',
      '--endpoint-config-name',
      name,
    );
    const [variant] = configuration.ProductionVariants;
    expect(variant).toMatchObject({ InstanceType: type, InitialInstanceCount: 1, VariantName: 'AllTraffic' });
    const model = await aws(world, 'sagemaker', 'describe-model', '--model-name', variant.ModelName);
    expect(model.ExecutionRoleArn).toBe(role);
    expect(model.PrimaryContainer).toMatchObject({
      Image: `${account}.dkr.ecr.${region}.amazonaws.com/${instanceType}@${digest}`,
      ModelDataUrl: uploaded,
    });
    expect(uploaded).toMatch(
      new RegExp(`^s3://sagemaker-${region}-${account}/${instanceType}-[0-9a-f]{8}/model-.*\\.tar\\.gz$`),
    );
  });

test('the archive holds what is in model/, links followed and dot files left out, and its bucket is private', async () => {
  const project = await withModel(world, 'uploads');
  const elsewhere = join(tempFolder(), 'large.bin');
  writeFileSync(elsewhere, 'weights');
  mkdirSync(join(project, 'model/a folder'));
  writeFileSync(join(project, 'model/a folder/labels.txt'), 'yes\nno\n');
  symlinkSync(elsewhere, join(project, 'model/linked.bin'));
  const refused = await script(world, project, 'deploy/upload_to_s3.sh');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toBe(
    `upload_to_s3.sh: model/ holds links that lead out of it; put there what they lead to, or remove them:\nlinked.bin -> ${elsewhere}\n`,
  );
  rmSync(join(project, 'model/linked.bin'));
  mkdirSync(join(project, 'model/.hidden'));
  renameSync(elsewhere, join(project, 'model/.hidden/large.bin'));
  symlinkSync('.hidden/large.bin', join(project, 'model/linked.bin'));
  const { stdout } = await script(world, project, 'deploy/upload_to_s3.sh');
  const [, object = '', bucket = ''] = /Uploaded (s3:\/\/([^/]+)\/\S+)/.exec(stdout) ?? [];
  const archive = join(tempFolder(), 'model.tar.gz');
  await command('aws', ['s3', 'cp', object, archive], { env: world.env });
  const { stdout: listing } = await command('tar', ['-tvzf', archive]);
  const entries = listing.trim().split('\n');
  expect(entries.map((line) => line.slice(line.indexOf('./'))).sort()).toEqual([
    './a folder/labels.txt',
    './linked.bin',
    './model.pkl',
  ]);
  // Plain files, all of them.
  expect(entries.filter((line) => !line.startsWith('-'))).toEqual([]);
  const access = await aws(world, 's3api', 'get-public-access-block', '--bucket', bucket);
  expect(Object.values(access.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
});

test('deploying again updates the endpoint to the newest image and model; a rollback is reported and tidied up', async () => {
  const { project } = await deployable(world, 'again');
  await script(world, project, 'deploy/deploy.sh');
  const describe = () => aws(world, 'sagemaker', 'describe-endpoint', '--endpoint-name', 'again');
  const first = await describe();
  const digest = await pushImage(world, project);
  const { stdout } = await script(world, project, 'deploy/upload_to_s3.sh');
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const second = await describe();
  expect(second.EndpointConfigName).not.toBe(first.EndpointConfigName);
  const model = await aws(world, 'sagemaker', 'describe-model', '--model-name', second.EndpointConfigName);
  expect(model.PrimaryContainer.Image).toContain(digest);
  expect(stdout).toContain(model.PrimaryContainer.ModelDataUrl);

  const before = await inSageMaker(world, 'again');
  const id = readFileSync(join(project, 'deploy/settings.sh'), 'utf8').match(/PROJECT_ID='(.*)'/)?.[1];
  const scarce = await withModel(
    world,
    'again',
    ...[`--role-arn=${role}`, '--instance-type=ml.p5.48xlarge', `--project-id=${id}`],
  );
  const failed = await script(world, scarce, 'deploy/deploy.sh');
  expect(failed.code).toBe(3);
  expect(failed.stderr).toMatch(/went back to again-[0-9a-f]{12}, which is in service: Unable to provision/);
  expect(failed.stdout).not.toContain('in service on');
  expect(await inSageMaker(world, 'again')).toEqual(before);
});

test('an endpoint that fails when it is made is reported with its reason, and nothing of it is left', async () => {
  const { project } = await deployable(world, 'scarce', '--instance-type=ml.p5.48xlarge');
  const failed = await script(world, project, 'deploy/deploy.sh');
  expect(failed.code).toBe(3);
  expect(failed.stderr).toContain(
    'the endpoint is Failed: Unable to provision requested ML compute capacity',
  );
  expect(failed.stderr).toContain('There are too few ml.p5.48xlarge here just now');
  expect(await inSageMaker(world, 'scarce')).toEqual([]);
});

test('each thing that is missing is named, with the command that brings it', async () => {
  const empty = await generate(['empty', '--framework=sklearn', '--include-sample']);
  const nothing = await script(world, empty, 'deploy/upload_to_s3.sh');
  expect(nothing.stderr).toContain(
    'model/ holds no model: run sample_model/train.sh, or copy the model there first',
  );
  // As in a clone: git keeps no model.
  mkdirSync(join(empty, 'model'), { recursive: true });
  writeFileSync(join(empty, 'model/input_schema.json'), '{"columns": []}');
  expect((await script(world, empty, 'deploy/upload_to_s3.sh')).stderr).toContain('model/ holds no model: ');
  const project = await withModel(world, 'missing');
  expect((await script(world, project, 'deploy/deploy.sh')).stderr).toContain('no role: set ROLE_ARN');
  const env = { ROLE_ARN: role };
  const noImage = await script(world, project, 'deploy/deploy.sh', { env });
  expect(noImage.stderr).toContain('run deploy/build_and_push.sh first');
  await pushImage(world, project);
  const noModel = await script(world, project, 'deploy/deploy.sh', { env });
  expect(noModel.stderr).toContain('run deploy/upload_to_s3.sh first');
  const noPayload = await script(world, project, 'test/test_endpoint.sh');
  expect(noPayload.stderr).toContain(
    'payload.json: give one: test/test_endpoint.sh PAYLOAD_FILE [CONTENT_TYPE]',
  );
  expect(await inSageMaker(world, 'missing')).toEqual([]);
});

test('what AWS refuses is shown in its own words and leaves nothing behind', async () => {
  const { project } = await deployable(world, 'refused', '--instance-type=ml.t3.medium');
  const refused = await script(world, project, 'deploy/deploy.sh');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("Value 'ml.t3.medium' at 'instanceType'");
  expect(await inSageMaker(world, 'refused')).toEqual([]);
});

test('undeploy removes the endpoint and all that belongs to it, and nothing of a project with a longer name', async () => {
  const { project } = await deployable(world, 'gone');
  const other = await deployable(world, 'gone-too');
  for (const one of [project, other.project]) {
    expect(await script(world, one, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
  }
  const before = await inSageMaker(world, 'gone-too');
  expect(before).toHaveLength(3);
  expect(await script(world, project, 'deploy/undeploy.sh', { args: ['--yes'] })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(await inSageMaker(world, 'gone')).toEqual([]);
  expect(await inSageMaker(world, 'gone-too')).toEqual(before);
  // A second time finds nothing, which is no error.
  expect(await script(world, project, 'deploy/undeploy.sh', { args: ['--yes'] })).toMatchObject({ code: 0 });
});

test('deploying the same again does nothing, and going back finds its earlier names', async () => {
  const { project } = await deployable(world, 'twice');
  const running = async () =>
    (await aws(world, 'sagemaker', 'describe-endpoint', '--endpoint-name', 'twice')).EndpointConfigName;
  await script(world, project, 'deploy/deploy.sh');
  const first = await running();
  const before = await inSageMaker(world, 'twice');
  const again = await script(world, project, 'deploy/deploy.sh');
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toContain(`The endpoint twice runs this already, as ${first}: nothing to do`);
  expect(await inSageMaker(world, 'twice')).toEqual(before);

  writeFileSync(join(project, 'model/model.pkl'), 'another model');
  expect((await script(world, project, 'deploy/deploy.sh', { args: ['--plan'] })).stderr).toBe(
    'deploy.sh: the model in model/ is not the newest that was uploaded, which is deployed: deploy/upload_to_s3.sh uploads it\n',
  );
  await script(world, project, 'deploy/upload_to_s3.sh');
  const plan = await script(world, project, 'deploy/deploy.sh', { args: ['--plan'] });
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toContain(`~ endpoint twice (InService) would be updated from ${first}`);
  expect(await inSageMaker(world, 'twice')).toEqual(before);
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const second = await running();
  expect(plan.stdout).toContain(`+ model ${second} would be created`);

  expect(await script(world, project, 'deploy/rollback.sh')).toMatchObject({ code: 0, stderr: '' });
  expect(await running()).toBe(first);
  // By its name, once more is not back again.
  expect(await script(world, project, 'deploy/rollback.sh', { args: [first] })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to do'),
  });
  expect(await running()).toBe(first);
  expect(await script(world, project, 'deploy/rollback.sh', { args: ['twice-0123456789ab'] })).toMatchObject({
    code: 1,
    stderr: 'rollback.sh: there is no earlier deployment twice-0123456789ab\n',
  });
  const kept = await script(world, project, 'deploy/rollback.sh', { args: ['--list'] });
  expect(kept.stdout).toContain(`  1  ${second}\n`);
  expect(await script(world, project, 'deploy/rollback.sh', { args: ['2'] })).toMatchObject({
    code: 1,
    stderr: 'rollback.sh: there is no earlier deployment number 2\n',
  });
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  expect(await running()).toBe(second);
  expect(await inSageMaker(world, 'twice')).toHaveLength(5);
});

test('no more earlier deployments are kept than KEEP says', async () => {
  const { project } = await deployable(world, 'pruned');
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('KEEP=5', 'KEEP=1'));
  for (const model of ['one', 'two', 'three']) {
    writeFileSync(join(project, 'model/model.pkl'), model);
    await script(world, project, 'deploy/upload_to_s3.sh');
    expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  }
  expect(await inSageMaker(world, 'pruned')).toHaveLength(5);
});

test("an endpoint of another project of the same name is neither updated nor deleted, but with --adopt; all carries the user's own tags", async () => {
  const { project } = await deployable(world, 'shared');
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace("TAGS=''", "TAGS='Key=team,Value=search'"));
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const before = await inSageMaker(world, 'shared');
  const other = await deployable(world, 'shared');
  for (const [name, ...args] of [['deploy'], ['undeploy', '--yes'], ['rollback']]) {
    const refused = await script(world, other.project, `deploy/${name}.sh`, { args });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /the endpoint shared belongs to the project shared-[0-9a-f]{8}, and this project is shared-[0-9a-f]{8}: it was not touched/,
    );
    expect(await inSageMaker(world, 'shared')).toEqual(before);
  }
  const arn = `arn:aws:sagemaker:${region}:${account}`;
  const name = before.find((text) => text.startsWith('model '))?.slice(6);
  for (const resource of ['endpoint/shared', `endpoint-config/${name}`, `model/${name}`]) {
    const { Tags } = await aws(world, 'sagemaker', 'list-tags', '--resource-arn', `${arn}:${resource}`);
    expect(Tags).toContainEqual({ Key: 'team', Value: 'search' });
  }
  const adopted = await script(world, other.project, 'deploy/deploy.sh', { args: ['--adopt'] });
  expect(adopted).toMatchObject({ code: 0, stderr: '' });
  expect((await script(world, project, 'deploy/deploy.sh')).stderr).toContain('it was not touched');
  // What was deployed before is still the first project's.
  expect(await script(world, other.project, 'deploy/undeploy.sh', { args: ['--yes'] })).toMatchObject({
    code: 0,
  });
  expect(await inSageMaker(world, 'shared')).toEqual(before.filter((text) => !text.startsWith('endpoint ')));
});

test('undeploy says what it would delete, and deletes nothing where nobody can be asked', async () => {
  const { project } = await deployable(world, 'asked');
  await script(world, project, 'deploy/deploy.sh');
  const before = await inSageMaker(world, 'asked');
  const refused = await script(world, project, 'deploy/undeploy.sh');
  expect(refused).toMatchObject({
    code: 1,
    stderr: 'undeploy.sh: nothing was deleted, since nobody can be asked here: give --yes\n',
  });
  expect(refused.stdout).toContain('  endpoint asked (InService)\n  endpoint configuration asked-');
  expect(await inSageMaker(world, 'asked')).toEqual(before);
});

test('of two projects of one name each deploys its own model, and undeploy.sh --all takes the images and uploads of its own', async () => {
  const { project, uploaded } = await deployable(world, 'emptied');
  const other = await deployable(world, 'emptied');
  const [, own = ''] = /^(s3:\/\/[^/]+\/[^/]+)\//.exec(uploaded) ?? [];
  const notes = `${own}/notes/rows.csv`;
  await command('aws', ['s3', 'cp', '--quiet', join(project, 'README.md'), notes], world);
  // Its own, though the other's was uploaded later.
  expect(await script(world, project, 'deploy/deploy.sh')).toMatchObject({ code: 0, stderr: '' });
  const { EndpointConfigName: name } = await aws(
    world,
    ...['sagemaker', 'describe-endpoint', '--endpoint-name', 'emptied'],
  );
  const { PrimaryContainer } = await aws(world, 'sagemaker', 'describe-model', '--model-name', name);
  expect(PrimaryContainer.ModelDataUrl).toBe(uploaded);

  const bucket = ['--bucket', own.split('/')[2] ?? '', '--prefix', 'emptied-'];
  const left = async () => {
    const { Contents } = await aws(world, 's3api', 'list-objects-v2', ...bucket);
    return Contents.map(({ Key }: { Key: string }) => `s3://${bucket[1]}/${Key}`).sort();
  };
  const images = async () =>
    (await aws(world, 'ecr', 'list-images', '--repository-name', 'emptied')).imageIds.map(
      ({ imageDigest }: { imageDigest: string }) => imageDigest,
    );
  const removed = await script(world, project, 'deploy/undeploy.sh', { args: ['--all', '--yes'] });
  expect(removed).toMatchObject({ code: 0, stderr: '' });
  expect(removed.stdout).toContain("The repository emptied does not carry this project's tag: it is kept");
  expect(await left()).toEqual([notes, other.uploaded].sort());
  expect(await images()).toEqual([other.digest]);

  // The repository goes with the project whose tag it carries.
  const id = /PROJECT_ID='(.*)'/.exec(readFileSync(join(other.project, 'deploy/settings.sh'), 'utf8'))?.[1];
  await aws(
    world,
    ...['ecr', 'tag-resource', '--resource-arn', `arn:aws:ecr:${region}:${account}:repository/emptied`],
    ...['--tags', `Key=ml-container-creator:project,Value=emptied-${id}`],
  );
  const rest = await script(world, other.project, 'deploy/undeploy.sh', { args: ['--all', '--yes'] });
  expect(rest).toMatchObject({ code: 0, stderr: '' });
  expect(await left()).toEqual([notes]);
  await expect(images()).rejects.toThrow('RepositoryNotFoundException');
});

test.each([
  ['PROJECT_NAME', `a${'b'.repeat(50)}`, 'it takes at most 50 letters, digits and hyphens'],
  ['PROJECT_NAME', 'a_b', 'it takes at most 50 letters, digits and hyphens'],
  ['IMAGE_REPOSITORY', 'a'.repeat(257), 'it takes 2 to 256 lower case letters'],
])('%s=%s is refused before anything is built or asked of AWS', async (setting, value, reason) => {
  const project = await withModel(world, 'long');
  const settings = join(project, 'deploy/settings.sh');
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}\nexport ${setting}=${value}\n`);
  const called = join(tempFolder(), 'called');
  const first = inFront(world, { aws: `touch ${called}`, docker: `touch ${called}` });
  for (const name of ['build_and_push', 'upload_to_s3', 'deploy', 'iam']) {
    const refused = await script(world, project, `deploy/${name}.sh`, { first });
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(reason) });
  }
  expect(existsSync(called)).toBe(false);
});

test('a role of another account than the one that is signed in is refused before anything is done', async () => {
  const { project } = await deployable(world, 'abroad');
  const env = { ROLE_ARN: role.replace(account, '999999999999') };
  const refused = await script(world, project, 'deploy/deploy.sh', { env });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`you are signed in to the account ${account}, but the role is of another`);
});

test('an endpoint in service is asked with the request in SMOKE_TEST: one that does not answer fails the deployment, and who may not ask is told so', async () => {
  const { project } = await deployable(world, 'tried');
  const deploy = (first?: string) => script(world, project, 'deploy/deploy.sh', first ? { first } : {});
  const refusing = (error: string) =>
    inFront(world, {
      aws: `[[ $2 != invoke-endpoint ]] || { echo '${error}' >&2; exit 254; }\nexec "$real" "$@"`,
      sleep: ':',
    });
  const without = await deploy();
  expect(without).toMatchObject({ code: 0, stderr: '' });
  expect(without.stdout).toContain(
    'Whether it answers was not checked: SMOKE_TEST in deploy/settings.sh names a file that is not there: sample_model/payloads/payload.json\n',
  );
  mkdirSync(join(project, 'sample_model/payloads'), { recursive: true });
  writeFileSync(join(project, 'sample_model/payloads/payload.json'), '{"instances": [[1, 2]]}');
  expect((await deploy()).stdout).toContain('It answers the request in sample_model/payloads/payload.json\n');

  const said =
    'An error occurred (ModelError): Received client error (400) from primary with message "two columns"';
  const refused = await deploy(refusing(said));
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining(`payload.json:\n${said}\n`) });
  expect(await deploy(refusing('An error occurred (AccessDeniedException): no'))).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('was not checked: you may not call it (sagemaker:InvokeEndpoint)'),
  });
});
