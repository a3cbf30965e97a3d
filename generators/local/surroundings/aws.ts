import {
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { signedFor } from '../service/request.ts';

const keyHeader = 'x-ml-container-creator-key';

/** moto, asked for what is needed here itself. */
export class Aws {
  readonly #port: number;
  readonly #key: string;

  constructor(port: number, key = '') {
    this.#port = port;
    this.#key = key;
  }

  /** Calls an operation of a service with AWS's JSON protocol. Rejects with its error, whose `name` is AWS's code. */
  async call(
    service: string,
    region: string,
    target: string,
    parameters: object,
  ): Promise<Record<string, unknown>> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/`, {
      method: 'POST',
      headers: {
        Authorization: signedFor(region, service),
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': target,
        [keyHeader]: this.#key,
      },
      body: JSON.stringify(parameters),
    });
    // Nothing, where an operation gives nothing.
    const body = JSON.parse((await answer.text()) || '{}') as Record<string, unknown>;
    if (answer.ok) return body;
    const { __type: type, message = body.Message } = body;
    throw Object.assign(new Error(String(message)), { name: String(type).replace(/^.*#/, '') });
  }

  /** Reads from S3; the answer is S3's own, also where it is an error. */
  get(path: string, region: string): Promise<IncomingMessage> {
    return this.send('GET', path, { Authorization: signedFor(region, 's3') });
  }

  /** Passes a request on; the answer's body goes through `change`, where there is one. */
  async pass(
    request: IncomingMessage,
    response: ServerResponse,
    change?: (body: string) => string,
  ): Promise<void> {
    // Node has answered that already; and what is to be changed is not to be compressed.
    const { expect: _expect, 'accept-encoding': encoding, ...headers } = request.headers;
    const all = { ...headers, ...(!change && encoding && { 'accept-encoding': encoding }) };
    const answer = await this.send(request.method ?? 'GET', request.url ?? '/', all, request);
    const status = answer.statusCode ?? 502;
    const { connection: _connection, ...answered } = answer.headers;
    if (!change) {
      response.writeHead(status, answered);
      await pipeline(answer, response);
      return;
    }
    const body = change(await text(answer));
    const { 'transfer-encoding': _encoding, ...kept } = answered;
    response.writeHead(status, { ...kept, 'content-length': Buffer.byteLength(body) }).end(body);
  }

  send(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    body?: IncomingMessage,
  ): Promise<IncomingMessage> {
    return new Promise((done, fail) => {
      const all = { ...headers, [keyHeader]: this.#key };
      const sent = httpRequest({ host: '127.0.0.1', port: this.#port, method, path, headers: all }, done);
      sent.on('error', fail);
      if (body) pipeline(body, sent).catch(fail);
      else sent.end();
    });
  }
}
