import { blobId, type ProjectRecord } from './record.ts';
import { writtenBy010 } from './written-by-0.1.0.ts';

/** Whether a file is as a generator wrote it: this project's, or version 0.1.0, which recorded nothing. */
export function isUnedited(path: string, contents: Buffer, record: ProjectRecord | undefined): boolean {
  const ids = record ? [record.files[path]] : (writtenBy010[path] ?? []);
  return ids.includes(blobId(contents)) || ids.includes(blobId(withLf(contents)));
}

/** As git keeps a file that it checks out with other line ends; a file that mixes them stays as it is. */
export function withLf(contents: Buffer): Buffer {
  const text = contents.toString('latin1');
  return hasCrlf(text) ? Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1') : contents;
}

export function withCrlf(contents: Buffer): Buffer {
  return Buffer.from(contents.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}

/** Whether each line ends in CRLF. */
export function hasCrlf(text: string): boolean {
  return text.includes('\r\n') && !/(^|[^\r])\n/.test(text);
}
