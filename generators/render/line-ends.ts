/** As git keeps a file that it checks out with other line ends, also where a line was added that ends in LF. */
export function withLf(contents: Buffer): Buffer {
  const text = contents.toString('latin1');
  return hasCrlf(text) ? Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1') : contents;
}

export function withCrlf(contents: Buffer): Buffer {
  return Buffer.from(contents.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}

/** Whether most lines end in CRLF. */
export function hasCrlf(text: string): boolean {
  const [all, crlf] = ['\n', '\r\n'].map((end) => text.split(end).length - 1);
  return Number(crlf) * 2 > Number(all);
}
