import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alike } from '../../generators/hosting/answers.ts';
import { levels } from '../../generators/hosting/check.ts';
import { image } from '../../generators/hosting/checks/image.ts';
import type { Container, Inside, Source } from '../../generators/hosting/containers/container.ts';
import { type Declaration, readDockerfile } from '../../generators/hosting/containers/declaration.ts';
import { reservePort, takePort } from '../../generators/hosting/containers/port.ts';
import { processSource } from '../../generators/hosting/containers/process.ts';
import { catches, parseListeners, parseStat, usageOf } from '../../generators/hosting/containers/procfs.ts';
import { urlSource } from '../../generators/hosting/containers/url.ts';
import { contract } from '../../generators/hosting/contract.ts';
import { framed } from '../../generators/hosting/framing.ts';
import { inShort, NoAnswer, tryToAsk } from '../../generators/hosting/http.ts';
import { underLoad } from '../../generators/hosting/observe.ts';
import { jsonReport } from '../../generators/hosting/reports/json.ts';
import { junitReport } from '../../generators/hosting/reports/junit.ts';
import { readSample, samplesInSchema } from '../../generators/hosting/samples.ts';
import { untilReady } from '../../generators/hosting/start.ts';
import { Subject } from '../../generators/hosting/subject.ts';
import { holdsTrace } from '../../generators/hosting/traces.ts';
import { varyingIn } from '../../generators/hosting/varying.ts';
import { verify as runChecks } from '../../generators/hosting/verify.ts';
import { bin, cleanEnv, tempFolder } from '../harness.ts';

const checks = contract.flatMap((group) => group.checks);

/** Runs the bin where only what is needed is on the PATH: no Docker. */
function verify(args: readonly string[], cwd = tempFolder()) {
  const env = { ...cleanEnv, PATH: '/nowhere' };
  return spawnSync(process.execPath, [bin, 'verify', ...args], { cwd, env, encoding: 'utf8' });
}

describe('the contract', () => {
  test('has checks with ids of their own, a source, a consequence and a way to mend it', () => {
    const names = [...checks.map(({ id }) => id), ...contract.map(({ name }) => name)];
    expect(new Set(names.filter((name) => !['invocations', 'logs'].includes(name))).size).toBe(
      names.length - 4,
    );
    for (const { id, level, sentence, consequence, fix, source } of checks) {
      expect(id).toMatch(/^[a-z0-9-]+$/);
      expect(Object.keys(levels)).toContain(level);
      expect(source).toMatch(/^https:\/\//);
      for (const text of [sentence, consequence, fix]) expect(text).toMatch(/[^.]$/);
    }
  });
});

describe('a command line that cannot be used', () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, 'mine/code'), { recursive: true });
  writeFileSync(join(folder, 'mine/code/serve'), '');
  mkdirSync(join(folder, 'built'));
  writeFileSync(join(folder, 'built/Dockerfile'), 'FROM scratch\n');
  writeFileSync(join(folder, 'body.bin'), 'x');
  writeFileSync(join(folder, 'empty.csv'), '');

  test.each([
    [['--tiemout=3'], 'error: unknown flag --tiemout; did you mean --timeout?'],
    [['--timeout=soon'], 'error: --timeout is "soon": it takes a whole number of seconds, 1 or more'],
    [['--timeout', '--json'], 'error: --timeout needs a value, as in --timeout=SECONDS'],
    [['--only=starts,helth'], 'error: --only: there is no check and no group "helth"; did you mean health?'],
    [['--only=accept', '--skip=invocations'], 'error: --only and --skip together leave no check'],
    [
      ['--environment=SAGEMAKER_BIND_TO_PORT=1'],
      'error: --environment: SAGEMAKER_BIND_TO_PORT is set by the checks themselves',
    ],
    [['localhost:8080'], 'error: "localhost:8080" is no image; did you mean http://localhost:8080?'],
    [
      ['ftp://example.com'],
      'error: "ftp://example.com" is no address of a server: it takes one such as http://localhost:8080',
    ],
    [['mine/code/serve'], 'error: "mine/code/serve" is a file: verify takes its project\'s folder, "mine"'],
    [['./empty.csv'], 'error: "./empty.csv" is a file: verify takes its project\'s folder, "."'],
    [
      ['built'],
      'error: "built" has no program code/serve or serve to start; verify its image instead (docker build --tag NAME "built", then verify NAME), or its URL',
    ],
    [['./none'], 'error: "./none": there is no such folder'],
    [
      ['--', '--privileged'],
      'error: "--privileged" is neither a folder, nor a URL, nor the name of an image',
    ],
    [
      ['--payload=body.bin', '--content-type=a b'],
      'error: --content-type is "a b": it takes one such as text/csv',
    ],
    [['--environment=HOME'], 'error: --environment is "HOME": it takes NAME=VALUE'],
    [['--content-type=text/csv'], 'error: --content-type says what --payload holds: give both'],
    [['empty', 'other'], 'error: unexpected argument "other"'],
    [['empty', '--payload=none.csv'], 'error: --payload is "none.csv": there is no such file'],
    [
      ['empty', '--payload=body.bin'],
      'error: --payload is "body.bin": its ending says nothing of its content type; add --content-type=TYPE',
    ],
    [['empty', '--payload=empty.csv'], 'error: --payload is "empty.csv": the file is empty'],
    [['empty', '--model-dir=none'], 'error: --model-dir is "none": there is no such folder'],
    [
      ['empty', '--instance-type=big'],
      'error: --instance-type is "big": it takes a type such as ml.m6g.large',
    ],
    [
      ['empty'],
      'error: "empty" has no program code/serve or serve to start; verify its image instead, or its URL',
    ],
    [
      // Too long for a name, which a system says without asking anybody.
      [`http://${'a'.repeat(64)}:8080`, '--timeout=1'],
      `error: "http://${'a'.repeat(64)}:8080": the name "${'a'.repeat(64)}" has no address here`,
    ],
    [
      ['https://example.com'],
      'error: "https://example.com" is no address of a server: it takes one such as http://localhost:8080, without https, path and password, as SageMaker calls it',
    ],
  ])('%j is refused with one message and exit code 2', (args, message) => {
    const { status, stdout, stderr } = verify(args, folder);
    expect(stderr.trim()).toBe(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('what is no folder and no URL is an image, and one needs Docker', () => {
    const { status, stderr } = verify(['my-model:latest'], folder);
    expect(stderr.trim()).toBe(
      'error: an image needs Docker, and there is no docker command here; verify a folder or a URL instead',
    );
    expect(status).toBe(4);
  });

  test('a model that no archive can hold is named', () => {
    const project = join(folder, 'linked');
    mkdirSync(join(project, 'model'), { recursive: true });
    writeFileSync(join(project, 'serve'), '');
    symlinkSync('.', join(project, 'model/loop'));
    const { status, stderr } = verify([project]);
    expect(stderr.trim()).toBe(
      `error: ${project}/model/loop is neither a file nor a link to one: a model's archive cannot hold it`,
    );
    expect(status).toBe(4);
  });

  test('a report that cannot be written is found before the checks, not after them', () => {
    const { status, stderr } = verify(['http://127.0.0.1:1', '--junit=none/report.xml'], folder);
    expect(stderr.trim()).toBe(`error: ${join(folder, 'none/report.xml')} cannot be written: ENOENT`);
    expect(status).toBe(4);
  });
});

test('where nothing listens, one check fails and the others are skipped with the reason', () => {
  const { status, stdout } = verify(['http://127.0.0.1:1', '--timeout=1', '--json']);
  const { checks, counts } = JSON.parse(stdout);
  expect(checks.filter((check: { status: string }) => check.status === 'failed')).toMatchObject([
    {
      id: 'starts',
      detail: expect.stringMatching(
        /nothing listened on its port; is it started, and is http:\/\/127\.0\.0\.1:1 its address\?$/,
      ),
    },
  ]);
  expect(counts.passed).toBe(0);
  expect(checks.every(({ detail }: { detail?: string }) => detail)).toBe(true);
  expect(status).toBe(1);
});

test.each([
  [
    'is slow to answer /ping',
    () => undefined,
    /no answer within 2 s; is it started, and is .* its address\?$/,
  ],
  ['answers /ping with 404', (answer: ServerResponse) => answer.writeHead(404).end(), /answered 404$/],
])('of a server that %s it is said how to answer', async (_, respond, found) => {
  const server = createHttpServer((_request, response) => respond(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const source = urlSource(new URL(`http://127.0.0.1:${port}`));
  const subject = new Subject({ source, samples: [], window: 1 });
  const results = [];
  for await (const result of runChecks(subject, { only: ['starts'] }, () => undefined)) results.push(result);
  server.close();
  server.closeAllConnections();
  expect(results[0]?.detail).toMatch(found);
  expect(results[0]?.check.fix).toMatch(/^answer GET \/ping with 200 within 2 s/);
});

test('what explains a failed check is checked before it, and weighs no less', () => {
  const checks = contract.flatMap((group) => group.checks);
  const weight = Object.keys(levels);
  for (const [place, { id, level, explainedBy = [] }] of checks.entries())
    for (const other of explainedBy) {
      const at = checks.findIndex((check) => check.id === other);
      expect(at, `${id}: there is a check ${other} before it`).toBeGreaterThanOrEqual(0);
      expect(at, `${id}: ${other} is made before it`).toBeLessThan(place);
      expect(weight.indexOf(checks[at]?.level ?? ''), `${id}: ${other} weighs no less`).toBeLessThanOrEqual(
        weight.indexOf(level),
      );
    }
});

/** What a check of an image says of one that declares this, and is not started. */
const outcomeOf = (name: string, declared: Partial<Declaration>) =>
  image
    .find(({ id }) => id === name)
    ?.run(
      new Subject({
        samples: [],
        window: 1,
        source: {
          kind: 'image',
          hasModel: false,
          title: '',
          declaration: { from: 'the image', labels: {}, environment: {}, history: [], ...declared },
          start: () => Promise.reject(new Error('nothing is started')),
          close: async () => undefined,
        },
      }),
    );

test('OCI manifests and lists of manifests are refused, and of one that is not known nothing is said', async () => {
  const outcome = (manifestType?: string) => outcomeOf('manifest', { ...(manifestType && { manifestType }) });
  for (const index of [
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
  ])
    expect(await outcome(index)).toMatchObject({ status: 'failed' });
  expect(await outcome('application/vnd.docker.distribution.manifest.v2+json')).toMatchObject({
    status: 'passed',
  });
  expect(await outcome()).toMatchObject({
    status: 'skipped',
    detail: expect.stringContaining('aws ecr describe-images'),
  });
});

test('a server that takes no argument serve is no entry point', async () => {
  for (const strict of [
    ['uvicorn', 'app:app'],
    ['/opt/bin/python3.12', '-m', 'uvicorn', 'app:app'],
    ['flask', 'run'],
  ])
    expect(await outcomeOf('entry-point', { entrypoint: strict })).toMatchObject({ status: 'failed' });
  for (const lenient of [['gunicorn', 'app:app'], ['python', 'app.py'], ['/opt/program/serve']])
    expect(await outcomeOf('entry-point', { entrypoint: lenient })).toMatchObject({ status: 'passed' });
});

test('a shell that a program takes the place of is no entry point in shell form, wherever the output goes', async () => {
  const statusOf = async (line: string) =>
    (await outcomeOf('entry-point', { entrypoint: ['/bin/sh', '-c', line] }))?.status;
  for (const replaced of [
    'exec gunicorn app:app 2>&1',
    'cd /app && exec gunicorn app:app &>>/dev/stdout',
    'exec python -c "import app; app.run()"',
    'exec gunicorn --workers $(nproc | head -n 1) app:app',
  ])
    expect(await statusOf(replaced), replaced).toBe('passed');
  for (const stays of ['gunicorn app:app 2>&1', 'exec gunicorn app:app | tee log', 'exec gunicorn app:app &'])
    expect(await statusOf(stays), stays).toBe('failed');
});

test('a Dockerfile is read to its last stage, with the stages that it is built on', () => {
  const file = join(tempFolder(), 'Dockerfile');
  writeFileSync(
    file,
    [
      'FROM python:3.12 AS base',
      'LABEL com.amazonaws.sagemaker.capabilities.multi-models=true',
      'ENV A=1 B="two words"',
      'FROM python:3.12 AS other',
      'ENV C=3',
      'FROM --platform=linux/arm64 base',
      'ENV A=4',
      'ENTRYPOINT exec /serve "$@"',
    ].join('\n'),
  );
  expect(readDockerfile(file)).toMatchObject({
    labels: { 'com.amazonaws.sagemaker.capabilities.multi-models': 'true' },
    environment: { A: '4', B: 'two words' },
    entrypoint: ['/bin/sh', '-c', 'exec /serve "$@"'],
    platform: 'linux/arm64',
  });
});

describe('what comes on a connection', () => {
  const read = (text: string) => framed(Buffer.from(text.replaceAll('\n', '\r\n')));

  test.each([
    ['HTTP/1.1 200 OK\nContent-Length: 2\n\nok|'],
    ['HTTP/1.1 200 OK\nContent-Length: 2\n\nok| and more'],
    ['HTTP/1.1 100 Continue\n\nHTTP/1.1 204 No Content\n\n|'],
    ['HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\n\n|'],
    ['HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2;a=b\nok\n0\nX: y\n\n|'],
  ])('%j is an answer until the bar', (text) => {
    const end = text.replaceAll('\n', '\r\n').indexOf('|');
    expect(read(text.replace('|', ''))).toMatchObject({ state: 'whole', end });
  });

  test.each([
    ['HTTP/1.1 200 OK\nContent-Length: 9\n\nok', 'part', 'Content-Length announces 9 bytes, and 2 come'],
    ['HTTP/1.1 200 OK\nContent-Length: nine\n\nok', 'wrong', 'Content-Length is "nine"'],
    ['HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 3\n\nok', 'wrong', 'more than one Content-Length'],
    [
      'HTTP/1.1 200 OK\nContent-Length: 2\nTransfer-Encoding: chunked\n\n',
      'wrong',
      'both Content-Length and Transfer-Encoding',
    ],
    ['HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nok', 'part', 'the chunks do not end'],
    ['HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nok\n', 'wrong', 'a chunk without its size'],
    [
      'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nokay\n0\n\n',
      'wrong',
      'a chunk that is longer than its size',
    ],
    ['HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\n', 'part', 'the chunks do not end'],
    ['SSH-2.0\n\n', 'wrong', 'no status line'],
    ['HTTP/1.1 200 OK\n\nok', 'part', 'neither Content-Length nor Transfer-Encoding'],
  ])('%j is not: %s, %s', (text, state, words) => {
    expect(read(text)).toMatchObject({ state, words });
  });
});

test.each([
  ['Python', 'Traceback (most recent call last):\n  File "/app/serve.py", line 3'],
  [
    'Express, in HTML',
    '<pre>Error: no<br> &nbsp; &nbsp;at Layer.handle (/app/node_modules/router/lib/layer.js:152:17)</pre>',
  ],
  ['Node', 'Error: no\n    at node:internal/process:12:3'],
  ['Java', 'java.lang.Error\n\tat com.example.Server$1.run(Server.java:12)'],
  ['Go', 'panic: no\n\ngoroutine 1 [running]:'],
])('a stack trace of %s is known', (_, text) => {
  expect(holdsTrace(text)).toBe(true);
});

test.each([
  '{"error": "the value at 3:4 is no number"}',
  'see https://example.com:8080/at (1:2)',
  'look at /docs',
])('%j is no stack trace', (text) => expect(holdsTrace(text)).toBe(false));

test('what a process holds is read, and an ended one that nobody waits for holds no more', () => {
  const status = 'Name:\tserve\nState:\tS (sleeping)\nVmRSS:\t    2048 kB\nThreads:\t3\n';
  expect(usageOf(status, 7)).toEqual({ files: 7, threads: 3, zombies: 0, bytes: 2048 * 1024 });
  expect(usageOf('State:\tZ (zombie)\nThreads:\t1\n', 0)).toEqual({
    files: 0,
    threads: 0,
    zombies: 1,
    bytes: 0,
  });
});

test.each([
  ['application/json', '{"p": [1, 2], "ms": 3}', '{"p": [1, 2], "ms": 4}', ['/ms']],
  ['application/json', '{"p": [0.1]}', '{"p": [0.10000001]}', []],
  ['application/json', '{"p": [{"s": 1, "id": "a"}]}', '{"p": [{"s": 1, "id": "b"}]}', ['/p/*/id']],
  ['application/json', '{"p": [1, 2]}', '{"p": [1, 2, 3]}', ['/p']],
  ['application/json', '{"p": 1}', '{"p": 1, "warm": true}', ['/warm']],
  ['text/csv', '0.5,12:00:01\n0.7,12:00:01\n', '0.5,12:00:02\n0.7,12:00:02\n', ['/*/1']],
  [
    'application/jsonlines',
    '{"p": 1, "id": "a"}\n{"p": 2, "id": "b"}\n',
    '{"p": 1, "id": "c"}\n{"p": 2, "id": "d"}\n',
    ['/*/id'],
  ],
  ['text/plain', 'at noon', 'at one', ['']],
])(
  'of two answers in %s, what differs is left out and nothing else: %s and %s',
  (type, one, other, varying) => {
    const answer = (body: string) => ({
      status: 200,
      headers: { 'content-type': type },
      body: Buffer.from(body),
      seconds: 0,
    });
    const found = varyingIn([answer(one), answer(other)]);
    expect([...found]).toEqual(varying);
    expect(alike(answer(other), { ...answer(one), varying: found })).toBe(true);
    // All that was not seen to vary still counts.
    const worse = answer(one.replace(/0\.\d|\d/, '9'));
    expect(alike(worse, { ...answer(one), varying: found })).toBe(varying[0] === '' || varying[0] === '/p');
  },
);

describe('rows of sample requests', () => {
  const numbers = fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
    minLength: 2,
    maxLength: 9,
  });
  const written = (name: string, text: string | Buffer) => {
    const file = join(tempFolder(), name);
    writeFileSync(file, text);
    return file;
  };

  test('can be taken one by one and in any order, from CSV with a header and from JSON', () => {
    fc.assert(
      fc.property(numbers, (rows) => {
        const body = `one,two\n${rows.map((row) => `${row.join(',')}\n`).join('')}`;
        const csv = readSample(written('body.csv', body), 'text/csv').rows;
        expect(csv?.count).toBe(rows.length);
        expect(csv?.take(rows.map((_, index) => index)).toString()).toBe(body);
        expect(csv?.lines?.([1, 0]).toString()).toBe(`${rows[1]?.join(',')}\n${rows[0]?.join(',')}\n`);

        const json = { dataframe_split: { columns: ['one', 'two'], data: rows } };
        const taken = readSample(written('body.json', JSON.stringify(json)), 'application/json').rows;
        expect(JSON.parse(taken?.take([1]).toString() ?? '').dataframe_split).toEqual({
          columns: ['one', 'two'],
          data: JSON.parse(JSON.stringify([rows[1]])),
        });
      }),
      { numRuns: 25 },
    );
  });

  test('can be taken from the texts that a language model is asked', () => {
    const texts = readSample(
      written('texts.json', '{"inputs": ["a", "b", "c"], "top_k": 1}'),
      'application/json',
    );
    expect(texts.rows?.count).toBe(3);
    expect(texts.rows?.take([2, 0]).toString()).toBe('{"inputs":["c","a"],"top_k":1}');
  });

  test.each([
    ['{"text": "a sentence"}', 'application/json'],
    ['{"columns": ["a", "b"]}', 'application/json'],
    ['not JSON', 'application/json'],
    ['not an array', 'application/x-npy'],
    ['x', 'application/x-npy'],
    ['', 'text/csv'],
  ])('%j has none that can be taken apart', (body, type) => {
    expect(readSample(written('body', body), type).rows).toBeUndefined();
  });
});

test('reports are XML and JSON without controls of a terminal, whatever a server says', async () => {
  const [check] = checks;
  if (!check) throw new Error('there are no checks');
  const source = {
    kind: 'url',
    hasModel: false,
    title: 'http://a&b',
    start: () => Promise.reject(new Error()),
    close: async () => undefined,
  } as const;
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('failed', 'skipped', 'passed'),
      (detail, status) => {
        const results = [{ check, group: 'health', status, detail, seconds: 1 }];
        const text = junitReport(source, results, 1);
        // What XML 1.0 allows, and no sign that would end a text or an attribute.
        expect(text).not.toMatch(/(?![\t\n])[\p{Cc}\p{Cf}]/u);
        expect(text).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
        const json = jsonReport(source, results, 1);
        expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
        expect(JSON.parse(json).checks[0].detail).toBe(detail);
        const outside = text.replace(/"[^"<&]*(&#\d+;[^"<&]*)*"/g, '""').replace(/>[^<>]*</g, '><');
        expect(outside).toMatch(/^(<[?/]?[\w -]+(="")?[^<>]*>\n?)+$/);
      },
    ),
  );
});

test('Linux is asked right: processes, sockets and signal handlers', () => {
  expect(parseStat(`12 (a) b (c)) S 7 ${'0 '.repeat(19)}345 0`)).toEqual({
    pid: 12,
    name: 'a) b (c)',
    parent: 7,
    pages: 345,
  });
  const line = (address: string, state: string) =>
    `0: ${address}:1F90 00000000:0000 ${state} 0:0 0:0 0 0 0 77 1`;
  expect(parseListeners(`  sl  local_address\n${line('00000000', '0A')}\n${line('0100007F', '01')}`)).toEqual(
    [{ port: 8080, loopback: false, v6: false, inode: '77' }],
  );
  for (const address of ['0100007F', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'])
    expect(parseListeners(line(address, '0A'))).toMatchObject([{ loopback: true }]);
  expect(parseListeners(line('00000000000000000000000000000000', '0A'))).toMatchObject([{ loopback: false }]);
  expect(catches('SigCgt:\t0000000000004002', 'SIGTERM')).toBe(true);
  expect(catches('SigBlk:\t0000000000004000\nSigCgt:\t0000000000000002', 'SIGTERM')).toBe(true);
  expect(catches('SigCgt:\t0000000000000002', 'SIGTERM')).toBe(false);
});

test('servers that start at the same time get ports of their own, and none that is taken', async () => {
  const ports = await Promise.all(Array.from({ length: 500 }, reservePort));
  const taken = createServer().listen(ports[0]?.number);
  await once(taken, 'listening');
  const more = await Promise.all(Array.from({ length: 500 }, reservePort));
  const numbers = [...ports, ...more].map(({ number }) => number);
  for (const port of [...ports, ...more]) port.release();
  taken.close();
  expect(new Set(numbers).size).toBe(1000);
});

test('a port that something else has is not taken, and it is said', async () => {
  const other = createServer().listen(0);
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(takePort(port)).rejects.toThrow(`port ${port} is taken by something else on this machine`);
  other.close();
  await once(other, 'close');
  const [one, two] = [takePort(port), takePort(port)];
  const first = await Promise.race([one, two]);
  first.release();
  // The second waits for the first.
  for (const taken of await Promise.all([one, two])) taken.release();
});

describe('a container that listens on 127.0.0.1 only', () => {
  /** One whose sockets take a moment to look at: what happens meanwhile is up to the test. */
  const container = (port: number, meanwhile: () => Promise<unknown>) => {
    const inside: Partial<Inside> = {
      port,
      async listeners() {
        await meanwhile();
        return [{ port, loopback: true, v6: false }];
      },
    };
    return { address: { host: '127.0.0.1', port }, inside } as Container;
  };

  test('is given up at once where it cannot be reached', async () => {
    const reserved = await reservePort();
    const start = await untilReady(
      container(reserved.number, async () => undefined),
      60,
    );
    reserved.release();
    expect(start).toEqual({ state: 'late', last: 'it listens on 127.0.0.1 only' });
  });

  test('is ready where it can be reached, though it began to listen while its sockets were looked at', async () => {
    const reserved = await reservePort();
    const server = createHttpServer((_request, response) => response.end());
    const start = await untilReady(
      container(reserved.number, async () => {
        if (!server.listening) await once(server.listen(reserved.number, '127.0.0.1'), 'listening');
      }),
      60,
    );
    server.close();
    reserved.release();
    expect(start).toMatchObject({ state: 'ready' });
  });
});

test('of a request that was not read to its end it is said, whether its connection is closed or nothing comes', async () => {
  const server = createHttpServer((request) => {
    if (request.url === '/closed') request.socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const body = Buffer.alloc(25_000_000);
  const asked = (path: string, sent: Buffer) =>
    tryToAsk(address, { method: 'POST', path, body: sent, seconds: 1 });
  const answers = [
    await asked('/closed', body),
    await asked('/silent', body),
    await asked('/silent', Buffer.from('x')),
  ];
  server.closeAllConnections();
  server.close();
  expect(answers.map((answer) => answer instanceof NoAnswer && answer.message)).toEqual([
    'the connection was closed before an answer came, and the request was not read to its end',
    'no answer within 1 s, and the request was not read to its end',
    'no answer within 1 s',
  ]);
});

test('of a body that is refused by its head that is said, though the refusal is lost with the connection', async () => {
  // What a server says that closes while the body is still on its way is lost at times: here it is each time.
  const server = createServer((socket) => {
    let head = 0;
    const refuse = () => socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 8\r\n\r\ntoo much');
    socket
      .on('error', () => undefined)
      .on('data', (part) => {
        if (!head) setTimeout(refuse, 50);
        head ||= part.indexOf('\r\n\r\n') + 4;
        // More than the head: of 25 MB the most is still to come.
        if (socket.bytesRead > head) socket.resetAndDestroy();
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const answer = await tryToAsk(address, { method: 'POST', path: '/', body: Buffer.alloc(25_000_000) });
  server.close();
  expect(inShort(answer)).toBe('413 (too much)');
});

test('the copy of a model that is checked can be read by nobody else on the machine', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'model'));
  writeFileSync(join(folder, 'model/model.pkl'), 'x', { mode: 0o600 });
  const program = join(folder, 'serve');
  writeFileSync(program, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const source = await processSource({ folder, program, model: join(folder, 'model'), environment: {} });
  try {
    const { model } = await source.start({});
    // As SageMaker has it, in a folder that keeps others out.
    expect(statSync(join(model, 'model.pkl')).mode & 0o777).toBe(0o444);
    expect(statSync(dirname(model)).mode & 0o777).toBe(0o700);
  } finally {
    await source.close();
  }
});

test('a first request that fails by chance is laid to chance, and not to the start; of what meets it later it is said where it was told', async () => {
  let asked = 0;
  const server = createHttpServer((request, response) => {
    if (request.method === 'GET') return void response.end();
    if (asked++ % 7 === 0) return void request.socket.destroy();
    request.resume().on('end', () => response.end('answered'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const subject = new Subject({
    source: urlSource(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    samples: [{ file: 'a.txt', contentType: 'text/plain', body: Buffer.from('x') }],
    window: 5,
  });
  const results = [];
  const only = ['ready', 'each-request', 'nth-request'];
  for await (const result of runChecks(subject, { only }, () => undefined)) results.push(result);
  server.closeAllConnections();
  server.close();
  const closed = 'the connection was closed before an answer came';
  expect(results.map(({ check, status, detail }) => [check.id, status, detail])).toEqual([
    ['ready', 'skipped', 'it fails at times, and later, too: see each-request'],
    ['each-request', 'failed', expect.stringMatching(`^[78] of 50: ${closed}$`)],
    [
      'nth-request',
      'skipped',
      expect.stringMatching(`^the same as each-request, by what it shows: request [1-7]: ${closed}$`),
    ],
  ]);
});

test('answers of 20 MB are not kept, and few of them are under way at one time', async () => {
  const body = Buffer.alloc(20_000_000, 'x');
  let [underWay, most] = [0, 0];
  const server = createHttpServer((request, response) => {
    if (request.method === 'GET') return void response.end();
    most = Math.max(most, ++underWay);
    response.on('close', () => underWay--);
    request.resume().on('end', () => response.end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const container = { address: { host: '127.0.0.1', port }, ended: undefined, model: '', log: () => '' };
  const source = {
    ...({ kind: 'url', hasModel: false, title: 'http://a', close: async () => undefined } as const),
    start: async () => ({ ...container, remove: async () => undefined }),
  };
  const sample = { file: 'a.txt', contentType: 'text/plain', body: Buffer.from('x') };
  try {
    const { answers } = await underLoad(new Subject({ source, samples: [sample], window: 5 }));
    expect(answers.length).toBeGreaterThan(10);
    expect(JSON.stringify(answers).length).toBeLessThan(100 * answers.length);
    expect(answers.every(({ refused, wrong }) => !refused && wrong === undefined)).toBe(true);
    expect(most).toBe(10);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a server's own examples are its sample requests, JSON first, the turns of a chat and the tensors of a request are no rows, and what another server says is none", () => {
  const requests = {
    'text/csv': { row: 'a line', example: 'a,b\n1,2\n' },
    'application/x-npy': { row: 'a row' },
    'application/json': { row: 'a list', example: '{"instances":[{"a":1,"b":2}]}' },
    'application/x-unknown': { row: 'a thing', example: 'x' },
  };
  const samples = samplesInSchema(Buffer.from(JSON.stringify({ columns: [], requests })));
  expect(samples.map(({ contentType, rows }) => [contentType, rows?.count])).toEqual([
    ['application/json', 1],
    ['text/csv', 1],
  ]);
  for (const whole of [
    '{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]}',
    '{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP64","data":[[1,2],[3,4]]}]}',
  ]) {
    const asked = { requests: { 'application/json': { example: whole } } };
    const [sample] = samplesInSchema(Buffer.from(JSON.stringify(asked)));
    expect(sample?.body).toEqual(Buffer.from(whole));
    expect(sample?.rows).toBeUndefined();
  }
  for (const other of ['<html>', '[]', 'null', '{"requests": 1}', '{"requests": {"text/csv": null}}'])
    expect(samplesInSchema(Buffer.from(other))).toEqual([]);
});

test.each([
  ['passes where it says the same', 'dear\ncheap\n', 'passed'],
  ['fails where it says another thing', 'cheap\ncheap\n', 'failed'],
])('a server that answers CSV by CSV in batch transform only %s', async (_, inBatch, status) => {
  const server = (csvByDefault: boolean) =>
    createHttpServer((request, response) => {
      const asked = request.headers.accept;
      const csv = asked === 'text/csv' || (csvByDefault && asked === undefined);
      response.setHeader('Content-Type', csv ? 'text/csv' : 'application/json');
      const plain = csv ? 'dear\ncheap\n' : '{"predictions": ["dear", "cheap"]}';
      response.end(csvByDefault ? inBatch : plain);
    });
  const servers = { plain: server(false).listen(0), batch: server(true).listen(0) };
  await Promise.all(Object.values(servers).map((one) => once(one, 'listening')));
  const source: Source = {
    kind: 'process',
    title: 'one by hand',
    hasModel: true,
    start: async ({ environment }) => ({
      address: {
        host: '127.0.0.1',
        port: (servers[environment ? 'batch' : 'plain'].address() as AddressInfo).port,
      },
      ended: undefined,
      model: '',
      log: () => '',
      remove: async () => undefined,
    }),
    close: async () => undefined,
  };
  const payload = join(tempFolder(), 'rows.csv');
  writeFileSync(payload, 'a,b\n1,x\n2,y\n');
  const subject = new Subject({ source, samples: [readSample(payload, 'text/csv')], window: 5 });
  const check = checks.find(({ id }) => id === 'batch-starts');
  const outcome = await check?.run(subject);
  for (const one of Object.values(servers)) one.close();
  expect(outcome?.status, outcome?.detail).toBe(status);
});
