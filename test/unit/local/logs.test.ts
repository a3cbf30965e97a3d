import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { Aws } from '../../../generators/local/surroundings/aws.ts';
import { Logs } from '../../../generators/local/surroundings/logs.ts';

/** CloudWatch Logs as moto has it: groups and streams are made without a word, and once; `fails` gives the status of a refusal. */
async function started(fails: (lines: readonly string[]) => number | undefined = () => undefined) {
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
      const lines: string[] = asked.logEvents.map(({ message }: { message: string }) => message);
      const status = fails(lines);
      if (status !== undefined) {
        const why = '{"__type": "InvalidParameterException", "message": "no"}';
        response.writeHead(status).end(status === 400 ? why : 'Internal Server Error');
        return;
      }
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

const line = (logs: Logs, message: string) => logs.line('group', 'stream', message, 'eu-west-1');

test('a call that fails once is made again, and one that is refused costs its own lines, not the stream', async () => {
  let broken = true;
  const { logs, streams } = await started((lines) => {
    const status = broken ? 500 : lines.includes('refused') ? 400 : undefined;
    broken = false;
    return status;
  });
  for (const message of ['first', 'refused', 'third']) {
    line(logs, message);
    await logs.sent();
  }
  expect(streams['eu-west-1 group stream']).toEqual([
    'first',
    '[ml-container-creator local: lines missing here: 1]',
    'third',
  ]);
});

test('of lines that come faster than they can be sent, the newest are kept, in calls of a megabyte at most', async () => {
  const calls: number[] = [];
  const { logs, streams } = await started((lines) => {
    calls.push(lines.reduce((sum, one) => sum + one.length + 26, 0));
    return undefined;
  });
  for (let number = 0; number < 25_000; number++) line(logs, `${number} ${'x'.repeat(1500)}`);
  await logs.sent();
  const [first = '', ...others] = streams['eu-west-1 group stream'] ?? [];
  expect(first).toMatch(/: lines missing here: \d+\]$/);
  expect(others.length).toBeGreaterThanOrEqual(19_000);
  expect(others.length).toBeLessThanOrEqual(20_000);
  expect(others.at(-1)).toMatch(/^24999 /);
  expect(Math.max(...calls)).toBeLessThanOrEqual(1024 * 1024);
});
