import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { eachLine } from '../../../generators/local/containers/lines.ts';

test.each(['end', 'destroy'] as const)(
  'the lines of a stream are over when it is, also where it is cut off: %s',
  async (how) => {
    const stream = new PassThrough();
    const lines: string[] = [];
    const over = eachLine((line) => lines.push(line), stream);
    stream.write('one\ntwo\n');
    await new Promise(setImmediate);
    stream[how]();
    await over;
    expect(lines).toEqual(['one', 'two']);
  },
);

test('lines end as programs end them, whatever the parts in which they come', async () => {
  for (const text of ['a\r\nb\n\nc', 'a\rb\r\n\r\nc\r\n'])
    for (let size = 1; size <= text.length; size++) {
      const lines: string[] = [];
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      await eachLine((line) => lines.push(line), Readable.from(parts));
      expect(lines).toEqual(['a', 'b', '', 'c']);
    }
});

test('output without an end of line is given away as it comes: a container cannot end the service by it', async () => {
  const part = Buffer.alloc(64 * 1024, 'x');
  let longest = 0;
  let all = 0;
  const count = (line: string) => {
    longest = Math.max(longest, line.length);
    all += line.length;
  };
  await eachLine(count, Readable.from(Array(640).fill(part), { objectMode: false }));
  expect(all).toBe(640 * part.length);
  expect(longest).toBeLessThan(512 * 1024);
});
