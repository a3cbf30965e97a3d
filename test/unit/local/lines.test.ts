import { PassThrough } from 'node:stream';
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
