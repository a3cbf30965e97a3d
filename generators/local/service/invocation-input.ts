import type { IncomingMessage } from 'node:http';
import { AwsError } from '../api/errors.ts';
import { runtime, shapeOf } from '../api/model.ts';
import { validate } from '../api/validate.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

export type Operation = (typeof operations)[keyof typeof operations];

const operations = {
  invocations: 'InvokeEndpoint',
  'invocations-response-stream': 'InvokeEndpointWithResponseStream',
  'async-invocations': 'InvokeEndpointAsync',
} as const;

const invocationPath = /^\/endpoints\/([^/]+)\/(invocations|invocations-response-stream|async-invocations)$/;

/** The members that a request brings in its path and its headers, by their names in the API; numbers as text. */
export type Input = Readonly<Record<string, string>>;

const pathOf = ({ url = '' }: IncomingMessage) => url.replace(/\?.*/, '');

/** An invocation of an endpoint. */
export interface Own {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly input: Input;
}

/** Which endpoint a request invokes, and how; undefined where it invokes none. */
export function invocationOf(
  request: IncomingMessage,
): { readonly operation: Operation; readonly endpoint: string } | undefined {
  const [, endpoint, path] = invocationPath.exec(pathOf(request)) ?? [];
  return endpoint && path ? { operation: operations[path as keyof typeof operations], endpoint } : undefined;
}

/** What a request asks for, held against the API's model. */
export function asked(request: IncomingMessage): { readonly operation: Operation; readonly input: Input } {
  const { operation, endpoint } = invocationOf(request) as NonNullable<ReturnType<typeof invocationOf>>;
  let name: string;
  try {
    name = decodeURIComponent(endpoint);
  } catch {
    throw new AwsError(
      'ValidationError',
      'The name of the endpoint in the path is not encoded as it should be',
    );
  }
  return { operation, input: inputOf(operation, name, request) };
}

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

/** What a container gets to see; all else is not passed on. */
export function headersFor(input: Input): Record<string, string> {
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
export function passedBack({ headers }: IncomingMessage): Record<string, string> {
  const names = ['custom-attributes', 'new-session-id', 'closed-session-id'].map(
    (name) => `x-amzn-sagemaker-${name}`,
  );
  return Object.fromEntries(
    names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
  );
}
