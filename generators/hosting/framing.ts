import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address, Question } from './http.ts';

/** How far the bytes of a connection are an answer: whole, and where it ends; not yet; or never, and why. */
export type Framed =
  | { readonly state: 'whole'; readonly status: number; readonly end: number }
  | { readonly state: 'part'; readonly words: string; readonly untilClosed?: true }
  | { readonly state: 'wrong'; readonly words: string };

/** In the words of a part: no byte of an answer. */
export const nothing = 'nothing';

const blank = Buffer.from('\r\n\r\n');
const wrong = (words: string): Framed => ({ state: 'wrong', words });
const part = (words: string): Framed => ({ state: 'part', words });

/** Reads the answer at the start of some bytes as RFC 9112 has it, with nothing that clients forgive. */
export function framed(bytes: Buffer, from = 0): Framed {
  const headEnd = bytes.indexOf(blank, from);
  if (headEnd < 0) return part(bytes.length > from ? 'a head that does not end' : nothing);
  const [statusLine = '', ...lines] = bytes.toString('latin1', from, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1]);
  if (!status) return wrong('no status line');
  const body = headEnd + blank.length;
  if (status < 200) return framed(bytes, body);
  const values = (name: string) =>
    lines.flatMap((line) => {
      const [key = '', ...value] = line.split(':');
      return key.toLowerCase() === name ? [value.join(':').trim()] : [];
    });
  const [lengths, codings] = [values('content-length'), values('transfer-encoding')];
  if (lengths.length > 1) return wrong('more than one Content-Length');
  if (lengths.length && codings.length) return wrong('both Content-Length and Transfer-Encoding');
  if (status === 204 || status === 304) return { state: 'whole', status, end: body };
  if (codings.length) return chunks(bytes, body, status);
  const [length] = lengths;
  if (length === undefined)
    return { state: 'part', words: 'neither Content-Length nor Transfer-Encoding', untilClosed: true };
  if (!/^\d+$/.test(length)) return wrong(`Content-Length is "${length}"`);
  const end = body + Number(length);
  return bytes.length < end
    ? part(`Content-Length announces ${length} bytes, and ${bytes.length - body} come`)
    : { state: 'whole', status, end };
}

function chunks(bytes: Buffer, from: number, status: number): Framed {
  for (let at = from; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return part('the chunks do not end');
    const size = /^[0-9a-fA-F]+(?=;|$)/.exec(bytes.toString('latin1', at, line))?.[0];
    if (size === undefined) return wrong('a chunk without its size');
    const length = Number.parseInt(size, 16);
    at = line + 2 + length;
    if (bytes.length < at + 2) return part('the chunks do not end');
    if (length > 0 && bytes.toString('latin1', at, at + 2) !== '\r\n')
      return wrong('a chunk that is longer than its size');
    if (length > 0) at += 2;
    else {
      // Trailers, if any, and a blank line.
      if (bytes.toString('latin1', at, at + 2) === '\r\n') return { state: 'whole', status, end: at + 2 };
      const end = bytes.indexOf(blank, at);
      return end < 0 ? part('the chunks do not end') : { state: 'whole', status, end: end + blank.length };
    }
  }
}

/** A connection whose bytes are seen as they come. */
export interface Line {
  readonly closed: boolean;
  send(question: Question): void;
  /** The answer, once it is whole, cannot be one, the connection is closed or the time is over; and what came after it. */
  answer(seconds: number): Promise<{ readonly framed: Framed; readonly after: number }>;
  end(): void;
}

export function open({ host, port }: Address): Line {
  let received = Buffer.alloc(0);
  let closed = false;
  const socket: Socket = connect(port, host);
  socket.on('data', (part) => {
    received = Buffer.concat([received, part]);
  });
  socket.on('error', () => undefined);
  for (const event of ['end', 'close'] as const)
    socket.on(event, () => {
      closed = true;
    });
  return {
    get closed() {
      return closed;
    },
    send({ method = 'GET', path, headers = {}, body = Buffer.alloc(0) }) {
      const all = { Host: `${host}:${port}`, ...headers, 'Content-Length': String(body.length) };
      const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n`), body]));
    },
    async answer(seconds) {
      const end = performance.now() + seconds * 1000;
      let found = framed(received);
      for (; found.state === 'part' && !closed && performance.now() < end; found = framed(received))
        await sleep(10);
      // What follows at once is a part of no answer.
      if (found.state === 'whole') await sleep(100);
      const until = found.state === 'whole' ? found.end : received.length;
      const after = received.length - until;
      received = Buffer.alloc(0);
      return { framed: found, after };
    },
    end: () => void socket.destroy(),
  };
}
