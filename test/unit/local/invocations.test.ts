import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { configured, healthy, type Local, start } from './service.ts';

async function serving(
  answer: RequestListener,
  more: object = {},
  whole: object = {},
  limitScale = 1,
): Promise<Local> {
  const local = await start({ one: healthy(answer) }, { limitScale });
  await configured(local, 'one', 'one', more, whole);
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  await local.settled('e');
  return local;
}

/** Sends back what came in. */
const mirror: RequestListener = (request, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/csv',
    'X-Amzn-SageMaker-Custom-Attributes': 'from the container',
    'X-Other': 'not passed on',
  });
  response.write(JSON.stringify({ path: request.url, headers: request.headers }));
  request.pipe(response);
};

test('a container gets the headers that SageMaker passes on, and no others; so does the caller', async () => {
  const local = await serving(mirror);
  const answer = await local.invoke('e', {
    body: '1,2',
    headers: {
      'Content-Type': 'text/csv',
      Accept: 'text/csv',
      'X-Amzn-SageMaker-Custom-Attributes': 'a=1',
      'X-Mine': 'dropped',
    },
  });
  const text = await answer.text();
  const { path, headers } = JSON.parse(text.slice(0, text.lastIndexOf('}') + 1));
  expect(path).toBe('/invocations');
  expect(headers).toMatchObject({
    'content-type': 'text/csv',
    accept: 'text/csv',
    'x-amzn-sagemaker-custom-attributes': 'a=1',
    'content-length': '3',
  });
  expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-mine', 'authorization']));
  expect(text.endsWith('1,2')).toBe(true);
  expect(answer.headers.get('content-type')).toBe('text/csv');
  expect(answer.headers.get('x-amzn-sagemaker-custom-attributes')).toBe('from the container');
  expect(answer.headers.has('x-other')).toBe(false);
  expect(answer.headers.get('x-amzn-invoked-production-variant')).toBe('AllTraffic');
});

/** As generate_token of the SageMaker Python SDK makes them. */
function token(to = 'eu-west-1') {
  const signed = `X-Amz-Credential=AKID%2F20261129%2F${to}%2Fsagemaker%2Faws4_request&X-Amz-Expires=300&X-Amz-Signature=0`;
  const url = `sagemaker.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&${signed}&Version=1`;
  return { Authorization: `Bearer sagemaker-api-key-${Buffer.from(url).toString('base64')}` };
}

test("clients of OpenAI's API reach the container's own path with a token, and get its answer part by part", async () => {
  const local = await serving((request, response) => {
    if (request.headers['content-type'] === 'wrong') return void response.writeHead(400).end('no such model');
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`data: ${request.url}\n\n`);
    setTimeout(() => response.end('data: [DONE]\n\n'), 100);
  });
  const path = 'openai/v1/chat/completions';
  const chat = (headers: Record<string, string>) =>
    local.invoke('e', { path, headers, body: '{"messages": []}' });
  const answer = await chat(token());
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const parts: string[] = [];
  for await (const part of answer.body ?? []) parts.push(Buffer.from(part).toString());
  expect(parts).toEqual(['data: /v1/chat/completions\n\n', 'data: [DONE]\n\n']);

  const refused = await chat({ ...token(), 'Content-Type': 'wrong' });
  expect([refused.status, await refused.json()]).toMatchObject([424, { OriginalStatusCode: 400 }]);
  const elsewhere = await chat(token('us-east-1'));
  expect([elsewhere.status, await elsewhere.text()]).toEqual([
    400,
    expect.stringContaining('Endpoint e of account'),
  ]);
  for (const wrong of [{}, { Authorization: 'Bearer mine' }, { Authorization: '' }])
    expect([(await chat(wrong)).status]).toEqual([403]);
  expect((await local.invoke('e', { headers: token() })).status).toBe(403);
});

test('an error of the container becomes a ModelError with its status, its message and the log', async () => {
  const local = await serving((_, response) => response.writeHead(415).end('{"error": "no such type"}'));
  const answer = await local.invoke('e');
  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([424, 'ModelError']);
  expect(await answer.json()).toMatchObject({
    OriginalStatusCode: 415,
    OriginalMessage: '{"error": "no such type"}',
    Message: expect.stringMatching(
      /^Received client error \(415\) from primary with message "\{"error": "no such type"\}"\. See https:\/\/eu-west-1\.console/,
    ),
    LogStreamArn: expect.stringContaining('/aws/sagemaker/Endpoints/e'),
  });
});

test('an invocation of more than 60 seconds, and one whose process ends, are errors of the model', async () => {
  const answer: RequestListener = (request, response) => {
    if (request.headers['content-type'] === 'ends') response.destroy();
    if (request.headers['content-type'] === 'begins') response.write('begun');
  };
  const local = await serving(answer, {}, {}, 200);
  for (const type of ['never', 'begins'])
    expect(await (await local.invoke('e', { headers: { 'Content-Type': type } })).json()).toMatchObject({
      OriginalStatusCode: 0,
      OriginalMessage: expect.stringContaining('timed out'),
    });
  const path = 'invocations-response-stream';
  const cut = await local.invoke('e', { path, headers: { 'Content-Type': 'begins' } });
  expect(decoded(Buffer.from(await cut.arrayBuffer())).map(({ payload }) => payload)).toEqual([
    'begun',
    expect.stringContaining('ModelInvocationTimeExceeded'),
  ]);
  const ended = await local.invoke('e', { headers: { 'Content-Type': 'ends' } });
  expect([ended.status, ((await ended.json()) as { OriginalMessage: string }).OriginalMessage]).toEqual([
    424,
    'An error occurred while handling request as the model process exited.',
  ]);
});

test('bodies are taken up to 25 MB, on serverless endpoints to 4 MB', async () => {
  const local = await serving(mirror);
  const size = async (at: Local, megabytes: number) =>
    (await at.invoke('e', { body: Buffer.alloc(megabytes * 1024 * 1024) })).status;
  expect([await size(local, 25), await size(local, 26)]).toEqual([200, 413]);
  const instance = { InstanceType: undefined, InitialInstanceCount: undefined };
  const config = { ...instance, ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 1 } };
  const serverless = await serving(mirror, config);
  expect([await size(serverless, 4), await size(serverless, 5)]).toEqual([200, 413]);
  expect(serverless.started[0]).toMatchObject({ memoryMB: 2048, serverless: true });
});

test('a serverless endpoint starts a container for each request at a time up to its concurrency, and ends idle ones', async () => {
  const local = await serving((_, response) => void setTimeout(() => response.end(), 100), {
    InstanceType: undefined,
    InitialInstanceCount: undefined,
    ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 2 },
  });
  expect(local.running.size).toBe(1);
  const answers = await Promise.all([1, 2, 3].map(() => local.invoke('e')));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 429]);
  expect(local.running.size).toBe(2);
  while (local.running.size) await new Promise((done) => setTimeout(done, 20));
  // A cold start.
  expect((await local.invoke('e')).status).toBe(200);
  expect(local.running.size).toBe(1);
});

test('a serverless container that starts slowly is not taken for an idle one', async () => {
  const ready = performance.now() + 2200;
  const local = await start({
    one: { listener: (_, response) => response.writeHead(performance.now() > ready ? 200 : 503).end() },
  });
  await configured(local, 'one', 'one', {
    InstanceType: undefined,
    InitialInstanceCount: undefined,
    ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 },
  });
  // The service is older than what a container may be idle for.
  await new Promise((done) => setTimeout(done, 1600));
  await local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  expect(await local.settled('e')).toMatchObject({ EndpointStatus: 'InService' });
});

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

/** Messages of AWS's encoding, by its description. */
function decoded(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [total, headersLength] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
    const headers: Record<string, string> = {};
    for (let place = at + 12; place < at + 12 + headersLength; ) {
      const name = bytes.subarray(place + 1, place + 1 + (bytes[place] as number)).toString();
      const value = place + 1 + name.length + 1;
      const length = bytes.readUInt16BE(value);
      headers[name] = bytes.subarray(value + 2, value + 2 + length).toString();
      place = value + 2 + length;
    }
    messages.push({ headers, payload: bytes.subarray(at + 12 + headersLength, at + total - 4).toString() });
    at += total;
  }
  return messages;
}

test('a stream comes as events while the container writes it, and one that breaks says so', async () => {
  const local = await serving((request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/jsonlines' });
    response.write('first\n');
    const end = () =>
      request.headers['content-type'] === 'breaks' ? response.destroy() : response.end('second\n');
    setTimeout(end, 50);
  });
  const path = 'invocations-response-stream';
  const answer = await local.invoke('e', { path });
  expect(answer.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
  expect(answer.headers.get('x-amzn-sagemaker-content-type')).toBe('application/jsonlines');
  const parts = decoded(Buffer.from(await answer.arrayBuffer()));
  expect(parts.map(({ payload }) => payload)).toEqual(['first\n', 'second\n']);
  expect(parts[0]?.headers).toMatchObject({ ':event-type': 'PayloadPart', ':message-type': 'event' });
  const broken = await local.invoke('e', { path, headers: { 'Content-Type': 'breaks' } });
  const last = decoded(Buffer.from(await broken.arrayBuffer())).at(-1);
  expect(last?.headers).toMatchObject({
    ':exception-type': 'ModelStreamError',
    ':message-type': 'exception',
  });
  expect(JSON.parse(last?.payload ?? '')).toMatchObject({ ErrorCode: 'StreamBroken' });
});

test('an asynchronous invocation reads its input from S3 and leaves there what came, or why nothing did', async () => {
  const config = {
    AsyncInferenceConfig: {
      OutputConfig: { S3OutputPath: 's3://bucket/out/', S3FailurePath: 's3://bucket/failed' },
      ClientConfig: { MaxConcurrentInvocationsPerInstance: 1 },
    },
  };
  const local = await serving(
    (request, response) => {
      if (request.headers['content-type'] === 'bad') response.writeHead(400).end('bad rows');
      else request.pipe(response);
    },
    {},
    config,
  );
  local.s3.set('/bucket/in.csv', '1,2');
  const asked = (type: string, location: string) =>
    local.invoke('e', {
      path: 'async-invocations',
      body: '',
      headers: { 'X-Amzn-SageMaker-InputLocation': location, 'X-Amzn-SageMaker-Content-Type': type },
    });
  const object = async (answer: Response, header: string) => {
    expect(answer.status).toBe(202);
    const path = answer.headers.get(`X-Amzn-SageMaker-${header}`)?.replace('s3:/', '') ?? '';
    while (!local.s3.has(path)) await new Promise((done) => setTimeout(done, 5));
    return local.s3.get(path);
  };
  expect(await object(await asked('text/csv', 's3://bucket/in.csv'), 'OutputLocation')).toBe('1,2');
  expect(await object(await asked('bad', 's3://bucket/in.csv'), 'FailureLocation')).toContain('bad rows');
  expect(await object(await asked('text/csv', 's3://bucket/none.csv'), 'FailureLocation')).toContain('404');
  const refused = await local.invoke('e');
  expect([refused.status, ((await refused.json()) as { Message: string }).Message]).toEqual([
    400,
    'Endpoint e is for asynchronous inference: use InvokeEndpointAsync.',
  ]);
});

test.for([
  ['none', {}, 'Endpoint none of account 123456789012 not found.'],
  ['E', {}, 'Endpoint E of account 123456789012 not found.'],
  [
    'e',
    { 'X-Amzn-SageMaker-Target-Variant': 'b' },
    'Variant b not found for endpoint e of account 123456789012.',
  ],
  ['e', { 'X-Amzn-SageMaker-Enable-Explanations': 'true' }, /does not serve explanations/],
  [
    'e',
    { 'X-Amzn-SageMaker-Session-Id': '-' },
    /^1 validation error detected: Value '-' at 'sessionId' failed to satisfy constraint: Member must satisfy/,
  ],
] as const)('an invocation of %s with %j is refused: %s', async ([name, headers, message]) => {
  const local = await serving(mirror);
  const answer = await local.invoke(name, { headers });
  const body = (await answer.json()) as { Message: string };
  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationError']);
  expect(body.Message).toMatch(message);
});

test('a caller who leaves before a stream begins keeps no instance busy', async () => {
  const local = await serving((_, response) => setTimeout(() => response.end('late'), 300));
  const left = local.invoke('e', {
    path: 'invocations-response-stream',
    signal: AbortSignal.timeout(100),
  });
  await expect(left).rejects.toThrow('timeout');
  await new Promise((done) => setTimeout(done, 500));
  await local.call('DeleteEndpoint', { EndpointName: 'e' });
  await expect.poll(() => local.running.size, { timeout: 5000 }).toBe(0);
});

test('an answer that never ends takes no more memory than one may have', async () => {
  const part = Buffer.alloc(1 << 20);
  const endless: RequestListener = (_, response) => {
    const more = () => {
      while (response.write(part));
    };
    response.on('drain', more);
    more();
  };
  // On a busy machine, a time-out would come first.
  const local = await serving(endless);
  const answer = await local.invoke('e');
  expect(answer.status).toBe(424);
  expect(((await answer.json()) as { Message: string }).Message).toContain('more than 67108864 bytes');
});

test('a path that is not encoded is refused', async () => {
  const local = await serving(mirror);
  expect((await local.invoke('%E0%A4%A')).status).toBe(400);
});
