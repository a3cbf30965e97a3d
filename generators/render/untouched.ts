import { withLf } from './line-ends.ts';
import { blobId, type ProjectRecord } from './record.ts';
import { writtenBy010 } from './written-by-0.1.0.ts';

/** Whether a file is as a generator wrote it: this project's, or version 0.1.0, which recorded nothing. */
export function isUnedited(path: string, contents: Buffer, record: ProjectRecord | undefined): boolean {
  const ids = record ? [record.files[path]] : (writtenBy010[path] ?? []);
  return ids.includes(blobId(contents)) || ids.includes(blobId(withLf(contents)));
}
