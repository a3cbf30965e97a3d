import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  account,
  aws,
  deployable,
  inFront,
  inSageMaker,
  role,
  sagemaker,
  script,
  type World,
} from './world.ts';

/** A script with something to do, again and again. */
export interface Scene {
  readonly project: string;
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Programs to find before others. */
  readonly first: string;
  /** The endpoint is there from before to after. */
  readonly keepsEndpoint?: boolean;
  /** What is not the project's, and stays. */
  readonly others?: readonly string[];
  /** Makes it so that the script has something to do. */
  prepare(): Promise<unknown>;
  /** Whether that has been done; how much there is may tell of what was left behind. */
  isDone(): Promise<boolean>;
}

const tagged = (project: string) => [{ Key: 'ml-container-creator:project', Value: project }];

/** The project's name and id, as its tag has them. */
function tagOf(project: string, name: string): string {
  const settings = readFileSync(join(project, 'deploy/settings.sh'), 'utf8');
  return `${name}-${/^export PROJECT_ID='?(\w*)/m.exec(settings)?.[1]}`;
}

/** Makes a model and a configuration of a project, without its scripts. */
export async function make(world: World, name: string, tag: string, type = 'ml.m5.large'): Promise<void> {
  const Image = `${account}.dkr.ecr.eu-west-1.amazonaws.com/x@sha256:${'0'.repeat(64)}`;
  const Tags = tagged(tag);
  const input = { ModelName: name, ExecutionRoleArn: role, PrimaryContainer: { Image }, Tags };
  await sagemaker(world, 'CreateModel', input);
  const ProductionVariants = [
    { VariantName: 'AllTraffic', ModelName: name, InstanceType: type, InitialInstanceCount: 1 },
  ];
  await sagemaker(world, 'CreateEndpointConfig', { EndpointConfigName: name, ProductionVariants, Tags });
}

export const start = (world: World, EndpointName: string, EndpointConfigName: string, tag: string) =>
  sagemaker(world, 'CreateEndpoint', { EndpointName, EndpointConfigName, Tags: tagged(tag) });

/** Takes away all that a project has in SageMaker. */
export async function wipe(world: World, project: string): Promise<void> {
  const kinds: Record<string, string> = {
    endpoint: 'Endpoint',
    configuration: 'EndpointConfig',
    model: 'Model',
  };
  for (const one of await inSageMaker(world, project)) {
    const [kind = '', name] = one.split(' ');
    await sagemaker(world, `Delete${kinds[kind]}`, { [`${kinds[kind]}Name`]: name });
  }
}

/** The endpoint of a project: which configuration it runs; undefined where there is none. */
export async function running(world: World, name: string): Promise<string | undefined> {
  const found = await sagemaker(world, 'DescribeEndpoint', { EndpointName: name }).catch(() => undefined);
  return found?.EndpointStatus === 'InService' ? found.EndpointConfigName : undefined;
}

export const digits = (n: number) => n.toString(16).padStart(12, '0');

let made = 0;
const unique = (what: string) => `${what}-${++made}`;

/** Every script that asks AWS for something, with each of its ways. */
export const scenes: Readonly<Record<string, (world: World) => Promise<Scene>>> = {
  async 'deploy.sh, the first time'(world) {
    const scene = await sceneOf(world, 'deploy');
    return {
      ...scene,
      prepare: () => wipe(world, scene.name),
      isDone: async () =>
        (await inSageMaker(world, scene.name)).length === 3 &&
        (await running(world, scene.name)) !== undefined,
    };
  },
  async 'deploy.sh, an update'(world) {
    const scene = await sceneOf(world, 'deploy');
    // So that each deletes one.
    scene.set('KEEP', '1');
    for (const _ of [1, 2]) {
      scene.set('TAGS', `Key=n,Value=${unique('t')}`);
      expect(await script(world, scene.project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
    }
    let old: string | undefined;
    return {
      ...scene,
      keepsEndpoint: true,
      async prepare() {
        old = await running(world, scene.name);
        scene.set('TAGS', `Key=n,Value=${unique('t')}`);
      },
      isDone: async () =>
        (await inSageMaker(world, scene.name)).length === 5 && (await running(world, scene.name)) !== old,
    };
  },
  async 'deploy.sh --adopt'(world) {
    const scene = await sceneOf(world, 'deploy', ['--adopt']);
    const old = `${scene.name}-${digits(1)}`;
    return {
      ...scene,
      keepsEndpoint: true,
      others: [`model ${old}`, `configuration ${old}`],
      async prepare() {
        await wipe(world, scene.name);
        await make(world, old, 'another');
        await start(world, scene.name, old, 'another');
      },
      isDone: async () => (await running(world, scene.name)) !== old,
    };
  },
  async 'deploy.sh, where the endpoint is Failed'(world) {
    const scene = await sceneOf(world, 'deploy');
    const old = `${scene.name}-${digits(1)}`;
    return {
      ...scene,
      async prepare() {
        await wipe(world, scene.name);
        await make(world, old, scene.tag, 'ml.p5.48xlarge');
        await start(world, scene.name, old, scene.tag);
      },
      isDone: async () => ![undefined, old].includes(await running(world, scene.name)),
    };
  },
  async 'rollback.sh'(world) {
    const scene = await sceneOf(world, 'rollback');
    const [old, now] = [1, 2].map((n) => `${scene.name}-${digits(n)}`) as [string, string];
    return {
      ...scene,
      args: [old],
      keepsEndpoint: true,
      async prepare() {
        await wipe(world, scene.name);
        for (const one of [old, now]) await make(world, one, scene.tag);
        await start(world, scene.name, now, scene.tag);
      },
      isDone: async () => (await running(world, scene.name)) === old,
    };
  },
  async 'undeploy.sh'(world) {
    const scene = await sceneOf(world, 'undeploy', ['--yes']);
    return {
      ...scene,
      async prepare() {
        const all = [1, 2].map((n) => `${scene.name}-${digits(n)}`);
        await wipe(world, scene.name);
        for (const one of all) await make(world, one, scene.tag);
        await start(world, scene.name, all[1] ?? '', scene.tag);
      },
      isDone: async () => (await inSageMaker(world, scene.name)).length === 0,
    };
  },
  async 'undeploy.sh --all'(world) {
    const scene = await sceneOf(world, 'undeploy', ['--yes', '--all']);
    const bucket = unique('all-of-it');
    await aws(world, 's3', 'mb', `s3://${bucket}`).catch(() => undefined);
    scene.set('MODEL_BUCKET', bucket);
    return {
      ...scene,
      async prepare() {
        await aws(world, 'ecr', 'delete-repository', '--force', '--repository-name', scene.name).catch(
          () => undefined,
        );
        await aws(world, 's3api', 'put-object', '--bucket', bucket, '--key', `${scene.tag}/model-1.tar.gz`);
        await aws(
          world,
          ...['ecr', 'create-repository', '--repository-name', scene.name],
          ...['--tags', `Key=ml-container-creator:project,Value=${scene.tag}`],
        );
      },
      async isDone() {
        const { repositories } = await aws(world, 'ecr', 'describe-repositories');
        const left = await aws(world, 's3api', 'list-objects-v2', '--bucket', bucket);
        return (
          !left?.Contents &&
          !repositories.some(
            ({ repositoryName }: { repositoryName: string }) => repositoryName === scene.name,
          )
        );
      },
    };
  },
  async 'upload_to_s3.sh'(world) {
    const scene = await sceneOf(world, 'upload_to_s3');
    let bucket = '';
    return {
      ...scene,
      async prepare() {
        bucket = unique('a-bucket');
        scene.set('MODEL_BUCKET', bucket);
      },
      isDone: () =>
        aws(world, 's3api', 'list-objects-v2', '--bucket', bucket).then(
          (listed) => listed?.Contents?.length === 1,
          () => false,
        ),
    };
  },
  async 'build_and_push.sh'(world) {
    const scene = await sceneOf(world, 'build_and_push');
    let repository = '';
    return {
      ...scene,
      async prepare() {
        repository = unique('an-image');
        scene.set('IMAGE_REPOSITORY', repository);
      },
      isDone: () =>
        aws(world, 'ecr', 'list-images', '--repository-name', repository).then(
          ({ imageIds }) => imageIds.length > 0,
          () => false,
        ),
    };
  },
  async 'iam.sh, the first time'(world) {
    const scene = await sceneOf(world, 'iam');
    let name = '';
    return {
      ...scene,
      async prepare() {
        name = unique('a-role');
        scene.set('PROJECT_NAME', name);
      },
      isDone: () => hasRole(world, name),
    };
  },
  async 'iam.sh, again'(world) {
    const scene = await sceneOf(world, 'iam');
    expect(await script(world, scene.project, 'deploy/iam.sh', { first: scene.first })).toMatchObject({
      code: 0,
    });
    return { ...scene, prepare: async () => undefined, isDone: () => hasRole(world, scene.name) };
  },
  async 'status.sh'(world) {
    const scene = await sceneOf(world, 'status');
    expect(await script(world, scene.project, 'deploy/deploy.sh')).toMatchObject({ code: 0 });
    return { ...scene, keepsEndpoint: true, prepare: async () => undefined, isDone: async () => true };
  },
  async 'logs.sh --last-failure'(world) {
    const scene = await sceneOf(world, 'logs', ['--last-failure']);
    return { ...scene, prepare: async () => undefined, isDone: async () => true };
  },
};

/** Whether iam.sh has made its role, with a policy, and the deployer's policy. */
const hasRole = (world: World, name: string): Promise<boolean> =>
  aws(
    world,
    ...['iam', 'get-role-policy', '--role-name', `${name}-execution`, '--policy-name', 'execution'],
  ).then(
    async () => {
      const { Policies } = await aws(world, 'iam', 'list-policies', '--scope', 'Local');
      return Policies.some(({ PolicyName }: { PolicyName: string }) => PolicyName === `${name}-deployer`);
    },
    () => false,
  );

export async function sceneOf(world: World, file: string, args: readonly string[] = []) {
  const name = unique(file.replaceAll('_', '-'));
  const { project } = await deployable(world, name);
  const first = inFront(world, {
    sleep: ':',
    // Its push is done by the CLI, which is no call of the script.
    docker: `case "$*" in
  --version) echo Docker version 29 ;;
  "image inspect "*) echo linux/arm64 ;;
  login*) cat >/dev/null ;;
  push*)
    tag=\${2##*:} repository=\${2#*/}
    unset AWS_SDK_UA_APP_ID
    export AWS_ENDPOINT_URL=${world.env.AWS_ENDPOINT_URL}
    exec "$real" ecr put-image --repository-name "\${repository%:*}" --image-tag "$tag" --output text --image-manifest \\
      '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": [],
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": "sha256:0"}}' >/dev/null
    ;;
esac`,
  });
  /** Has its settings be others than before. */
  const set = (setting: string, value: string) =>
    appendFileSync(join(project, 'deploy/settings.sh'), `export ${setting}='${value}'\n`);
  return { project, name, file: `deploy/${file}.sh`, args, first, tag: tagOf(project, name), set };
}
