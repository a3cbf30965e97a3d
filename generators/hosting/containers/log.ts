import type { Readable } from 'node:stream';

/** How much of what a server prints is kept, in characters: the end of it. */
const kept = 4_000_000;

/** What was read from some streams until now, in the order in which it came. */
export function collect(...streams: readonly Readable[]): () => string {
  let log = '';
  for (const stream of streams) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log += text;
      // Not each time, which would copy all of it for each line.
      if (log.length > 2 * kept) log = log.slice(-kept);
    });
  }
  return () => log;
}
