// The hosting service with containers that are small functions, and surroundings that have images, S3 and alarms.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { Containers, Surroundings, ToRun } from '../../../generators/local/hosting.ts';
import {
  type Service,
  type ServiceOptions,
  startService,
} from '../../../generators/local/service/service.ts';
import { tempFolder } from '../../harness.ts';

const region = 'eu-west-1';
export const role = 'arn:aws:iam::123456789012:role/SageMakerExecution';
const docker = 'application/vnd.docker.distribution.manifest.v2+json';

/** How a container behaves, by its image. */
export interface Behaviour {
  /** What answers; a container that ends at once has none. */
  readonly listener?: RequestListener;
  /** Of one that does not start or ends: how. */
  readonly ended?: { readonly code: number; readonly error?: string };
  /** Why there is no container. */
  readonly refused?: string;
}

export const healthy = (answer: RequestListener): Behaviour => ({
  listener: (request, response) => {
    if (request.url === '/ping') response.end();
    else answer(request, response);
  },
});

/** A container that answers with its variables. */
export const echo = healthy((request, response) => {
  request.resume();
  request.on('end', () => response.end(request.headers['content-type']));
});

interface Answer extends Readonly<Record<string, unknown>> {
  readonly EndpointStatus?: string;
  readonly FailureReason?: string;
  readonly ProductionVariants?: readonly { readonly CurrentInstanceCount: number }[];
}

export interface Local {
  readonly service: Service;
  /** What was started, oldest first. */
  readonly started: readonly ToRun[];
  /** The same with what ends each. */
  readonly running: ReadonlySet<{ readonly what: ToRun; crash(): void }>;
  readonly lines: readonly string[];
  readonly s3: Map<string, string>;
  readonly alarms: Set<string>;
  /** What Application Auto Scaling has, by its operations. */
  readonly scaling: Map<string, object>;
  /** Calls the control plane; the answer's members, with `__type` and `message` of an error. */
  call(operation: string, input?: object, to?: string): Promise<Answer>;
  /** Waits until an endpoint is in no change any more, and describes it. */
  settled(name: string): Promise<Answer>;
  invoke(name: string, init?: RequestInit & { path?: string }): Promise<Response>;
}

const open: Service[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

export async function start(
  behaviours: Readonly<Record<string, Behaviour>>,
  options: Partial<ServiceOptions> & { readonly images?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Local> {
  const started: ToRun[] = [];
  const running = new Set<{ what: ToRun; crash(): void }>();
  const lines: string[] = [];
  const s3 = new Map<string, string>();
  const alarms = new Set<string>();
  const scaling = new Map<string, object>();

  const containers: Containers = {
    async start(what) {
      started.push(what);
      const { listener, ended, refused } = behaviours[what.image] ?? echo;
      if (refused) throw new Error(refused);
      if (!listener)
        return { url: undefined, ended: Promise.resolve(ended ?? { code: 1 }), stop: async () => undefined };
      what.onLine(`serving ${what.image}`);
      const server = createServer(listener);
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const over = new Promise<{ code: number }>((done) => server.on('close', () => done({ code: 0 })));
      const close = () => {
        running.delete(one);
        server.close();
        server.closeAllConnections();
      };
      const one = { what, crash: close };
      running.add(one);
      return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        ended: over,
        async fetchModel(uri, name) {
          if (!s3.has(uri.replace('s3:/', ''))) throw new Error('no such key');
          return `/opt/ml/models/${name}/model`;
        },
        async stop() {
          close();
          await over;
        },
      };
    },
    close: async () => undefined,
  };
  const surroundings: Surroundings = {
    handle: (request, response) => void elsewhere(request, response, { s3, alarms, scaling }),
    logLine: (group, stream, line) => lines.push(`${group} ${stream.replace(/i-0\w+/, 'i-…')} ${line}`),
    async imageOf(uri) {
      const mediaType = options.images && uri in options.images ? options.images[uri] : docker;
      return mediaType === undefined ? undefined : { mediaType };
    },
    isOnS3: async (uri) => !uri.includes('nowhere'),
    close: async () => undefined,
  };
  const service = await startService({
    containers,
    surroundings,
    folder: tempFolder(),
    timeScale: 200,
    ...options,
  });
  open.push(service);

  const headers = (to: string) => ({
    Authorization: `AWS4-HMAC-SHA256 Credential=AKID/20260101/${to}/sagemaker/aws4_request, SignedHeaders=host, Signature=0`,
  });
  const call: Local['call'] = async (operation, input = {}, to = region) => {
    const response = await fetch(service.url, {
      method: 'POST',
      headers: { ...headers(to), 'X-Amz-Target': `SageMaker.${operation}` },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    return text ? JSON.parse(text) : {};
  };
  return {
    service,
    started,
    running,
    lines,
    s3,
    alarms,
    scaling,
    call,
    async settled(name) {
      for (;;) {
        const described = await call('DescribeEndpoint', { EndpointName: name });
        if (!/ing$|RollingBack/.test(described.EndpointStatus ?? '')) return described;
        await new Promise((done) => setTimeout(done, 10));
      }
    },
    invoke: (name, { path = 'invocations', ...init } = {}) =>
      fetch(`${service.url}/endpoints/${name}/${path}`, {
        method: 'POST',
        body: '[1]',
        ...init,
        headers: { ...headers(region), ...init.headers },
      }),
  };
}

/** Objects by their path, and the one call of CloudWatch. */
async function elsewhere(
  request: IncomingMessage,
  response: ServerResponse,
  { s3, alarms, scaling }: Pick<Local, 's3' | 'alarms' | 'scaling'>,
) {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  const path = decodeURIComponent(request.url ?? '');
  if (request.headers.authorization?.includes('/monitoring/')) {
    const asked = [...new URLSearchParams(body)].flatMap(([key, value]) =>
      key.startsWith('AlarmNames') && alarms.has(value) ? [`<AlarmName>${value}</AlarmName>`] : [],
    );
    response.end(`<DescribeAlarmsResponse>${asked.join('')}</DescribeAlarmsResponse>`);
  } else if (request.headers.authorization?.includes('/application-autoscaling/')) {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    response.end(JSON.stringify(scaling.get(operation) ?? {}));
  } else if (request.method === 'PUT') {
    s3.set(path, body);
    response.end();
  } else if (path.includes('?list-type=2')) {
    const [bucket = '', query] = path.split('?');
    const start = `${bucket}/${new URLSearchParams(query).get('prefix')}`;
    const keys = [...s3.keys()]
      .filter((key) => key.startsWith(start))
      .map((key) => key.slice(bucket.length + 1));
    response.end(keys.map((key) => `<Key>${encodeURIComponent(key)}</Key>`).join(''));
  } else response.writeHead(s3.has(path) ? 200 : 404).end(s3.get(path));
}

export const variant = (model: string, more: object = {}) => ({
  VariantName: 'AllTraffic',
  ModelName: model,
  InstanceType: 'ml.m5.large',
  InitialInstanceCount: 1,
  ...more,
});

/** A model of an image, and a configuration of the same name for it. */
export async function configured(
  local: Local,
  name: string,
  image = name,
  more: object = {},
  whole: object = {},
) {
  const model = await local.call('CreateModel', {
    ModelName: name,
    ExecutionRoleArn: role,
    PrimaryContainer: { Image: image, ModelDataUrl: 's3://bucket/model.tar.gz' },
  });
  const configuration = await local.call('CreateEndpointConfig', {
    EndpointConfigName: name,
    ProductionVariants: [variant(name, more)],
    ...whole,
  });
  return { ...model, ...configuration };
}
