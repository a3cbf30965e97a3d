import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, tempFolder } from '../../harness.ts';
import { inFront, script, startAws, type World, withModel } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startAws('us-east-1');
});

afterAll(() => world.close());

test('test_local_image.sh reaches its container past a proxy that knows nothing of this machine, with a curl of 2020', async () => {
  const project = await withModel(world, 'proxied');
  mkdirSync(join(project, 'sample_model/payloads'), { recursive: true });
  writeFileSync(join(project, 'sample_model/payloads/payload.json'), '{"instances": [[1, 2]]}');
  const container = createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1');
  await once(container, 'listening');
  const { stdout: curl } = await command('bash', ['-c', 'command -v curl']);
  const first = inFront(world, {
    docker: `case $1 in
  port) echo 127.0.0.1:${(container.address() as AddressInfo).port} ;;
  inspect) echo true ;;
  create) echo a-container ;;
esac`,
    // 7.76 brought the first, 7.71 the second.
    curl: `[[ " $* " != *" --fail-with-body "* && " $* " != *" --retry-all-errors "* ]] || exit 2
exec ${curl.trim()} "$@"`,
  });
  const dead = 'http://127.0.0.1:9';
  const env = { http_proxy: dead, HTTP_PROXY: dead, all_proxy: dead };
  try {
    const tested = await script(world, project, 'test/test_local_image.sh', { first, env });
    expect(tested, tested.stderr).toMatchObject({ code: 0, stdout: '{"instances": [[1, 2]]}\n' });
  } finally {
    container.close();
  }
});

test('test_local_image.sh leaves no container behind that was made and does not start', async () => {
  const project = await withModel(world, 'unstarted');
  const containers = join(tempFolder(), 'containers');
  writeFileSync(containers, '');
  // As Docker does: one that does not start is there.
  const first = inFront(world, {
    docker: `case $1 in
  create | run) echo made >>${containers} ;;
  rm) : >${containers} ;;
esac
case $1 in
  create) echo a-container ;;
  run | start) echo 'exec: "serve": executable file not found' >&2; exit 127 ;;
esac`,
  });
  const args = [join(project, 'model/model.pkl')];
  const { code, stderr } = await script(world, project, 'test/test_local_image.sh', { first, args });
  expect(code).toBe(127);
  expect(stderr).toContain('exec: "serve": executable file not found');
  expect(readFileSync(containers, 'utf8')).toBe('');
});
