import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { account } from '../hosting.ts';
import type { Called } from './calls.ts';

interface Spelling {
  readonly code: string;
  readonly status: number;
  readonly message?: string;
}

/** Errors that services spell in ways of their own, by the form of their answers. */
const spellings: Readonly<Record<string, Partial<Record<Called['form'], Spelling>>>> = {
  ThrottlingException: {
    query: { code: 'Throttling', status: 400 },
    s3: { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' },
    runtime: { code: 'ThrottlingException', status: 429 },
  },
  AccessDeniedException: {
    query: { code: 'AccessDenied', status: 403 },
    s3: { code: 'AccessDenied', status: 403, message: 'Access Denied' },
    runtime: { code: 'AccessDeniedException', status: 403 },
  },
  ExpiredTokenException: {
    query: { code: 'ExpiredToken', status: 403 },
    s3: { code: 'ExpiredToken', status: 400, message: 'The provided token has expired.' },
  },
  InternalFailure: { s3: { code: 'InternalError', status: 500 } },
};

/** Of codes that are none of 400. */
const statuses: Readonly<Record<string, number>> = {
  InternalFailure: 500,
  InternalError: 500,
  ServiceUnavailable: 503,
  InternalDependencyException: 530,
  ModelNotReadyException: 429,
  ExpiredTokenException: 403,
};

/** Answers a call with an error, in the form and the spelling of its service. */
export function refuseCall(response: ServerResponse, called: Called, asked: string): void {
  const { service, operation, form } = called;
  const spelled = spellings[asked]?.[form];
  const { code = asked, status = statuses[asked] ?? 400 } = spelled ?? {};
  const message = spelled?.message ?? messageOf(asked, service, operation);
  const xml = `<Code>${code}</Code><Message>${message}</Message>`;
  const id = randomUUID();
  const { type, body, headers } = {
    json: {
      type: 'application/x-amz-json-1.1',
      body: JSON.stringify({ __type: code, message }),
      headers: {},
    },
    runtime: {
      type: 'application/json',
      body: JSON.stringify({ ErrorCode: code, Message: message, message }),
      headers: { 'x-amzn-ErrorType': code },
    },
    query: {
      type: 'text/xml',
      body: `<ErrorResponse><Error><Type>Sender</Type>${xml}</Error><RequestId>${id}</RequestId></ErrorResponse>`,
      headers: {},
    },
    s3: { type: 'application/xml', body: `<Error>${xml}<RequestId>${id}</RequestId></Error>`, headers: {} },
  }[form];
  response.writeHead(status, {
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-RequestId': id,
  });
  response.end(body);
}

function messageOf(code: string, service: string, operation: string): string {
  const messages: Readonly<Record<string, string>> = {
    ThrottlingException: 'Rate exceeded',
    ExpiredTokenException: 'The security token included in the request is expired',
    AccessDeniedException:
      `User: arn:aws:iam::${account}:user/local is not authorized to perform: ${service}:${operation} because no ` +
      `identity-based policy allows the ${service}:${operation} action`,
  };
  return messages[code] ?? `${code}, as asked for by a fault`;
}
