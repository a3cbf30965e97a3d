import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Gives each line of some streams away as it comes; when the streams have ended. */
export async function eachLine(
  onLine: (line: string) => void,
  ...streams: readonly Readable[]
): Promise<void> {
  await Promise.all(
    streams.map((stream) => {
      const lines = createInterface(stream).on('line', onLine);
      // One that is destroyed before its end would leave them open for good.
      stream.once('close', () => lines.close());
      return once(lines, 'close');
    }),
  );
}
