import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Characters of a line, as CloudWatch takes them at most; what is longer goes on as another one. */
const longest = 256 * 1024;

/** Gives each line of some streams away as it comes; when the streams have ended. */
export async function eachLine(
  onLine: (line: string) => void,
  ...streams: readonly Readable[]
): Promise<void> {
  await Promise.all(
    streams.map((stream) => {
      let begun = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        const lines = (begun + text).split(/\r\n|\n|\r(?!\n|$)/);
        begun = lines.pop() ?? '';
        for (const line of lines) for (const part of parts(line)) onLine(part);
        if (begun.length <= longest) return;
        onLine(begun);
        begun = '';
      });
      return finished(stream, { writable: false })
        .catch(() => undefined)
        .then(() => {
          if (begun) onLine(begun.replace(/\r$/, ''));
        });
    }),
  );
}

const parts = (line: string) =>
  Array.from({ length: Math.max(1, Math.ceil(line.length / longest)) }, (_, index) =>
    line.slice(index * longest, (index + 1) * longest),
  );
