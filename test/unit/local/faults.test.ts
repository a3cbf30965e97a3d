import { expect, test } from 'vitest';
import { localRequest } from '../../../generators/local/flags.ts';
import type { Fault } from '../../../generators/local/hosting.ts';
import { configured, type Local, start } from './service.ts';

/** Faults as --fail gives them. */
const faults = (...texts: string[]): readonly Fault[] =>
  localRequest(texts.map((text) => `--fail=${text}`)).faults;

const when = (text: string) => {
  const [{ what, how, ...times } = { what: '', how: '' }] = faults(`*:InternalFailure:${text}`);
  return times;
};

test('a fault comes once, so many times, in a row of times, from one on, or after some seconds', () => {
  expect(faults('CreateEndpoint:ThrottlingException')).toEqual([
    { what: 'CreateEndpoint', how: 'ThrottlingException', first: 1, last: 1 },
  ]);
  expect(when('2')).toEqual({ first: 1, last: 2 });
  expect(when('3-4')).toEqual({ first: 3, last: 4 });
  expect(when('3-')).toEqual({ first: 3, last: Infinity });
  expect(when('30s-')).toEqual({ first: 1, last: Infinity, after: 30 });
});

test.each([
  ['Create', /^--fail is "Create": Create fails by none of that: HOW is an operation of AWS/],
  ['create:Throttled', /it takes WHAT:HOW\[:WHEN\]/],
  ['A:B:1:2', /it takes WHAT:HOW\[:WHEN\]/],
  ['container:dies', /container fails by none of that: HOW is one of container:unhealthy/],
  ['host:dies-after-1', /host fails by none of that/],
  ['CreateEndpoint:InsufficientInstanceCapacity', /it is host:InsufficientInstanceCapacity$/],
  ['CreateEndpoint:ThrottlingException:0', /WHEN is N for the first N times/],
  ['CreateEndpoint:ThrottlingException:3-2', /WHEN is N for the first N times/],
  ['CreateEndpoint:ThrottlingException:3s', /WHEN is N for the first N times/],
])('the fault %s is refused, and it is said what is taken', (text, message) => {
  expect(() => faults(text)).toThrow(message);
});

const created = async (local: Local, more: object = {}) => {
  await configured(local, 'one', 'one', more);
  return local.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
};

const names = async (local: Local) =>
  ((await local.call('ListModels')).Models as { ModelName: string }[]).map(({ ModelName }) => ModelName);

test('a connection that is cut before a call leaves nothing done; cut after it, it is done and nobody hears of it', async () => {
  const local = await start({}, { faults: faults('CreateModel:cut-before', 'CreateModel:cut-after') });
  await expect(configured(local, 'one')).rejects.toThrow('fetch failed');
  expect(await names(local)).toEqual([]);
  await expect(configured(local, 'one')).rejects.toThrow('fetch failed');
  await expect.poll(() => names(local)).toEqual(['one']);
  expect(await configured(local, 'one')).toMatchObject({ __type: 'ValidationException' });
});

test('an answer of the model can be lost, too', async () => {
  const local = await start(
    {},
    { faults: faults('InvokeEndpoint:cut-after', 'InvokeEndpoint:AccessDeniedException') },
  );
  await created(local);
  await local.settled('e');
  await expect(local.invoke('e')).rejects.toThrow('fetch failed');
  const refused = await local.invoke('e');
  expect([refused.status, refused.headers.get('x-amzn-errortype')]).toEqual([403, 'AccessDeniedException']);
  expect((await local.invoke('e')).status).toBe(200);
});

test('credentials expire after some calls, or some seconds, for good', async () => {
  const calls = await start({}, { faults: faults('*:ExpiredTokenException:3-') });
  const types = [];
  for (let call = 0; call < 5; call++) types.push((await calls.call('ListModels')).__type);
  const expired = 'ExpiredTokenException';
  expect(types).toEqual([undefined, undefined, expired, expired, expired]);
  const late = await start({}, { faults: faults('*:ExpiredTokenException:100s-'), timeScale: 200 });
  expect((await late.call('ListModels')).__type).toBeUndefined();
  await expect.poll(async () => (await late.call('ListModels')).__type).toBe(expired);
  expect(await late.call('ListModels')).toMatchObject({
    message: 'The security token included in the request is expired',
  });
});

test('a container that never gets healthy fails its endpoint once its window is over, and the next one starts', async () => {
  const local = await start({}, { faults: faults('container:unhealthy'), timeScale: 200 });
  await created(local, { ContainerStartupHealthCheckTimeoutInSeconds: 60 });
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'Failed',
    FailureReason: expect.stringContaining('did not pass the ping health check'),
  });
  expect(local.running.size).toBe(0);
  await local.call('CreateEndpoint', { EndpointName: 'f', EndpointConfigName: 'one' });
  expect((await local.settled('f')).EndpointStatus).toBe('InService');
});

test('a download that takes longer than its window fails the endpoint, and one within it does not', async () => {
  const local = await start({}, { faults: faults('download:takes-90s:2'), timeScale: 200 });
  await created(local, { ModelDataDownloadTimeoutInSeconds: 60 });
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'Failed',
    FailureReason: expect.stringContaining('could not be downloaded within 60 seconds'),
  });
  expect(local.started).toEqual([]);
  await configured(local, 'two', 'two', { ModelDataDownloadTimeoutInSeconds: 100 });
  await local.call('CreateEndpoint', { EndpointName: 'f', EndpointConfigName: 'two' });
  expect((await local.settled('f')).EndpointStatus).toBe('InService');
});

test('a host that dies is replaced by another, and its endpoint stays in service', async () => {
  const local = await start({}, { faults: faults('host:dies-after-60s'), timeScale: 200 });
  await created(local);
  expect((await local.settled('e')).EndpointStatus).toBe('InService');
  await expect.poll(() => local.started.length).toBe(2);
  await expect.poll(async () => (await local.invoke('e')).status).toBe(200);
  expect(new Set(local.started.map(({ instance }) => instance)).size).toBe(2);
  expect(await local.settled('e')).toMatchObject({
    EndpointStatus: 'InService',
    ProductionVariants: [{ CurrentInstanceCount: 1 }],
  });
  expect(local.running.size).toBe(1);
  await local.call('DeleteEndpoint', { EndpointName: 'e' });
  await local.settled('e');
  expect(local.running.size).toBe(0);
});
