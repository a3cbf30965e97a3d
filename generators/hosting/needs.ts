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
