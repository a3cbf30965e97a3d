import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { command } from '../../harness.ts';
import { removeImage } from '../docker.ts';
import { copyOf, type Trained, trained } from '../trained.ts';
import { change, type Local, runThroughLocal, startLocal } from './local.ts';

const type = process.arch === 'arm64' ? 'ml.m6g.large' : 'ml.m5.large';
let made: Trained;

beforeAll(async () => {
  made = await trained('fails', '--framework=sklearn', `--instance-type=${type}`);
  symlinkSync(made.venv, join(made.project, '.venv'));
});

/** Runs lines of bash in the project, against a service with these flags. */
const script = (lines: readonly string[], ...flags: string[]) =>
  runThroughLocal(made.project, lines, ['--process', '--time-scale=20', ...flags]);

const [upload, create] = ['deploy/upload_to_s3.sh', 'deploy/deploy.sh'] as const;
const deploy = [upload, create];

test('without capacity the endpoint is Failed, in the words of AWS', async () => {
  const { code, stderr } = await script(deploy, '--fail=host:InsufficientInstanceCapacity');
  expect(code).toBe(3);
  expect(stderr).toContain(
    'the endpoint is Failed: Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.',
  );
});

test('an image with a manifest of OCI, which SageMaker refuses, is not tried', async () => {
  const oci = [
    "uri=$(aws ecr describe-repositories --region us-east-1 --query 'repositories[0].repositoryUri' --output text)",
    `manifests=http://\${uri%%/*}/v2/\${uri#*/}/manifests`,
    '. deploy/settings.sh',
    "tag=$(aws ecr describe-images --repository-name fails --region us-east-1 --query 'imageDetails[0].imageTags[0]' --output text)",
    'sleep 2',
    'curl --noproxy "*" -fsS "$manifests/$tag" |',
    "  sed 's/vnd.docker.distribution.manifest.v2/vnd.oci.image.manifest.v1/; s/vnd.docker.container.image.v1/vnd.oci.image.config.v1/' |",
    '  curl --noproxy "*" -fsS -X PUT -H "Content-Type: application/vnd.oci.image.manifest.v1+json" --data-binary @- "$manifests/$PROJECT_ID-29990101-000000"',
  ];
  const { code, stderr } = await script([...oci, ...deploy]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(
    /SageMaker refuses the image sha256:\S+, since its manifest is application\/vnd\.oci\.image/,
  );
});

test('a model whose data is not on S3 is refused, as SageMaker refuses it', all, async () => {
  const ecr = 'aws ecr --region us-east-1 --output text';
  const { code, stderr } = await script([
    upload,
    `uri=$(${ecr} describe-repositories --query 'repositories[0].repositoryUri')`,
    `digest=$(${ecr} describe-images --repository-name fails --query 'imageDetails[0].imageDigest')`,
    'aws sagemaker create-model --region us-east-1 --model-name none --execution-role-arn "$ROLE_ARN" \\',
    '  --primary-container "Image=$uri@$digest,ModelDataUrl=s3://sagemaker-us-east-1-123456789012/none.tar.gz"',
  ]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(
    /\(ValidationException\).* Could not find model data at s3:\/\/sagemaker-us-east-1-123456789012\/none\.tar\.gz\./,
  );
});

test('with credentials that expire on the way deploy.sh ends, and says so', all, async () => {
  const { code, stderr } = await script(deploy, '--fail=DescribeEndpoint:ExpiredTokenException:2-');
  expect(code).not.toBe(0);
  expect(stderr).toContain('The security token included in the request is expired');
});

/** A container that answers on port 8080, and logs each request; `body` is what it does before it answers. */
const server = (body: string) =>
  [
    'import http.server, time',
    'class Slow(http.server.BaseHTTPRequestHandler):',
    '    def do_GET(self):',
    '        print("asked for", self.path, flush=True)',
    `        ${body}`,
    '        self.send_response(200)',
    '        self.end_headers()',
    '    def log_message(self, *_): pass',
    'http.server.ThreadingHTTPServer(("", 8080), Slow).serve_forever()',
  ].join('\n');

const images = [
  {
    what: 'an image without serve on its path',
    entry: '',
    reason: /the endpoint is Failed: CannotStartContainerError\. .*docker run \S+ serve/,
    line: /exec: "serve": executable file not found in \$PATH/,
  },
  {
    what: 'a /ping that takes 3 s',
    entry: `ENTRYPOINT ${JSON.stringify(['python3', '-c', server('time.sleep(3)')])}`,
    reason:
      /the endpoint is Failed: The primary container for production variant AllTraffic did not pass the ping health check/,
    line: /asked for \/ping/,
  },
];

// A model that cannot be loaded shows the same way: see deploy.test.ts.
for (const { what, entry, reason, line } of images)
  test(`${what} ends in Failed, and deploy.sh says why, with the last lines of the log`, all, async () => {
    const copy = copyOf(made.project);
    // The shortest that there is.
    change(
      copy,
      'deploy/settings.sh',
      /VARIANT_OPTIONS='.*'/,
      "VARIANT_OPTIONS='ContainerStartupHealthCheckTimeoutInSeconds=60'",
    );
    writeFileSync(
      join(copy, 'Dockerfile'),
      `ARG PYTHON_IMAGE=python\nFROM $PYTHON_IMAGE\nWORKDIR /opt/program\n${entry}\n`,
    );
    const world = await startLocal(copy, '--time-scale=20');
    started.push(world);
    for (const step of ['deploy/build_and_push.sh', 'deploy/upload_to_s3.sh']) {
      const { code, stderr } = await world.run(copy, step);
      expect(code, stderr).toBe(0);
    }
    const { code, stderr } = await world.run(copy, 'deploy/deploy.sh');
    expect(code).toBe(3);
    expect(stderr).toMatch(reason);
    expect(stderr.split('The last lines of its log:\n')[1]).toMatch(line);
  });

test(
  'an image that writes beside /tmp, or as root only, does not start on a serverless endpoint',
  all,
  async () => {
    const copy = copyOf(made.project);
    const writes = "open('/opt/program/cache', 'w')";
    const entry = JSON.stringify(['python3', '-c', [writes, server('pass')].join('\n')]);
    writeFileSync(
      join(copy, 'Dockerfile'),
      `ARG PYTHON_IMAGE=python\nFROM $PYTHON_IMAGE\nWORKDIR /opt/program\nENTRYPOINT ${entry}\n`,
    );
    const world = await startLocal(copy, '--time-scale=20');
    started.push(world);
    const { code, stdout, stderr } = await world.run(copy, 'deploy/build_and_push.sh');
    expect(code, stderr).toBe(0);
    const image = /^Pushed (\S+)$/m.exec(stdout)?.[1] ?? '';
    const { ROLE_ARN: role = '' } = world.env;
    const sagemaker = (...args: string[]) => world.aws('sagemaker', ...args, '--region', 'us-east-1');
    const model = [
      '--model-name',
      'writes',
      '--execution-role-arn',
      role,
      '--primary-container',
      `Image=${image}`,
    ];
    await sagemaker('create-model', ...model);
    const size = { InstanceType: type, InitialInstanceCount: 1 };
    const serverless = { ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } };
    for (const [name, way] of Object.entries({ instance: size, serverless })) {
      const variants = JSON.stringify([{ VariantName: 'v', ModelName: 'writes', ...way }]);
      await sagemaker(
        'create-endpoint-config',
        '--endpoint-config-name',
        name,
        '--production-variants',
        variants,
      );
      await sagemaker('create-endpoint', '--endpoint-name', name, '--endpoint-config-name', name);
    }
    const status = async (name: string) =>
      (await sagemaker('describe-endpoint', '--endpoint-name', name)).EndpointStatus;
    for (const [name, end] of [
      ['instance', 'InService'],
      ['serverless', 'Failed'],
    ] as const)
      await expect.poll(() => status(name), { timeout: 240_000 }).toBe(end);
    expect((await world.local('logs')).stdout).toMatch(
      /serverless .*Read-only file system: '\/opt\/program\/cache'/,
    );
  },
);

const started: Local[] = [];

afterAll(async () => {
  for (const world of started) {
    await world.local('stop');
    const registry = new URL(world.env.AWS_ENDPOINT_URL ?? '').host;
    const format = '{{.Repository}}:{{.Tag}}';
    const { stdout } = await command('docker', ['image', 'ls', '--format', format]);
    const names = stdout.split('\n').filter((name) => name.startsWith(registry));
    if (names.length) await removeImage(...names);
  }
});
