import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { onLoopback } from '../../../generators/local/surroundings/ecr.ts';
import { type Manifest, Refusal, Registry } from '../../../generators/local/surroundings/registry.ts';
import { tempFolder } from '../../harness.ts';

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const type = 'application/vnd.docker.distribution.manifest.v2+json';
let close = () => {};

afterEach(() => close());

/** A registry that takes no tag `taken`, and what was pushed to it. */
async function started() {
  const folder = tempFolder();
  const pushed: [string, string | undefined, Manifest][] = [];
  const registry = new Registry(folder, async (...push) => {
    if (push[1] === 'taken') throw new Refusal(400, 'TAG_INVALID', 'it is immutable');
    pushed.push(push);
  });
  const server = createServer((request, response) => void registry.handle(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  close = () => server.close();
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = (method: string, path: string, body?: string, headers?: Record<string, string>) =>
    fetch(base + path, { method, ...(body !== undefined && { body }), ...(headers && { headers }) });
  return { folder, registry, pushed, call };
}

/** Pushes a blob as Docker does, in two parts. */
async function push(
  call: Awaited<ReturnType<typeof started>>['call'],
  blob: string,
  digest = digestOf(blob),
) {
  const begun = await call('POST', '/v2/us-east-1/mine/blobs/uploads/');
  expect(begun.status).toBe(202);
  const place = begun.headers.get('location') ?? '';
  const half = await call('PATCH', place, blob.slice(0, 3));
  expect(half.status).toBe(202);
  expect(half.headers.get('range')).toBe('0-2');
  return call('PUT', `${place}?digest=${digest}`, blob.slice(3));
}

test('an image is pulled as it was pushed, by its tag and by its digest', async () => {
  const { call, pushed, registry } = await started();
  expect((await call('GET', '/v2/')).status).toBe(200);
  const config = JSON.stringify({ architecture: 'arm64', config: { Labels: { a: 'b' } } });
  expect((await push(call, config)).status).toBe(201);
  const found = await call('GET', `/v2/us-east-1/mine/blobs/${digestOf(config)}`);
  expect(await found.text()).toBe(config);

  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: { digest: digestOf(config) },
    layers: [],
  });
  const put = await call('PUT', '/v2/us-east-1/mine/manifests/1', manifest, { 'Content-Type': type });
  expect(put.status).toBe(201);
  expect(pushed).toEqual([
    ['us-east-1/mine', '1', { mediaType: type, digest: digestOf(manifest), content: manifest }],
  ]);
  for (const reference of ['1', digestOf(manifest)]) {
    const pulled = await call('GET', `/v2/us-east-1/mine/manifests/${reference}`);
    expect(pulled.headers.get('content-type')).toBe(type);
    expect(await pulled.text()).toBe(manifest);
  }
  expect((await call('DELETE', `/v2/us-east-1/mine/manifests/${digestOf(manifest)}`)).status).toBe(405);
  const kept = await registry.manifest('us-east-1/mine', '1');
  expect(await registry.configuration(kept as Manifest)).toMatchObject({ architecture: 'arm64' });
  // Another repository has the layer without sending it.
  const mounted = await call(
    'POST',
    `/v2/us-east-1/other/blobs/uploads/?mount=${digestOf(config)}&from=us-east-1/mine`,
  );
  expect(mounted.status).toBe(201);
});

test.each([
  ['GET', '/v2/us-east-1/mine/manifests/none', undefined, 404, 'MANIFEST_UNKNOWN'],
  ['GET', '/v2/us-east-1/mine/blobs/sha256:0', undefined, 404, 'BLOB_UNKNOWN'],
  ['PATCH', '/v2/us-east-1/mine/blobs/uploads/none', 'x', 404, 'BLOB_UPLOAD_UNKNOWN'],
  ['PUT', '/v2/us-east-1/mine/manifests/1', 'no JSON', 400, 'MANIFEST_INVALID'],
  ['PUT', '/v2/us-east-1/mine/manifests/taken', '{}', 400, 'TAG_INVALID'],
  ['GET', '/v2/us-east-1/mine/elsewhere', undefined, 404, 'UNSUPPORTED'],
])('%s %s is refused by its code', async (method, path, body, status, code) => {
  const { call } = await started();
  const answer = await call(method, path, body);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ errors: [{ code }] });
});

test('a layer that arrives otherwise than it was sent is refused and not kept', async () => {
  const { call } = await started();
  const digest = digestOf('as it was');
  const answer = await push(call, 'as it is', digest);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
  expect((await call('HEAD', `/v2/us-east-1/mine/blobs/${digest}`)).status).toBe(404);
});

test('no name leads out of the folder', async () => {
  const { folder, registry } = await started();
  await registry.putManifest('../../outside', '..', JSON.stringify({ mediaType: type }));
  expect(existsSync(join(folder, '../../outside'))).toBe(false);
  expect(await registry.manifest('../../outside', '..')).toMatchObject({ mediaType: type });
});

test('ECR names the registry on this machine, with the region in the path and a password of its own', () => {
  const here = onLoopback('127.0.0.1:5000', 'secret');
  const uri = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  expect(here(`{"repositoryUri": "${uri}/team/mine"}`)).toBe(
    '{"repositoryUri": "127.0.0.1:5000/eu-west-1/team/mine"}',
  );
  expect(here(`{"proxyEndpoint": "https://${uri}"}`)).toBe('{"proxyEndpoint": "http://127.0.0.1:5000"}');
  const given = here('{"authorizationData": [{"authorizationToken": "QVdTOm1vdG8=", "expiresAt": 1}]}');
  const [{ authorizationToken }] = JSON.parse(given).authorizationData;
  expect(atob(authorizationToken)).toBe('AWS:secret');
});

test('a manifest is stored under no digest but its own', async () => {
  const { call, pushed } = await started();
  const path = `/v2/us-east-1/mine/manifests/${digestOf('another one')}`;
  expect((await call('PUT', path, JSON.stringify({ mediaType: type }))).status).toBe(400);
  expect((await call('GET', path)).status).toBe(404);
  expect(pushed).toEqual([]);
});
