import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { command } from '../../harness.ts';
import { buildImage, removeImage } from '../docker.ts';
import { type Change, changed, untouched } from './changed.ts';
import { verify } from './run.ts';

/** An image with one line of its project changed: what it does wrong, the change, and the checks that say so. */
const broken: [what: string, ...Change, ids: string[]][] = [
  ['listens on 127.0.0.1 only', 'serve', '"0.0.0.0"', '"127.0.0.1"', ['all-interfaces']],
  [
    'has port 8080 hard-coded',
    'serve',
    'int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))',
    '8080',
    ['bind-to-port'],
  ],
  [
    'must write into the model directory',
    'predictor.py',
    '    print("loaded"',
    '    Path(sys.argv[1], "cache").touch()\n    print("loaded"',
    ['model-read-only'],
  ],
  [
    'must write outside /tmp',
    'predictor.py',
    '    print("loaded"',
    '    Path("/var/tmp/cache").touch()\n    print("loaded"',
    ['other-files'],
  ],
  ['needs root', 'Dockerfile', 'ENTRYPOINT', 'RUN chmod 0700 /opt/program/serve\nENTRYPOINT', ['any-user']],
  [
    'has an entry point in shell form',
    'Dockerfile',
    '["/opt/program/serve"]',
    '/opt/program/serve serve',
    ['entry-point'],
  ],
  [
    'has a shell around the server',
    'Dockerfile',
    '["/opt/program/serve"]',
    '["/bin/bash", "-c", "/opt/program/serve $0; exit $?"]',
    ['entry-point'],
  ],
  ...(
    [
      ['files', 'kept.append(open("/dev/null"))'],
      ['processes that have ended', '__import__("os").posix_spawn("/bin/true", ["true"], {})'],
      ['temporary files', '__import__("os").close(__import__("tempfile").mkstemp()[0])'],
    ] as const
  ).map(([what, line]): (typeof broken)[number] => [
    `keeps ${what} of each request`,
    'web.py',
    '        encoder = choose_encoder(',
    `        kept = self.server.__dict__.setdefault("kept", [])\n        ${line}\n        encoder = choose_encoder(`,
    ['leaks'],
  ]),
  [
    'ends with its terminal',
    'serve',
    'print(f"listening on port {PORT}", flush=True)',
    'signal.signal(signal.SIGHUP, lambda *_: os._exit(1))\n    print("listening", flush=True)',
    ['sighup'],
  ],
  [
    'is started by a server that takes no serve',
    'Dockerfile',
    'ENTRYPOINT ["/opt/program/serve"]',
    'RUN printf "#!/bin/sh\\necho unexpected argument $2; exit 2\\n" > /usr/bin/uvicorn && chmod +x /usr/bin/uvicorn\nENTRYPOINT ["uvicorn", "web:app"]',
    ['entry-point'],
  ],
  [
    'has no program serve',
    'Dockerfile',
    'ENTRYPOINT ["/opt/program/serve"]',
    '',
    ['starts: .*"serve": executable file not found'],
  ],
  [
    'deletes a secret in a later layer',
    'Dockerfile',
    'ENTRYPOINT',
    'RUN mkdir /root/.aws && touch /root/.aws/credentials\nRUN rm -r /root/.aws\nENTRYPOINT',
    ['secrets'],
  ],
  ['names a secret in its environment', 'Dockerfile', 'ENV ', 'ENV DB_PASSWORD=hunter2 ', ['secrets']],
];

async function verifyImage(project: string, ...flags: string[]) {
  const image = await buildImage(project);
  const payload = join(untouched, 'payloads/payload.json');
  const model = join(untouched, 'model');
  try {
    return await verify([image, `--payload=${payload}`, `--model-dir=${model}`, '--timeout=20', ...flags]);
  } finally {
    await removeImage(image);
  }
}

describe('an image that', () => {
  // So does that of a project, in image/images.test.ts.
  test.concurrent('is built by hand and keeps to the contract passes', all, async () => {
    const { code, failed, report } = await verifyImage(untouched, '--skip=time-outs');
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    const skipped = report.checks.filter(({ status }) => status === 'skipped').map(({ id }) => id);
    // Of an instance type and of CSV it was told nothing.
    expect(skipped).toEqual(
      ['accept-quality', 'last-line', 'csv-line-ends', 'batch-lines', 'architecture'].filter((id) =>
        skipped.includes(id),
      ),
    );
  });

  test.concurrent('is started by a shell that the server replaces passes', all, async () => {
    const project = changed([
      'Dockerfile',
      '["/opt/program/serve"]',
      '["bash", "-c", "cd /tmp && exec /opt/program/serve $0"]',
    ]);
    const { failed } = await verifyImage(project, '--only=image,start-up,shutdown');
    expect(failed).toEqual([]);
  });

  test.concurrent.each(broken)(
    '%s is found out, and nothing else is said of it',
    all,
    async (_, file, from, to, ids) => {
      const { code, failed } = await verifyImage(changed([file, from, to]), '--skip=time-outs');
      expect(failed.map(({ id, detail }) => `${id}: ${detail}`).join('\n')).toMatch(
        new RegExp(`^${ids.map((id) => (id.includes(':') ? `${id}.*` : `${id}: .+`)).join('\n')}$`),
      );
      expect(code).toBe(failed.some(({ level }) => level !== 'info') ? 1 : 0);
    },
  );

  test.concurrent('needs something in the network is found out', all, async () => {
    // On a network of Docker's with a way out: a container that is checked is on one without.
    const base = process.env.TEST_PYTHON_IMAGE ?? 'python:3.12-slim';
    const run = ['run', '--detach', '--rm', base, 'python', '-m', 'http.server'];
    const service = (await command('docker', run)).stdout.trim();
    const format = '{{.NetworkSettings.IPAddress}}';
    const { stdout: address } = await command('docker', ['inspect', '--format', format, service]);
    const call = `    __import__("socket").create_connection(("${address.trim()}", 8000), timeout=2)\n`;
    const project = changed(['serve', '    server = Server(', `${call}    server = Server(`]);
    const only = '--only=start-up,environment';
    const [without, given] = await Promise.all([
      verifyImage(project, only),
      verifyImage(project, only, '--network'),
    ]).finally(() => command('docker', ['rm', '--force', service]));
    expect(without.failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
      expect.stringMatching(
        /^no-network: it needs a network, by what it says; its last words: .*; --network gives it one$/,
      ),
    ]);
    expect(without.code).toBe(1);
    expect(given.failed).toEqual([]);
    expect(given.report.checks.find(({ id }) => id === 'no-network')?.status).toBe('skipped');
  });

  test.concurrent('nobody has read gets no network, few capabilities and no new ones, and a limit of processes', async () => {
    const probe = [
      'import os, socket',
      'status = dict(line.split(":", 1) for line in open("/proc/self/status"))',
      'places = [f"/sys/fs/cgroup/{place}pids.max" for place in ("", "pids/")]',
      'limit = next(open(place).read().strip() for place in places if os.path.exists(place))',
      'way = socket.socket().connect_ex(("1.1.1.1", 53)) == 0 if socket.setdefaulttimeout(2) is None else None',
      'print(status["CapBnd"].strip(), status["NoNewPrivs"].strip(), limit, way, flush=True)',
      'raise SystemExit(3)',
    ];
    const lines = probe.map((line) => `    ${line}\n`).join('');
    const project = changed(['serve', '    server = Server(', `${lines}    server = Server(`]);
    const { failed } = await verifyImage(project, '--only=starts');
    // Bits 0 and 1, 3 to 7, 10 and 18: see image.ts.
    expect(failed[0]?.detail).toBe('it ended with 3; its last words: 00000000000404fb 1 4096 False');
  });

  test.concurrent('is of another architecture than its instance type is found out', async () => {
    const { failed } = await verifyImage(untouched, '--only=image', '--instance-type=ml.m7g.large');
    const { failed: none } = await verifyImage(untouched, '--only=image', '--instance-type=ml.m5.large');
    expect([...failed, ...none].map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
      process.arch === 'arm64'
        ? 'architecture: linux/arm64; ml.m5.large is linux/amd64'
        : 'architecture: linux/amd64; ml.m7g.large is linux/arm64',
    ]);
  });
});
