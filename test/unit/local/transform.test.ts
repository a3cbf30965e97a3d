import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpacked } from '../../../generators/local/service/others.ts';
import { assembled, requestsOf } from '../../../generators/local/transform/records.ts';
import { type Behaviour, type Local, role, start } from './service.ts';

test('whatever the lines, requests hold all of them in order, none larger than allowed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 9 }).map((line) => line.replaceAll('\n', ''))),
      fc.boolean(),
      (lines, several) => {
        const object = Buffer.from(lines.join('\n'));
        const requests = requestsOf(object, { byLine: true, several, most: 40 });
        expect(Buffer.concat(requests)).toEqual(object);
        expect(requests.every(({ length }) => length <= 40)).toBe(true);
        if (!several) expect(requests.every((one) => !one.subarray(0, -1).includes(10))).toBe(true);
      },
    ),
  );
});

test('requests are as large as they may be, and a line that has no room is refused', () => {
  const ways = { byLine: true, several: true, most: 6 };
  const texts = (object: string, more = {}) =>
    requestsOf(Buffer.from(object), { ...ways, ...more }).map((one) => one.toString());
  expect(texts('1\n2\n3\n4\n5')).toEqual(['1\n2\n3\n', '4\n5']);
  expect(texts('1\n2\n', { several: false })).toEqual(['1\n', '2\n']);
  expect(texts('1\n2\n', { byLine: false })).toEqual(['1\n2\n']);
  expect(() => texts('1\n1234567\n')).toThrow('a record has 8 bytes, and a request at most 6');
  expect(assembled([Buffer.from('1'), Buffer.from('2\n')], true).toString()).toBe('1\n2\n');
});

/** Doubles each line. */
const doubling: Behaviour = {
  listener: (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/ping') return response.end();
      if (request.url === '/execution-parameters')
        return response.end(JSON.stringify({ MaxConcurrentTransforms: 4, BatchStrategy: 'SINGLE_RECORD' }));
      const lines = Buffer.concat(parts).toString().trim().split('\n');
      const isBad = lines.includes('bad');
      return response.writeHead(isBad ? 400 : 200).end(lines.map((line) => Number(line) * 2).join('\n'));
    });
  },
};

const job = (more: object = {}, from: object = {}) => ({
  TransformJobName: 'j',
  ModelName: 'm',
  TransformInput: {
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/in/' } },
    ContentType: 'text/csv',
    SplitType: 'Line',
    ...from,
  },
  TransformOutput: { S3OutputPath: 's3://bucket/out', Accept: 'text/csv', AssembleWith: 'Line' },
  TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 2 },
  ...more,
});

async function withModel(): Promise<Local> {
  const local = await start({ doubling });
  const container = {
    Image: 'doubling',
    ModelDataUrl: 's3://bucket/model.tar.gz',
    Environment: { A: 'model', B: 'b' },
  };
  await local.call('CreateModel', { ModelName: 'm', ExecutionRoleArn: role, PrimaryContainer: container });
  return local;
}

async function ended(local: Local) {
  for (;;) {
    const described = await local.call('DescribeTransformJob', { TransformJobName: 'j' });
    if (!['InProgress', 'Stopping'].includes(described.TransformJobStatus as string)) return described;
    await new Promise((done) => setTimeout(done, 5));
  }
}

test('a batch transform job answers every line of every object, in their order, on all its instances', async () => {
  const local = await withModel();
  const numbers = Array.from({ length: 200 }, (_, index) => index);
  local.s3.set('/bucket/in/a b.csv', `${numbers.join('\n')}\n`);
  local.s3.set('/bucket/in/deep/b.csv', '7');
  await local.call('CreateTransformJob', job({ Environment: { A: 'job' }, MaxPayloadInMB: 1 }));
  const described = await ended(local);
  expect(described).toMatchObject({ TransformJobStatus: 'Completed', ModelName: 'm' });
  expect(described).not.toHaveProperty('FailureReason');
  expect(local.s3.get('/bucket/out/a b.csv.out')).toBe(numbers.map((number) => `${number * 2}\n`).join(''));
  expect(local.s3.get('/bucket/out/deep/b.csv.out')).toBe('14\n');
  expect(local.started.map(({ environment }) => environment)).toEqual(
    Array(2).fill({ A: 'job', B: 'b', SAGEMAKER_BATCH: 'true', SAGEMAKER_MAX_PAYLOAD_IN_MB: '1' }),
  );
  expect(local.lines).toContain(
    '/aws/sagemaker/TransformJobs j/data-log [sagemaker logs]: ' +
      'MaxConcurrentTransforms=4, MaxPayloadInMB=1, BatchStrategy=SINGLE_RECORD',
  );
  expect(local.running.size).toBe(0);
});

test('what a key holds is its own: dots in it lead to no other object, whether it is read or written', async () => {
  const local = await withModel();
  local.s3.set('/bucket/in/../1.csv', '1');
  local.s3.set('/bucket/1.csv', '1000');
  local.s3.set('/bucket/in/./%2e%2e/2.csv', '2');
  await local.call('CreateTransformJob', job());
  expect(await ended(local)).toMatchObject({ TransformJobStatus: 'Completed' });
  expect(local.s3.get('/bucket/out/../1.csv.out')).toBe('2\n');
  expect(local.s3.get('/bucket/out/./%2e%2e/2.csv.out')).toBe('4\n');
  expect(local.s3.size).toBe(5);
});

test('what unpacks to more than there is room for fails by its size', () => {
  const packed = gzipSync(Buffer.alloc(100_000));
  expect(unpacked(packed, 100_000)).toHaveLength(100_000);
  expect(() => unpacked(packed, 99_999)).toThrow('it has more than 99999 bytes, as many as');
  expect(() => unpacked(Buffer.from('none'))).toThrow('incorrect header check');
});

test('an object that the model refuses fails the job, with the reason in its log; the others are written', async () => {
  const local = await withModel();
  local.s3.set('/bucket/in/1.csv', 'bad\n');
  local.s3.set('/bucket/in/2.csv', '1\n');
  await local.call('CreateTransformJob', job());
  expect(await ended(local)).toMatchObject({
    TransformJobStatus: 'Failed',
    FailureReason: 'ClientError: See job logs for more information',
  });
  expect([local.s3.has('/bucket/out/1.csv.out'), local.s3.get('/bucket/out/2.csv.out')]).toEqual([
    false,
    '2\n',
  ]);
  expect(local.lines.join('\n')).toContain('bucket/in/1.csv: Bad HTTP status received from algorithm: 400');
});

test('a job can be stopped, is listed, and its name is taken', async () => {
  const local = await withModel();
  local.s3.set('/bucket/in/1.csv', Array(5000).fill('1').join('\n'));
  await local.call('CreateTransformJob', job());
  await local.call('StopTransformJob', { TransformJobName: 'j' });
  expect(await ended(local)).toMatchObject({ TransformJobStatus: 'Stopped' });
  expect(await local.call('ListTransformJobs', { StatusEquals: 'Stopped' })).toMatchObject({
    TransformJobSummaries: [{ TransformJobName: 'j' }],
  });
  expect(await local.call('CreateTransformJob', job())).toMatchObject({ __type: 'ResourceInUse' });
  expect(local.running.size).toBe(0);
});

test.for([
  [job({}, { SplitType: 'TFRecord' }), /does not serve batch transform with SplitType/],
  [job({ DataProcessing: { JoinSource: 'Input' } }), /does not serve batch transform with DataProcessing/],
  [job({ MaxConcurrentTransforms: 20, MaxPayloadInMB: 6 }), /must not exceed 100 MB/],
  [job({ ModelName: 'none' }), /^Could not find model/],
] as const)('a job with %j is refused: %s', async ([input, message]) => {
  const local = await withModel();
  const answer = await local.call('CreateTransformJob', input);
  expect(answer.__type).toBe('ValidationException');
  expect(answer.message).toMatch(message);
});

test.each([0, -1, 'many', 1e9])(
  'a container that takes %j requests at a time fails the job',
  async (many) => {
    const odd: Behaviour = {
      listener: (request, response) =>
        response.end(
          request.url === '/execution-parameters' ? JSON.stringify({ MaxConcurrentTransforms: many }) : '',
        ),
    };
    const local = await start({ i: odd }, { timeScale: 100 });
    local.s3.set('/bucket/in/a.csv', '1\n');
    await local.call('CreateModel', {
      ModelName: 'm',
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: 'i' },
    });
    await local.call('CreateTransformJob', job());
    await expect
      .poll(() => local.call('DescribeTransformJob', { TransformJobName: 'j' }))
      .toMatchObject({
        TransformJobStatus: 'Failed',
        FailureReason: 'AlgorithmError: See job logs for more information',
      });
  },
);
