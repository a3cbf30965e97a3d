import { join } from 'node:path';
import { expect, test } from 'vitest';
import { control, runtime } from '../../../generators/local/api/model.ts';
import { cachedVenv, command } from '../../harness.ts';
import { healthy, start } from '../../unit/local/service.ts';

test('botocore finds of every call what its model of SageMaker says: what is refused, what is taken, what is answered', async () => {
  const venv = await cachedVenv(join(import.meta.dirname, '../tools/requirements.txt'));
  const local = await start({
    echo: healthy((request, response) => {
      if (request.headers['content-type'] === 'wrong') response.writeHead(415).end('no such type');
      else request.pipe(response);
    }),
  });
  local.s3.set('/bucket/in', '3,4');
  const served = {
    sagemaker: Object.keys(control.operations),
    'sagemaker-runtime': Object.keys(runtime.operations),
  };
  const { stdout } = await command(join(venv, 'bin/python'), [
    join(import.meta.dirname, 'api.py'),
    local.service.url,
    JSON.stringify(served),
  ]);
  const { problems, tried, statuses, answers } = JSON.parse(stdout);
  expect(problems).toEqual([]);
  expect(tried.wrong).toBeGreaterThan(500);
  expect(tried.answers).toBeGreaterThan(30);
  expect(statuses).toEqual(Array(6).fill('InService'));
  expect(answers).toEqual(['1,2', 'v', '1,2', 'ModelError', 415, 'no such type', '5']);
  expect(local.s3.get('/bucket/out/in.out')).toBe('3,4');
  expect(local.running.size).toBe(0);
});
