import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { servers } from '../../generators/registry.ts';
import {
  baseRegistryOf,
  environmentOf,
  hostsOf,
  variantOptions,
} from '../../generators/render/deployment.ts';
import { renderProject } from '../../generators/render/render.ts';
import { writeProject } from '../../generators/render/write.ts';
import type { Settings } from '../../generators/settings/schema.ts';
import { combinations, projectFor, sources } from '../combinations.ts';
import { command, tempFolder } from '../harness.ts';

const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf';
const role = 'arn:aws:iam::123456789012:role/r';
const [combination] = combinations.filter(({ modelServer }) => servers.get(modelServer)?.needsGpu);

const projectOf = (settings: Partial<Settings>) => {
  if (!combination) throw new Error('no serving stack needs a GPU');
  return projectFor({ ...combination, projectName: 'p', awsRoleArn: role, ...settings });
};

/** What a policy allows, of these services: resources by action. */
function allowed(settings: Partial<Settings>, policy: string, services: RegExp): Record<string, string> {
  const file = renderProject(projectOf(settings)).find(({ path }) => path === `deploy/iam/${policy}.json`);
  const { Statement } = JSON.parse(file?.contents ?? '');
  const actions = Statement.flatMap(({ Action, Resource }: { Action: string | string[]; Resource: string }) =>
    [Action].flat().map((action) => [action, Resource]),
  );
  return Object.fromEntries(actions.filter(([action]: [string]) => services.test(action)));
}

test('the commands that the README has for policies without a role take one with a path', async () => {
  const project = projectFor({ ...combination, projectName: 'p' } as Settings, tempFolder());
  await writeProject(project, renderProject(project), false, console.error);
  const readme = readFileSync(join(project.folder, 'README.md'), 'utf8');
  const [, commands = ''] = /```bash\naccount=.*\n(sed [^`]*)```/.exec(readme) ?? [];
  await command('bash', ['-c', `account=123456789012\n${commands}`], { cwd: project.folder });
  const policy = readFileSync(join(project.folder, 'deploy/iam/deployer-policy.json'), 'utf8');
  const passed = JSON.parse(policy).Statement.find(
    ({ Action }: { Action: string }) => Action === 'iam:PassRole',
  );
  expect(passed.Resource).toBe('arn:aws:iam::123456789012:role/your-path/your-role');
  expect(policy).not.toMatch(/ACCOUNT_ID|ROLE_NAME/);
  expect(readdirSync(join(project.folder, 'deploy/iam')).filter((file) => file.endsWith('.bak'))).toEqual([]);
});

const data = /^(s3|secretsmanager):/;
const own = 'arn:aws:s3:::sagemaker-us-east-1-123456789012';
const upload = {
  's3:GetBucketLocation': own,
  's3:CreateBucket': own,
  's3:ListBucket': own,
  's3:PutBucketPublicAccessBlock': own,
  's3:PutBucketTagging': own,
  's3:PutObject': `${own}/p-0a1b2c3d/*`,
  's3:DeleteObject': `${own}/p-0a1b2c3d/*`,
  's3:AbortMultipartUpload': `${own}/p-0a1b2c3d/*`,
};
const uploaded = { 's3:GetObject': `${own}/p-0a1b2c3d/*`, 's3:ListBucket': own };
const files = { 's3:GetObject': 'arn:aws:s3:::bucket/models/mine/*', 's3:ListBucket': 'arn:aws:s3:::bucket' };
const region = { 's3:GetBucketLocation': 'arn:aws:s3:::bucket' };
const archive = {
  's3:GetObject': 'arn:aws:s3:::bucket/models/mine.tar.gz',
  's3:ListBucket': 'arn:aws:s3:::bucket',
};

test.each([
  ['folder', uploaded, upload],
  ['s3-from-hub', uploaded, upload],
  ['s3-prefix', files, { 's3:ListBucket': files['s3:ListBucket'], ...region }],
  ['s3-archive', archive, { ...archive, ...region }],
  ['hub', {}, {}],
])(
  'the policies of a model from %s allow what it takes, and nothing else of S3',
  (source, container, deployer) => {
    expect(allowed(sources[source] ?? {}, 'execution-role-policy', data)).toEqual(container);
    expect(allowed(sources[source] ?? {}, 'deployer-policy', data)).toEqual(deployer);
  },
);

/** The statements of a policy. */
function statements(settings: Partial<Settings>, policy: string) {
  const file = renderProject(projectOf(settings)).find(({ path }) => path === `deploy/iam/${policy}.json`);
  return JSON.parse(file?.contents ?? '').Statement as {
    readonly Action: string | string[];
    readonly Resource: string | string[];
    readonly Condition?: unknown;
  }[];
}

/** As IAM reads it. */
const covers = (pattern: string, name: string) =>
  new RegExp(`^${pattern.replace(/[.+]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);

test.each(Object.entries(sources))(
  'what a model from %s is found by lists nothing else of its bucket',
  (_, of) => {
    const settings = { ...of, ...(of.modelName ? {} : { adapters: ['a=s3://adapters/one/'] }) };
    for (const policy of ['deployer-policy', 'execution-role-policy'])
      for (const { Action, Condition } of statements(settings, policy))
        if ([Action].flat().includes('s3:ListBucket'))
          expect(Condition).toEqual({
            StringLike: {
              's3:prefix': expect.stringMatching(
                /^(p-0a1b2c3d\/|one\/|models\/mine\/)\*$|^models\/mine\.tar\.gz$/,
              ),
            },
          });
  },
);

test('the policies of a project reach nothing of one whose name starts the same', () => {
  const resources = ['deployer-policy', 'execution-role-policy'].flatMap((policy) =>
    statements({ ...sources.folder, projectName: 'p' }, policy).flatMap(({ Resource }) => Resource),
  );
  const account = 'us-east-1:123456789012';
  const of = (name: string) => [
    `arn:aws:sagemaker:${account}:model/${name}-261129010203`,
    `arn:aws:sagemaker:${account}:endpoint-config/${name}-261129010203`,
    `arn:aws:sagemaker:${account}:endpoint/${name}`,
    `arn:aws:logs:${account}:log-group:/aws/sagemaker/Endpoints/${name}`,
    `arn:aws:logs:${account}:log-group:/aws/sagemaker/Endpoints/${name}:log-stream:a`,
    `arn:aws:s3:::sagemaker-us-east-1-123456789012/${name}-0a1b2c3d/model.tar.gz`,
  ];
  const reached = (name: string) =>
    of(name).filter((arn) => resources.some((pattern) => pattern !== '*' && covers(pattern, arn)));
  expect(reached('p')).toEqual(of('p'));
  for (const other of ['p-x', 'p-261129010203', 'pq', 'p2']) expect(reached(other)).toEqual([]);
});

test('the role may read the one secret that was named', () => {
  const settings = { ...sources.hub, hfTokenSecretArn: secret };
  expect(allowed(settings, 'execution-role-policy', data)).toEqual({
    'secretsmanager:GetSecretValue': secret,
  });
});

test('only what was set becomes a variable of the container', () => {
  const { settings, server, origin } = projectOf({ ...sources.folder, maxModelLen: 2048 });
  expect(environmentOf(settings, server, origin)).toEqual({
    [server.environment?.maxModelLen ?? '']: '2048',
  });
});

test('an image without CUDA asks nothing special of its host, one with CUDA a driver', () => {
  const { instance, cuda, origin } = projectOf(sources.folder ?? {});
  expect(variantOptions(hostsOf(instance, cuda, origin, 16e9))).toContain('InferenceAmiVersion=al20');
  expect(variantOptions(hostsOf(instance, undefined, origin, 16e9))).toBe('');
});

test('a base image in a private registry is pulled from there, by its region and repository', () => {
  expect(baseRegistryOf('763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.36.0')).toEqual({
    host: '763104351884.dkr.ecr.us-west-2.amazonaws.com',
    region: 'us-west-2',
    arn: 'arn:aws:ecr:us-west-2:763104351884:repository/djl-inference',
  });
  expect(baseRegistryOf('vllm/vllm-openai:v0.33.0')).toBeUndefined();
});

test('on a GPU, our own server asks for it, for its driver, and for the builds with CUDA', () => {
  const settings = { framework: 'transformers', modelFormat: 'pretrained', modelServer: 'fastapi' };
  const dockerfile = (instanceType: string) =>
    renderProject(
      projectFor({ ...settings, task: 'fill-mask', instanceType, includeSampleModel: false }),
    ).find(({ path }) => path === 'Dockerfile')?.contents;
  expect(dockerfile('ml.g6.xlarge')).toMatch(
    /NVIDIA_VISIBLE_DEVICES=all \\\n +NVIDIA_DRIVER_CAPABILITIES=compute,utility\n/,
  );
  expect(dockerfile('ml.g6.xlarge')).not.toContain('PIP_EXTRA_INDEX_URL');
  expect(dockerfile('ml.m5.large')).not.toContain('NVIDIA');
  expect(dockerfile('ml.m5.large')).toContain('ARG PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu');
});
