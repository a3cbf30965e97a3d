import { request } from 'node:http';
import { expect, test } from 'vitest';
import { start } from './service.ts';

/** The status of a call of the control plane with these headers. */
const asked = (url: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((done, fail) => {
    const Authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/sagemaker/aws4_request';
    const all = { Authorization, 'X-Amz-Target': 'SageMaker.ListModels', ...headers };
    request(url, { method: 'POST', headers: all }, (answer) => done(answer.resume().statusCode))
      .on('error', fail)
      .end('{}');
  });

test.each([
  { Host: 'evil.example' },
  { Host: '127.0.0.1.evil.example:80' },
  { Host: 'localhost.evil.example' },
  { Host: '169.254.169.254' },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
])('a web page in the browser of this machine starts nothing: %j', async (headers) => {
  const { service } = await start({});
  expect(await asked(service.url, headers as Record<string, string>)).toBe(403);
});

test.each([{}, { Host: 'localhost:1' }, { Host: 'bucket.localhost:80' }, { 'Sec-Fetch-Site': 'none' }])(
  'a program is answered, by whichever name of this machine: %j',
  async (headers) => {
    const { service } = await start({});
    expect(await asked(service.url, headers as Record<string, string>)).toBe(200);
  },
);
