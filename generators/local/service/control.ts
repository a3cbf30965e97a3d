import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../api/errors.ts';
import { control } from '../api/model.ts';
import { validate } from '../api/validate.ts';
import { whyNotOnDisk } from '../disk.ts';
import type { Handlers } from '../resources/world.ts';
import { bodyOf, type Scope } from './request.ts';

const largestRequest = 1024 * 1024;

/** Calls of the control plane, in AWS's JSON 1.1: `X-Amz-Target` names the operation, body and answer are JSON. */
export function controlPlane(handlers: Handlers) {
  return async (request: IncomingMessage, response: ServerResponse, { region }: Scope): Promise<void> => {
    const [, operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    try {
      const body = await bodyOf(request, largestRequest);
      const handler = Object.hasOwn(handlers, operation) && handlers[operation];
      if (!handler)
        throw new AwsError(
          'UnknownOperationException',
          `ml-container-creator local does not serve ${operation}`,
        );
      const input = parsed(body);
      validate(control, operation, input);
      answer(response, 200, await handler(input as never, region));
    } catch (error) {
      const { code, message, status } = error instanceof AwsError ? error : failure(error);
      answer(response, status, { __type: code, message });
    }
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch {
    throw new AwsError('SerializationException', 'The body of the request is no JSON');
  }
}

/** A fault of this service itself. */
export function failure(error: unknown): AwsError {
  const reason =
    whyNotOnDisk(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new AwsError('InternalFailure', `ml-container-creator local failed: ${reason}`, 500);
}

/** JSON, or nothing. */
function answer(response: ServerResponse, status: number, value: object | undefined): void {
  const body = value === undefined ? '' : JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-RequestId': randomUUID(),
  });
  response.end(body);
}
