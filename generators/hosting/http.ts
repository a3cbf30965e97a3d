import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { printable } from '../printable.ts';
import { limits } from './sources.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Of this machine's own addresses, the one that asks; by default the system's choice. */
  readonly from?: string;
}

export interface Question {
  readonly method?: string;
  readonly path: string;
  /** Sent as they are spelled here. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Without a Content-Length, in chunks. */
  readonly chunked?: boolean;
  /** How long to wait for the answer; SageMaker's limit for invocations by default. */
  readonly seconds?: number;
  /** Whether the connection was used just before: that it is closed then is no chance, and the request is lost. */
  readonly inUse?: boolean;
  /** Keeps connections open; without one, each request has its own connection and closes it. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly seconds: number;
}

/** The server closed the connection, did not take it, or took too long; the message says which. */
export class NoAnswer extends Error {
  readonly reason: 'refused' | 'unreached' | 'reset' | 'late' | 'other';
  /** Whether a part of the request could not be sent. */
  readonly unread: boolean;

  constructor(reason: NoAnswer['reason'], message: string, unread = false) {
    super(unread ? `${message}, and the request was not read to its end` : message);
    this.reason = reason;
    this.unread = unread;
  }
}

/** In bytes: more than any sample request can ask for. */
const largestAnswer = 64 * 1024 * 1024;

/** Sends the head of a request; the caller writes the body and ends it. */
export function begin(
  { host, port, from }: Address,
  { method = 'GET', path, headers = {}, seconds = limits.invocationSeconds, agent }: Question,
): { readonly request: ClientRequest; readonly answer: Promise<Answer> } {
  const started = performance.now();
  const request = httpRequest({
    ...{ host, port, method, path, headers },
    ...(from !== undefined && { localAddress: from }),
    agent: agent ?? false,
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    let isOver = false;
    const end = () => {
      clearTimeout(timer);
      isOver = true;
    };
    const late = () => {
      if (isOver) return;
      const unread = (request.socket?.writableLength ?? 0) > 0;
      request.destroy(new NoAnswer('late', `no answer within ${Number(seconds.toFixed(1))} s`, unread));
    };
    // What has come by then is read first: where this process was kept waiting, timers would come before it.
    const timer = setTimeout(() => setImmediate(late), seconds * 1000);
    const fail = (error: NodeJS.ErrnoException) => {
      end();
      const left = !request.writableFinished && (request.socket?.writableLength ?? 0) > 0;
      // A write that fails counts as finished.
      const unread = left || error.syscall === 'write';
      reject(error instanceof NoAnswer ? error : noAnswer(error, unread));
    };
    request.on('error', fail);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on('data', (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length > largestAnswer)
          request.destroy(new NoAnswer('other', `an answer of more than ${largestAnswer} bytes`));
      });
      response.on('error', (error: NodeJS.ErrnoException) =>
        fail(error.code === 'ECONNRESET' ? cutOff(response, length) : error),
      );
      response.on('end', () => {
        end();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts),
          seconds: (performance.now() - started) / 1000,
        });
      });
    });
  });
  // Whoever waits for it sees the failure; nobody has to.
  answer.catch(() => undefined);
  return { request, answer };
}

/** Sends a request; rejects with NoAnswer. */
export async function ask(address: Address, question: Question): Promise<Answer> {
  const { body, chunked } = question;
  const length = body && !chunked ? { 'Content-Length': String(body.length) } : undefined;
  const { request, answer } = begin(address, { ...question, headers: { ...length, ...question.headers } });
  if (chunked) for (const part of halves(body ?? Buffer.alloc(0))) request.write(part);
  request.end(chunked ? undefined : body);
  try {
    return await answer;
  } catch (error) {
    // That an idle connection is closed just as it is used again is nobody's fault, and no sign of a lost request.
    if (request.reusedSocket && !question.inUse && error instanceof NoAnswer && error.reason === 'reset')
      return ask(address, question);
    const unread = body && !chunked && error instanceof NoAnswer && error.reason === 'reset' && error.unread;
    const refusal = unread ? await refusalOf(address, question, body.length) : undefined;
    if (refusal) return refusal;
    throw error;
  }
}

/**
 * How a server refuses a body by what its head announces: it may close the connection then, and with what is still being
 * sent its answer is lost. So it is asked by the head alone; one that would read the body first says nothing.
 */
async function refusalOf(address: Address, question: Question, length: number): Promise<Answer | undefined> {
  const headers = { 'Content-Length': String(length), ...question.headers };
  const { agent: _, ...alone } = question;
  const { request, answer } = begin(address, { ...alone, headers, seconds: 3 });
  request.flushHeaders();
  const got = await answer.catch(() => undefined);
  request.destroy();
  return got && got.status >= 400 ? got : undefined;
}

/** As `ask`, with the failure as a value. */
export const tryToAsk = (address: Address, question: Question): Promise<Answer | NoAnswer> =>
  ask(address, question).catch((error) => {
    if (error instanceof NoAnswer) return error;
    throw error;
  });

export const halves = (body: Buffer): [Buffer, Buffer] => {
  const middle = Math.ceil(body.length / 2);
  return [body.subarray(0, middle), body.subarray(middle)];
};

/**
 * Keeps so many connections busy with the questions in turn, until the time is over: what is to be known of each answer,
 * in no order. The answers themselves would fill the memory.
 */
export async function load<T>(
  address: Address,
  questions: readonly Question[],
  { connections, seconds, requests = Infinity }: { connections: number; seconds: number; requests?: number },
  known: (answer: Answer | NoAnswer, question: Question) => T,
): Promise<T[]> {
  const end = performance.now() + seconds * 1000;
  const all: T[] = [];
  let sent = 0;
  const connection = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let answered = -Infinity;
    while (performance.now() < end && sent < requests) {
      const question = questions[sent++ % questions.length] as Question;
      const inUse = performance.now() - answered < 500;
      const answer = await tryToAsk(address, { ...question, agent, inUse });
      answered = performance.now();
      all.push(known(answer, question));
    }
    // Its own, and closed: others may wait for the place.
    agent.destroy();
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return all;
}

/** The media type alone, in lower case. */
export const mediaType = (header: string | undefined): string =>
  (header?.split(';')[0] ?? '').trim().toLowerCase();

/** A status with the start of its body, or why there is none. */
export function inShort(answer: Answer | NoAnswer): string {
  if (answer instanceof NoAnswer) return answer.message;
  const where = redirected(answer);
  if (where) return `${answer.status}${where}`;
  const text = printable(answer.body.subarray(0, 500).toString('utf8').replace(/\s+/g, ' ').trim());
  if (answer.status === 200 || !text) return String(answer.status);
  return `${answer.status} (${text.length > 120 ? `${text.slice(0, 120)}…` : text})`;
}

/** Where an answer sends its caller, if it does, in words that follow its status. */
export function redirected({ status, headers: { location } }: Answer): string {
  if (status < 300 || status > 399 || location === undefined) return '';
  return ` to ${printable(location).slice(0, 200)}, and SageMaker follows no redirects: answer at this path itself`;
}

/** Of an answer that has begun: how far it came, and what shows that it is not all. */
function cutOff({ statusCode, headers }: IncomingMessage, length: number): NoAnswer {
  const announced = headers['content-length'];
  const missing = announced === undefined ? 'no last chunk came' : `Content-Length announces ${announced}`;
  const words = `an answer with ${statusCode} was cut off after ${length} bytes of its body (${missing})`;
  return new NoAnswer('other', words);
}

/** There is no such machine, or no way to it. */
const unreached = /^(EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT|ENOTFOUND|EAI_\w+)$/;

export const closedEarly = 'the connection was closed before an answer came';

function noAnswer(error: NodeJS.ErrnoException, unread: boolean): NoAnswer {
  // Of a name with several addresses, each has its own.
  const { code, message }: NodeJS.ErrnoException =
    error instanceof AggregateError ? error.errors.at(-1) : error;
  if (code === 'ECONNREFUSED') return new NoAnswer('refused', 'the connection was refused');
  if (unreached.test(code ?? '')) return new NoAnswer('unreached', `it cannot be reached (${message})`);
  if (code === 'ECONNRESET' || code === 'EPIPE') return new NoAnswer('reset', closedEarly, unread);
  return new NoAnswer('other', `no valid HTTP answer (${message})`);
}
