import { expect, test } from 'vitest';
import { configured, role, start, variant } from './service.ts';

const model = (image: string, more: object = {}, whole: object = {}) => ({
  ModelName: 'm',
  ExecutionRoleArn: role,
  PrimaryContainer: { Image: image, ModelDataUrl: 's3://bucket/model.tar.gz', ...more },
  ...whole,
});

test.for([
  [
    model('i', {}, { ModelName: 'a_b', Tags: [{ Key: 'k' }] }),
    "2 validation errors detected: Value 'a_b' at 'modelName' failed to satisfy constraint: Member must satisfy " +
      'regular expression pattern: [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?; ' +
      "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
  ],
  [
    model('i', { Environment: { '1': 'x' } }),
    /Value '\{1=x\}' at 'primaryContainer.environment' failed to satisfy constraint: Map keys must satisfy constraint: \[Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: /,
  ],
  [model('i', { Mode: 'Many' }), /Member must satisfy enum value set: \[SingleModel, MultiModel\]$/],
  [model('i', {}, { ModelName: 7 }), 'NUMBER_VALUE can not be converted to a String'],
  [model('missing'), 'Requested image missing not found.'],
  [
    model('oci'),
    'Unsupported manifest media type application/vnd.oci.image.manifest.v1+json for image oci. ' +
      'Please ensure that valid manifest media type is used for specified image.',
  ],
  [
    model('i', { ContainerHostname: 'a' }, { Containers: [{ Image: 'i' }] }),
    /cannot specify both PrimaryContainer/,
  ],
  [model('i', {}, { EnableNetworkIsolation: true }), /does not serve containers without a network/],
  [
    model('i', { ModelDataUrl: 's3://nowhere/model.tar.gz' }),
    'Could not find model data at s3://nowhere/model.tar.gz.',
  ],
  [
    model('i', {
      ModelDataUrl: undefined,
      ModelDataSource: {
        S3DataSource: { S3Uri: 's3://b/model', S3DataType: 'S3Prefix', CompressionType: 'None' },
      },
    }),
    'S3Uri s3://b/model must end with "/" where S3DataType is S3Prefix.',
  ],
  [
    model('i', {
      ModelDataUrl: undefined,
      ModelDataSource: {
        S3DataSource: { S3Uri: 's3://b/model/', S3DataType: 'S3Object', CompressionType: 'None' },
      },
    }),
    'S3Uri s3://b/model/ must not end with "/" where S3DataType is S3Object.',
  ],
  [
    model('i', { ModelDataUrl: 'https://b.s3.amazonaws.com/model.tar.gz' }),
    /does not serve URLs of S3 that do not/,
  ],
] as const)('CreateModel of %j is refused: %s', async ([input, message]) => {
  const images = { missing: undefined, oci: 'application/vnd.oci.image.manifest.v1+json' };
  const local = await start({}, { images });
  const answer = await local.call('CreateModel', input);
  expect(['ValidationException', 'SerializationException']).toContain(answer.__type);
  expect(answer.message).toMatch(message);
  expect(await local.call('ListModels')).toEqual({ Models: [] });
});

test.for([
  [{ ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } }, /exactly one of InstanceType/],
  [{ ModelName: 'none' }, 'Could not find model "arn:aws:sagemaker:eu-west-1:123456789012:model/none".'],
  [
    { InstanceType: 'ml.g5.xlarge', VolumeSizeInGB: 10 },
    /VolumeSizeInGB is not supported for instance type ml.g5.xlarge/,
  ],
  [
    { InstanceType: 'ml.t3.medium' },
    /at 'productionVariants\.1\.member\.instanceType' .* enum value set: \[ml\./,
  ],
  [
    { ContainerStartupHealthCheckTimeoutInSeconds: 30 },
    /Member must have value greater than or equal to 60$/,
  ],
] as const)('a production variant with %j is refused: %s', async ([more, message]) => {
  const local = await start({});
  await local.call('CreateModel', model('i'));
  const answer = await local.call('CreateEndpointConfig', {
    EndpointConfigName: 'c',
    ProductionVariants: [variant('m', more)],
  });
  expect(answer.__type).toBe('ValidationException');
  expect(answer.message).toMatch(message);
});

test('notifications of asynchronous invocations are refused, since none would come', async () => {
  const local = await start({});
  await local.call('CreateModel', model('i'));
  const to = {
    S3OutputPath: 's3://bucket/out',
    NotificationConfig: { SuccessTopic: 'arn:aws:sns:eu-west-1:123456789012:done' },
  };
  const answer = await local.call('CreateEndpointConfig', {
    EndpointConfigName: 'c',
    ProductionVariants: [variant('m')],
    AsyncInferenceConfig: { OutputConfig: to },
  });
  expect(answer.message).toMatch(/does not serve notifications of asynchronous invocations/);
});

test('names are taken once, without regard to case and by region; what is not there cannot be found', async () => {
  const local = await start({});
  await configured(local, 'one');
  expect((await local.call('CreateModel', model('i', {}, { ModelName: 'ONE' }))).message).toBe(
    'Cannot create already existing model "arn:aws:sagemaker:eu-west-1:123456789012:model/one".',
  );
  expect(
    (await local.call('DescribeEndpointConfig', { EndpointConfigName: 'one' }, 'us-east-1')).message,
  ).toBe(
    'Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/one".',
  );
  expect((await local.call('DescribeEndpoint', { EndpointName: 'e' })).message).toBe(
    'Could not find endpoint "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e".',
  );
});

test('lists come in pages, in the order that is asked for, of names that contain a text', async () => {
  const local = await start({});
  for (const name of ['a1', 'b1', 'a2', 'a3']) await configured(local, name);
  const list = (more: object) =>
    local.call('ListModels', { SortBy: 'Name', SortOrder: 'Ascending', ...more });
  const names = ({ Models }: object & { Models?: unknown }) =>
    (Models as { ModelName: string }[]).map(({ ModelName }) => ModelName);
  const first = await list({ NameContains: 'a', MaxResults: 2 });
  const second = await list({ NameContains: 'a', MaxResults: 2, NextToken: first.NextToken });
  expect([names(first), names(second), second.NextToken]).toEqual([['a1', 'a2'], ['a3'], undefined]);
  expect(names(await local.call('ListModels'))).toEqual(['a3', 'a2', 'b1', 'a1']);
});

test('everything with an ARN has tags', async () => {
  const local = await start({});
  const { ModelArn, EndpointConfigArn } = await configured(local, 'one');
  const { EndpointArn } = await local.call('CreateEndpoint', {
    EndpointName: 'e',
    EndpointConfigName: 'one',
    Tags: [{ Key: 'a', Value: 'old' }],
  });
  for (const ResourceArn of [ModelArn, EndpointConfigArn, EndpointArn]) {
    const tagged = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ];
    await local.call('AddTags', { ResourceArn, Tags: tagged });
    expect(await local.call('ListTags', { ResourceArn })).toEqual({ Tags: tagged });
    await local.call('DeleteTags', { ResourceArn, TagKeys: ['a'] });
    expect(await local.call('ListTags', { ResourceArn })).toEqual({ Tags: tagged.slice(1) });
  }
});

test('tags that AWS refuses are refused, where they are added and where something is made with them', async () => {
  const local = await start({});
  const { ModelArn: ResourceArn } = await configured(local, 'one');
  const tag = (Key: string) => ({ Key, Value: 'v' });
  const many = Array.from({ length: 50 }, (_, number) => tag(`k${number}`));
  expect(await local.call('AddTags', { ResourceArn, Tags: many })).not.toHaveProperty('__type');
  for (const [Tags, type, why] of [
    [[tag('k50')], 'ResourceLimitExceeded', /may have 50 tags, and this one would have 51/],
    [[tag('a'), tag('a')], 'ValidationException', /Tag keys must be unique per resource/],
    [[tag('aws:a')], 'ValidationException', /aws:a is not allowed/],
  ] as const) {
    const answer = await local.call('AddTags', { ResourceArn, Tags });
    expect([answer.__type, answer.message]).toEqual([type, expect.stringMatching(why)]);
    if (Tags[0].Key === 'k50') continue;
    const made = await local.call('CreateModel', model('i', {}, { Tags }));
    expect(made.message).toMatch(why);
  }
  expect((await local.call('ListTags', { ResourceArn })).Tags).toEqual(many);
  expect((await local.call('ListModels')).Models).toHaveLength(1);
});

test('what was made at a time is among what was made after it, and descriptions have the defaults of AWS', async () => {
  const local = await start({});
  await configured(local, 'one');
  const described = await local.call('DescribeModel', { ModelName: 'one' });
  expect(described).toMatchObject({ EnableNetworkIsolation: false });
  const list = async (filter: object) => (await local.call('ListModels', filter)).Models;
  expect(await list({ CreationTimeAfter: described.CreationTime })).toHaveLength(1);
  expect(await list({ CreationTimeBefore: described.CreationTime })).toEqual([]);
  expect(await local.call('DescribeEndpointConfig', { EndpointConfigName: 'one' })).toMatchObject({
    EnableNetworkIsolation: false,
    ProductionVariants: [{ VariantName: 'AllTraffic', InitialVariantWeight: 1 }],
  });
});

test('calls fail as often as a fault says, then no more', async () => {
  const faults = [
    { what: 'ListModels', how: 'ThrottlingException', first: 1, last: 2 },
    { what: '*', how: 'ExpiredTokenException', first: 1, last: 1 },
  ];
  const local = await start({}, { faults });
  const types = [];
  for (let time = 0; time < 4; time++) types.push((await local.call('ListModels')).__type);
  expect(types).toEqual(['ThrottlingException', 'ThrottlingException', 'ExpiredTokenException', undefined]);
});

test('a call of SageMaker that is not served is no success, and other services are none of ours', async () => {
  const local = await start({});
  expect(await local.call('CreateTrainingJob')).toEqual({
    __type: 'UnknownOperationException',
    message: 'ml-container-creator local does not serve CreateTrainingJob',
  });
  expect((await fetch(`${local.service.url}/bucket/key`)).status).toBe(404);
});

test('of several models of one name at once, one is made', async () => {
  const local = await start({});
  const answers = await Promise.all([1, 2, 3].map(() => local.call('CreateModel', model('i'))));
  expect(answers.filter(({ ModelArn }) => ModelArn)).toHaveLength(1);
});

test.each(['constructor', 'toString', '__proto__', 'CreateTrainingJob'])(
  'an operation that is not served is refused as that: %s',
  async (operation) => {
    const local = await start({});
    expect(await local.call(operation)).toMatchObject({ __type: 'UnknownOperationException' });
  },
);
