import { expect, test } from 'vitest';
import { type Behaviour, configured, type Local, role, start, variant } from './service.ts';

/** A container with room for so many models, which tells what is done with it. */
function container(room: number) {
  const calls: string[] = [];
  const loaded = new Map<string, string>();
  const behaviour: Behaviour = {
    listener: (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const { method, url = '', headers } = request;
        const [, , name = '', invoke] = url.split('/');
        if (url === '/ping') return response.end();
        if (method === 'POST' && url === '/models') {
          const { model_name, url: place } = JSON.parse(Buffer.concat(parts).toString());
          if (loaded.size === room) return response.writeHead(507).end('no memory');
          calls.push('load');
          loaded.set(model_name, place);
          return response.end();
        }
        if (method === 'DELETE') {
          calls.push('unload');
          return response.writeHead(loaded.delete(name) ? 200 : 404).end();
        }
        if (!invoke || !loaded.has(name)) return response.writeHead(404).end();
        return response.end(
          `${headers['x-amzn-sagemaker-target-model']} ${loaded.get(name) === `/opt/ml/models/${name}/model`}`,
        );
      });
    },
  };
  return { behaviour, calls, loaded };
}

async function serving(one: Behaviour, count = 1): Promise<Local> {
  const local = await start({ one });
  await local.call('CreateModel', {
    ModelName: 'm',
    ExecutionRoleArn: role,
    PrimaryContainer: { Image: 'one', Mode: 'MultiModel', ModelDataUrl: 's3://bucket/models/' },
  });
  await local.call('CreateEndpointConfig', {
    EndpointConfigName: 'm',
    ProductionVariants: [variant('m', { InitialInstanceCount: count })],
  });
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'm' });
  await local.settled('e');
  for (const name of ['a', 'b', 'c']) local.s3.set(`/bucket/models/${name}.tar.gz`, 'an archive');
  return local;
}

const ask = async (local: Local, model: string) => {
  const answer = await local.invoke('e', { headers: { 'X-Amzn-SageMaker-Target-Model': model } });
  return answer.text();
};

test('a multi-model endpoint loads a model at its first request, and keeps it for the next ones', async () => {
  const { behaviour, calls } = container(9);
  const local = await serving(behaviour);
  expect(local.started[0]).toMatchObject({
    multiModel: true,
    environment: { SAGEMAKER_MULTI_MODEL: 'true' },
  });
  expect(local.started[0]).not.toHaveProperty('model');
  const answers = await Promise.all([1, 2, 3].map(() => ask(local, 'a.tar.gz')));
  expect([...answers, await ask(local, 'b.tar.gz')]).toEqual([
    ...Array(3).fill('a.tar.gz true'),
    'b.tar.gz true',
  ]);
  expect(calls).toEqual(['load', 'load']);
});

test('where a container has no memory for a model, the one that was not used for the longest time makes room', async () => {
  const { behaviour, calls, loaded } = container(2);
  const local = await serving(behaviour);
  for (const name of ['a', 'b', 'a', 'c', 'a'])
    expect(await ask(local, `${name}.tar.gz`)).toBe(`${name}.tar.gz true`);
  expect(calls).toEqual(['load', 'load', 'unload', 'load']);
  // What the container has given up by itself is loaded again.
  loaded.clear();
  expect(await ask(local, 'a.tar.gz')).toBe('a.tar.gz true');
});

test('a model that no memory is enough for is an error of the model, and one that is not on S3 one of the request', async () => {
  const local = await serving(container(0).behaviour);
  expect(JSON.parse(await ask(local, 'a.tar.gz'))).toMatchObject({
    OriginalStatusCode: 507,
    OriginalMessage: 'no memory',
  });
  expect(JSON.parse(await ask(local, 'none.tar.gz'))).toMatchObject({
    ErrorCode: 'ValidationError',
    Message: expect.stringMatching(
      /^Failed to download model data\(bucket: bucket, key: models\/none\.tar\.gz\)\./,
    ),
  });
});

test('requests go to an instance that has their model', async () => {
  const { behaviour, calls } = container(9);
  const local = await serving(behaviour, 3);
  for (let time = 0; time < 12; time++) await ask(local, 'a.tar.gz');
  expect(calls).toEqual(['load']);
});

test('TargetModel belongs to multi-model endpoints, and they to it', async () => {
  const local = await serving(container(9).behaviour);
  await configured(local, 'two');
  await local.call('CreateEndpoint', { EndpointName: 'f', EndpointConfigName: 'two' });
  await local.settled('f');
  const message = async (name: string, headers: Record<string, string>, path = 'invocations') =>
    ((await (await local.invoke(name, { headers, path })).json()) as { Message: string }).Message;
  expect(await message('e', {})).toBe('Endpoint e is a multi-model endpoint: TargetModel must be specified.');
  expect(await message('f', { 'X-Amzn-SageMaker-Target-Model': 'a' })).toBe(
    'Endpoint f is not a multi-model endpoint and does not support target model header.',
  );
  expect(await message('e', {}, 'invocations-response-stream')).toMatch(/does not support/);
});
