// @module-tag all
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentFor } from '../../../generators/local/variables.ts';
import { cachedVenv, cleanEnv, command, tempFolder } from '../../harness.ts';
import { healthy, start } from '../../unit/local/service.ts';

const clients = join(import.meta.dirname, 'clients');

/** A service whose containers answer with what they got, and the variables by which a client asks it. */
async function served(): Promise<NodeJS.ProcessEnv> {
  const { service } = await start({
    echo: healthy((request, response) => {
      response.setHeader('Content-Type', request.headers['content-type'] ?? '');
      request.pipe(response);
    }),
  });
  return environmentFor(service, { ...cleanEnv, HOME: tempFolder() });
}

test('boto3 and the SageMaker Python SDK work by endpoint variables alone, serializers and streams with them', async () => {
  const env = await served();
  const venv = await cachedVenv(join(clients, 'requirements.txt'));
  const { stdout } = await command(join(venv, 'bin/python'), [join(clients, 'sdk.py')], { env });
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
    stream: 'in parts',
    refused: 'ValidationError',
    json: [[1.5, 2]],
    csv: [['1.5', '2.0']],
    npy: [[1.5, 2]],
  });
});

test('the AWS SDK for JavaScript works by endpoint variables alone, streams with it', async () => {
  const env = await served();
  const folder = tempFolder();
  // 30 MB, which nothing else needs.
  const dependencies = {
    '@aws-sdk/client-sagemaker': '3.1142.0',
    '@aws-sdk/client-sagemaker-runtime': '3.1142.0',
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await command('npm', ['install', '--no-audit', '--no-fund', '--silent'], { cwd: folder });
  cpSync(join(clients, 'sdk.mjs'), join(folder, 'sdk.mjs'));
  const { stdout } = await command(process.execPath, ['sdk.mjs'], { cwd: folder, env });
  expect(JSON.parse(stdout)).toEqual({
    whole: '1.5,2',
    type: 'text/csv',
    stream: '1.5,2',
    refused: 'ValidationError',
  });
});
