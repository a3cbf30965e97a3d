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

/** Of a chat in the form of OpenAI's API, which the container gets as it is. */
const chatPath = /^\/endpoints\/([^/]+)(?:\/inference-components\/([^/]+))?\/openai\/v1\/chat\/completions$/;

/** The members that a request brings in its path and its headers, by their names in the API; numbers as text. */
export type Input = Readonly<Record<string, string>>;

const pathOf = ({ url = '' }: IncomingMessage) => url.replace(/\?.*/, '');

/** An invocation of an endpoint. */
export interface Own {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly input: Input;
}

interface Invoked {
  readonly operation: Operation;
  /** As they stand in the path. */
  readonly endpoint: string;
  readonly component?: string;
  readonly isChat: boolean;
}

/** Which endpoint a request invokes, and how; undefined where it invokes none. */
export function invocationOf(request: IncomingMessage): Invoked | undefined {
  const [, endpoint, path] = invocationPath.exec(pathOf(request)) ?? [];
  if (endpoint && path)
    return { operation: operations[path as keyof typeof operations], endpoint, isChat: false };
  const [, asked, component] = chatPath.exec(pathOf(request)) ?? [];
  // What IAM, too, has it called.
  return asked
    ? { operation: 'InvokeEndpoint', endpoint: asked, isChat: true, ...(component && { component }) }
    : undefined;
}

/** What a request asks for, held against the API's model. */
export function asked(request: IncomingMessage) {
  const { operation, endpoint, component, isChat } = invocationOf(request) as Invoked;
  const named: Record<string, string> = { EndpointName: decoded(endpoint) };
  if (component !== undefined) named.InferenceComponentName = decoded(component);
  const input = inputOf(operation, named, request);
  return { operation, isChat, input };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new AwsError(
      'ValidationError',
      'The name of the endpoint in the path is not encoded as it should be',
    );
  }
}

function inputOf(operation: string, named: Input, { headers }: IncomingMessage): Input {
  const shape = shapeOf(runtime, runtime.operations[operation]?.input ?? '');
  const given = Object.entries(shape.headers ?? {}).flatMap(([member, header]) => {
    const value = headers[header];
    return typeof value === 'string' ? [[member, value] as const] : [];
  });
  const input: Input = { Body: '', ...Object.fromEntries(given), ...named };
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
