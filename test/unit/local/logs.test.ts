import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { Aws } from '../../../generators/local/surroundings/aws.ts';
import { Logs } from '../../../generators/local/surroundings/logs.ts';

/** CloudWatch Logs as moto has it: groups and streams are made without a word, and once. */
async function started() {
  const made = new Set<string>();
  const streams: Record<string, string[]> = {};
  const server = createServer(async (request, response) => {
    const asked = JSON.parse(await text(request));
    const region = /Credential=[\w-]+\/\d+\/([\w-]+)/.exec(request.headers.authorization ?? '')?.[1];
    const stream = [region, asked.logGroupName, asked.logStreamName].join(' ');
    const operation = String(request.headers['x-amz-target']).replace(/.*\./, '');
    if (operation !== 'PutLogEvents') {
      if (made.has(stream)) response.statusCode = 400;
      response.end(
        made.has(stream) ? '{"__type": "ResourceAlreadyExistsException", "message": "there"}' : '',
      );
      made.add(stream);
    } else {
      const lines = asked.logEvents.map(({ message }: { message: string }) => message);
      streams[stream] = [...(streams[stream] ?? []), ...lines];
      response.end('{}');
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { logs: new Logs(new Aws((server.address() as AddressInfo).port)), streams };
}

test('lines arrive in their streams, in their order and all of them, however they come', async () => {
  const { logs, streams } = await started();
  const many = Array.from({ length: 2500 }, (_, index) => `line ${index}`);
  for (const line of many) logs.line('/aws/sagemaker/Endpoints/mine', 'AllTraffic/i-1', line, 'eu-west-1');
  logs.line('/aws/sagemaker/Endpoints/mine', 'AllTraffic/i-2', '', 'eu-west-1');
  await logs.sent();
  logs.line('/aws/sagemaker/Endpoints/mine', 'AllTraffic/i-1', 'later', 'eu-west-1');
  await logs.sent();
  expect(streams).toEqual({
    'eu-west-1 /aws/sagemaker/Endpoints/mine AllTraffic/i-1': [...many, 'later'],
    // CloudWatch takes no empty ones.
    'eu-west-1 /aws/sagemaker/Endpoints/mine AllTraffic/i-2': [' '],
  });
});
