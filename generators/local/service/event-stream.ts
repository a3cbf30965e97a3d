// AWS's encoding of streams: messages with a prelude, headers, a payload, and checksums of both.
import { crc32 } from 'node:zlib';

/** Of a header's value: text. */
const text = 7;

/** One message. */
function message(headers: Readonly<Record<string, string>>, payload: Buffer): Buffer {
  const encoded = Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return [
        Buffer.from([Buffer.byteLength(name)]),
        Buffer.from(name),
        Buffer.from([text]),
        length,
        Buffer.from(value),
      ];
    }),
  );
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + encoded.length + payload.length);
  prelude.writeUInt32BE(encoded.length, 4);
  const head = Buffer.concat([prelude, checksum(prelude), encoded, payload]);
  return Buffer.concat([head, checksum(head)]);
}

/** A part of an answer. */
export const payloadPart = (part: Buffer): Buffer =>
  message(
    { ':event-type': 'PayloadPart', ':content-type': 'application/octet-stream', ':message-type': 'event' },
    part,
  );

/** How a stream ends that cannot be ended. */
export const streamError = (code: 'ModelInvocationTimeExceeded' | 'StreamBroken', why: string): Buffer =>
  message(
    {
      ':exception-type': 'ModelStreamError',
      ':content-type': 'application/json',
      ':message-type': 'exception',
    },
    Buffer.from(JSON.stringify({ Message: why, ErrorCode: code })),
  );

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
