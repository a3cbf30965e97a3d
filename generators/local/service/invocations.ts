import type { IncomingMessage, ServerResponse } from 'node:http';
import { partitionOf } from '../../instances/partitions.ts';
import { AwsError } from '../api/errors.ts';
import { runtime, shapeOf } from '../api/model.ts';
import { validate } from '../api/validate.ts';
import type { Clock } from '../clock.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import type { Instance } from '../endpoint/instance.ts';
import { account } from '../hosting.ts';
import { busy, call, type Invocation, TimedOut } from './container-call.ts';
import { failure } from './control.ts';
import { payloadPart, streamError } from './event-stream.ts';
import type { Faults } from './faults.ts';
import { type Later, laterFor } from './later.ts';
import type { Others } from './others.ts';
import { bodyOf, type Scope } from './request.ts';

/** Bytes of a request's body. */
const largest = { instance: 25 * 1024 * 1024, serverless: 4 * 1024 * 1024, later: 128_000 };
/** Seconds for an answer, and for one that comes in parts. */
const limits = { whole: 60, stream: 480 };

const operations = {
  invocations: 'InvokeEndpoint',
  'invocations-response-stream': 'InvokeEndpointWithResponseStream',
  'async-invocations': 'InvokeEndpointAsync',
} as const;

export const invocationPath =
  /^\/endpoints\/([^/]+)\/(invocations|invocations-response-stream|async-invocations)$/;

type Input = Readonly<Record<string, string>>;

interface World {
  readonly endpoints: Endpoints;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly others: Others;
}

/** Invocations of endpoints, by their three paths. */
export function invocations({ endpoints, faults, clock, others }: World) {
  const later = laterFor(clock, others);

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    { region }: Scope,
  ): Promise<void> {
    const [, name = '', path = ''] = invocationPath.exec(pathOf(request)) ?? [];
    const operation = operations[path as keyof typeof operations];
    const input = inputOf(operation, decodeURIComponent(name), request);
    faults.strike(operation);
    const endpoint = reachable(endpoints.get(region, input.EndpointName as string), input);
    const isLater = operation === 'InvokeEndpointAsync';
    const serverless = endpoint.variants.some(({ variant }) => variant.ServerlessConfig);
    const body = await bodyOf(
      request,
      isLater ? largest.later : largest[serverless ? 'serverless' : 'instance'],
    );
    const invocation = { path: '/invocations', headers: headersFor(input), body };
    const own = { endpoint, region, input };
    checkKind(own, isLater);
    if (isLater)
      return accept(response, await later(own, invocation, (to, seconds) => whole(own, to, seconds)));
    const limit = operation === 'InvokeEndpoint' ? limits.whole : limits.stream;
    const { variant, instance } = chosen(own);
    await busy(instance, async () => {
      const answered = await called(own, instance, invocation, limit);
      const kept = { ...passedBack(answered), 'x-Amzn-Invoked-Production-Variant': variant };
      if (operation === 'InvokeEndpoint') {
        const content = await read(own, answered);
        const type = answered.headers['content-type'];
        response.writeHead(200, {
          ...kept,
          ...(type && { 'Content-Type': type }),
          'Content-Length': content.length,
        });
        response.end(content);
      } else await stream(response, answered, kept);
    });
  }

  /** An answer as a whole, of whichever instance; for asynchronous invocations. */
  async function whole(own: Own, invocation: Invocation, seconds: number): Promise<Later> {
    const { instance } = chosen(own);
    return busy(instance, async () => {
      const answered = await called(own, instance, invocation, seconds);
      return {
        body: await read(own, answered),
        type: answered.headers['content-type'] ?? 'application/octet-stream',
      };
    });
  }

  /** The head of an answer with a status of success, or a ModelError. */
  async function called(own: Own, instance: Instance, invocation: Invocation, seconds: number) {
    try {
      const answered = await call(instance.url ?? '', invocation, clock.real(seconds));
      const status = answered.statusCode ?? 0;
      if (status >= 200 && status < 300) return answered;
      throw modelError(own, status, (await read(own, answered)).toString('utf8'));
    } catch (error) {
      throw error instanceof AwsError ? error : broken(own, error);
    }
  }

  return async (request: IncomingMessage, response: ServerResponse, scope: Scope): Promise<void> => {
    try {
      await answer(request, response, scope);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, error instanceof AwsError ? error : failure(error));
    }
  };
}

export interface Own {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly input: Input;
}

const pathOf = ({ url = '' }: IncomingMessage) => url.replace(/\?.*/, '');

/** The members of an input, which travel in the path and in headers. */
function inputOf(operation: string, name: string, { headers }: IncomingMessage): Input {
  const shape = shapeOf(runtime, runtime.operations[operation]?.input ?? '');
  const given = Object.entries(shape.headers ?? {}).flatMap(([member, header]) => {
    const value = headers[header];
    return typeof value === 'string' ? [[member, value] as const] : [];
  });
  const input = { EndpointName: name, Body: '', ...Object.fromEntries(given) };
  const typed = Object.entries(input).map(([member, value]) => {
    const { type } = shapeOf(runtime, shape.members?.[member] ?? '');
    return [member, type === 'integer' ? Number(value) : value];
  });
  try {
    validate(runtime, operation, Object.fromEntries(typed));
  } catch (error) {
    throw error instanceof AwsError ? new AwsError('ValidationError', error.message) : error;
  }
  return input;
}

const invalid = (message: string) => new AwsError('ValidationError', message);

/** Members that need what this service has not. */
const unserved = ['TargetModel', 'TargetContainerHostname', 'InferenceComponentName', 'EnableExplanations'];

function reachable(endpoint: Endpoint | undefined, input: Input): Endpoint {
  const member = unserved.find((name) => name in input);
  if (member) throw invalid(`ml-container-creator local does not serve ${member}`);
  if (!endpoint || ['Creating', 'Failed', 'Deleting'].includes(endpoint.record.status))
    throw invalid(`Endpoint ${input.EndpointName} of account ${account} not found.`);
  const { TargetVariant: target } = input;
  if (target && !endpoint.variants.some(({ name }) => name === target))
    throw invalid(`Variant ${target} not found for endpoint ${input.EndpointName} of account ${account}.`);
  return endpoint;
}

function checkKind({ endpoint, input }: Own, isLater: boolean): void {
  const forLater = endpoint.record.deployed.configuration.input.AsyncInferenceConfig !== undefined;
  if (isLater && !forLater)
    throw invalid(`Endpoint ${input.EndpointName} is not configured for asynchronous inference.`);
  if (!isLater && forLater)
    throw invalid(`Endpoint ${input.EndpointName} is for asynchronous inference: use InvokeEndpointAsync.`);
}

function chosen({ endpoint, input }: Own) {
  const found = endpoint.pick(input.TargetVariant);
  if (!found) throw new AwsError('ServiceUnavailable', 'The service is unavailable. Please retry.', 503);
  const serverless = endpoint.variants.find(({ name }) => name === found.variant)?.variant.ServerlessConfig;
  if (serverless && found.instance.outstanding >= serverless.MaxConcurrency)
    throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
  return found;
}

/** What a container gets to see; all else is not passed on. */
function headersFor(input: Input): Record<string, string> {
  const names = {
    ContentType: 'Content-Type',
    Accept: 'Accept',
    CustomAttributes: 'X-Amzn-SageMaker-Custom-Attributes',
    InferenceId: 'X-Amzn-SageMaker-Inference-Id',
    SessionId: 'X-Amzn-SageMaker-Session-Id',
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([member, header]) => {
      const value = input[member];
      return value === undefined ? [] : [[header, value]];
    }),
  );
}

/** Headers of a container's answer that reach the caller. */
function passedBack({ headers }: IncomingMessage): Record<string, string> {
  const names = ['custom-attributes', 'new-session-id', 'closed-session-id'].map(
    (name) => `x-amzn-sagemaker-${name}`,
  );
  return Object.fromEntries(
    names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
  );
}

async function read(own: Own, answered: IncomingMessage): Promise<Buffer> {
  try {
    const parts: Buffer[] = [];
    for await (const part of answered) parts.push(part);
    return Buffer.concat(parts);
  } catch (error) {
    throw broken(own, error);
  }
}

async function stream(response: ServerResponse, answered: IncomingMessage, headers: Record<string, string>) {
  const type = answered.headers['content-type'];
  response.writeHead(200, {
    ...headers,
    'Content-Type': 'application/vnd.amazon.eventstream',
    ...(type && { 'X-Amzn-SageMaker-Content-Type': type }),
  });
  // A caller that leaves ends the container's work.
  response.on('close', () => answered.destroy());
  try {
    for await (const part of answered)
      if (!response.write(payloadPart(part)))
        await new Promise<void>((done) => {
          response.once('drain', done);
          response.once('close', done);
        });
  } catch (error) {
    const late = error instanceof TimedOut;
    response.write(
      streamError(
        late ? 'ModelInvocationTimeExceeded' : 'StreamBroken',
        late
          ? 'The model did not end its answer in time.'
          : "The connection to the model's container was broken.",
      ),
    );
  }
  response.end();
}

/** What AWS makes of an answer that is no success. */
function modelError({ endpoint, region }: Own, status: number, text: string): AwsError {
  const { name } = endpoint.record;
  const group = `/aws/sagemaker/Endpoints/${name}`;
  const who = status >= 400 && status < 500 ? 'client' : 'server';
  const message =
    `Received ${who} error (${status}) from primary with message "${text}". See ` +
    `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logEventViewer:group=${group} ` +
    `in account ${account} for more information.`;
  return new AwsError('ModelError', message, 424, {
    OriginalStatusCode: status,
    OriginalMessage: text.slice(0, 2048),
    LogStreamArn: `arn:${partitionOf(region).name}:logs:${region}:${account}:log-group:${group}`,
  });
}

/** What it makes of none. */
const broken = (own: Own, error: unknown) =>
  modelError(
    own,
    0,
    error instanceof TimedOut
      ? 'Your invocation timed out while waiting for a response from container primary. Review the latency metrics ' +
          'for each container in Amazon CloudWatch, resolve the issue, and try again.'
      : 'An error occurred while handling request as the model process exited.',
  );

function refuse(response: ServerResponse, { code, message, status, members }: AwsError): void {
  const body = JSON.stringify({ ErrorCode: code, ...members, Message: message, message });
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...(code !== '413' && { 'x-amzn-ErrorType': code }),
  });
  response.end(body);
}

function accept(
  response: ServerResponse,
  {
    id,
    output,
    failure: failed,
  }: { readonly id: string; readonly output: string; readonly failure?: string },
): void {
  const body = JSON.stringify({ InferenceId: id });
  response.writeHead(202, {
    'Content-Type': 'application/json',
    'X-Amzn-SageMaker-OutputLocation': output,
    ...(failed && { 'X-Amzn-SageMaker-FailureLocation': failed }),
  });
  response.end(body);
}
