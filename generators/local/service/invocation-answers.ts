import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsError } from '../api/errors.ts';
import { TimedOut } from './container-call.ts';
import { payloadPart, streamError } from './event-stream.ts';

/** Passes an answer on as it is, while the container writes it. */
export async function pass(
  response: ServerResponse,
  answered: IncomingMessage,
  headers: Record<string, string>,
) {
  const { 'content-type': type, 'content-length': length } = answered.headers;
  response.writeHead(200, {
    ...headers,
    ...(type && { 'Content-Type': type }),
    ...(length && { 'Content-Length': length }),
  });
  try {
    await forward(response, answered, (part) => part);
    response.end();
  } catch {
    // Its head is sent: that it is not whole is seen by its end alone.
    response.destroy();
  }
}

async function forward(response: ServerResponse, answered: IncomingMessage, form: (part: Buffer) => Buffer) {
  // A caller that leaves ends the container's work, also one that has left before it began.
  response.on('close', () => answered.destroy());
  if (response.destroyed) answered.destroy();
  for await (const part of answered)
    if (!response.write(form(part)) && !response.destroyed)
      await new Promise<void>((done) => {
        response.once('drain', done);
        response.once('close', done);
      });
}

/** Passes an answer on as events, while the container writes it. */
export async function stream(
  response: ServerResponse,
  answered: IncomingMessage,
  headers: Record<string, string>,
) {
  const type = answered.headers['content-type'];
  response.writeHead(200, {
    ...headers,
    'Content-Type': 'application/vnd.amazon.eventstream',
    ...(type && { 'X-Amzn-SageMaker-Content-Type': type }),
  });
  try {
    await forward(response, answered, payloadPart);
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

export function refuse(response: ServerResponse, { code, message, status, members }: AwsError): void {
  const body = JSON.stringify({ ErrorCode: code, ...members, Message: message, message });
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...(code !== '413' && { 'x-amzn-ErrorType': code }),
  });
  response.end(body);
}

/** Of an asynchronous invocation: where its answer will be. */
export function accept(
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
