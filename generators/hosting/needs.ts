import type { Subject } from './subject.ts';

/** What a check needs beyond the server that answers; where it is not there, the check is skipped and says why. */
export type Need =
  /** Containers of its own, which a URL cannot give. */
  | 'start'
  /** A model that can be taken away. */
  | 'model'
  /** A look at the processes and sockets in the container. */
  | 'inside'
  /** An image, since a process has your files, your user and your network. */
  | 'image'
  /** The image's configuration, or a Dockerfile that says what it will be. */
  | 'declaration'
  /** Sample requests that are answered with 200, and the same each time. */
  | 'answers'
  /** Among these one whose rows can be taken apart. */
  | 'rows';

/** Thrown where a check cannot be made after all: it is skipped, with this reason. */
export class NotChecked extends Error {}

/** Why a need cannot be met, or nothing. */
export async function missing(subject: Subject, need: Need): Promise<string | undefined> {
  switch (need) {
    case 'start':
      return subject.source.kind === 'url' ? 'a server that runs already cannot be started anew' : undefined;
    case 'model':
      return subject.source.hasModel
        ? undefined
        : 'it was given no model to do without; --model-dir gives one';
    case 'inside':
      return (await subject.server()).inside ? undefined : 'its processes cannot be seen from here';
    case 'image':
      return subject.source.kind === 'image' ? undefined : 'only an image shows it';
    case 'declaration':
      return subject.declaration ? undefined : 'there is no image and no Dockerfile';
    case 'answers':
      if (!subject.samples.length) return 'there is no sample request: give one with --payload';
      return (await subject.answered()).length ? undefined : 'no sample request is answered with 200';
    case 'rows':
      return (await subject.withRows()) ? undefined : 'the rows of no sample request can be taken apart';
  }
}
