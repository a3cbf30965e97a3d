const newline = 0x0a;

export interface Splitting {
  /** Whether a line is a record; else the whole object is one. */
  readonly byLine: boolean;
  /** As many records to a request as there is room for, else one. */
  readonly several: boolean;
  /** Bytes of a request. */
  readonly most: number;
}

/** What is sent in each request, in the order of the records; a record that has no room is a RangeError. */
export function requestsOf(object: Buffer, { byLine, several, most }: Splitting): Buffer[] {
  const requests: Buffer[] = [];
  let start = 0;
  let end = 0;
  const send = () => {
    if (end > start) requests.push(object.subarray(start, end));
    start = end;
  };
  for (const next of byLine ? lineEnds(object) : [object.length]) {
    if (next - end > most)
      throw new RangeError(`a record has ${next - end} bytes, and a request at most ${most}`);
    if (!several || next - start > most) send();
    end = next;
  }
  send();
  return requests;
}

function* lineEnds(object: Buffer): Generator<number> {
  for (let at = 0; at < object.length; ) {
    const found = object.indexOf(newline, at);
    at = found < 0 ? object.length : found + 1;
    yield at;
  }
}

/** The answers as one object; by lines, each ends one. */
export function assembled(answers: readonly Buffer[], byLine: boolean): Buffer {
  const ended = (answer: Buffer) => (answer.at(-1) === newline ? [answer] : [answer, Buffer.from('\n')]);
  return Buffer.concat(byLine ? answers.flatMap(ended) : answers);
}
