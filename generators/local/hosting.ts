import type { IncomingMessage, ServerResponse } from 'node:http';

/** The account that everything here belongs to. */
export const account = '123456789012';

/** One container that hosts a model. */
export interface Running {
  /** Where it answers, http://127.0.0.1:PORT; undefined while it has none. */
  readonly url: string | undefined;
  /** Settles when it has ended, with its exit code; `error` where it could not be started ("exec format error"). */
  readonly ended: Promise<{ readonly code: number | null; readonly error?: string }>;
  /**
   * Of a container with several models: lays out the archive of one where it sees it, read-only, and gives that place as
   * POST /models takes it. Rejects where S3 has none.
   */
  fetchModel?(uri: string, name: string): Promise<string>;
  /** SIGTERM, and SIGKILL after `graceSeconds`. */
  stop(graceSeconds: number): Promise<void>;
}

export interface ToRun {
  readonly region: string;
  /** These three name the stream of its log. */
  readonly endpoint: string;
  readonly variant: string;
  readonly instance: string;
  readonly image: string;
  /** On S3: an archive, a prefix whose objects become the model's folder, or an object that is its only file. */
  readonly model?: { readonly uri: string; readonly form: 'archive' | 'prefix' | 'object' };
  readonly environment: Readonly<Record<string, string>>;
  readonly instanceType?: string;
  readonly memoryMB?: number;
  /** As another user than the image's, with nothing to write to but /tmp. */
  readonly serverless?: boolean;
  readonly multiModel?: boolean;
  onLine(line: string): void;
}

/** What is to go wrong on purpose. */
export interface Fault {
  /** An operation of AWS, `*` for any; or container, download, host. */
  readonly what: string;
  /** An error code of AWS, cut-before or cut-after; or what goes wrong with one of the others. */
  readonly how: string;
  /** Of the times that it could, the first and the last that it does; from 1. */
  readonly first: number;
  readonly last: number;
  /** Not before so many seconds of the service's clock. */
  readonly after?: number;
}

/** What starts containers as SageMaker does. */
export interface Containers {
  /** Lays out the model and starts a container, not more. Rejects, in AWS's words, where the model cannot be had. */
  start(what: ToRun): Promise<Running>;
  close(): Promise<void>;
}

/** Where requests go that are for no part of SageMaker hosting. */
export interface Surroundings {
  handle(request: IncomingMessage, response: ServerResponse): void;
  logLine(group: string, stream: string, line: string, region: string): void;
  /** The manifest that an image's URI names, and its architecture, as the registry has it; undefined: there is none. */
  imageOf(uri: string): Promise<{ readonly mediaType: string; readonly architecture?: string } | undefined>;
  /** Whether S3 has an object at a URI, or, where that ends in a slash, any below it. */
  isOnS3(uri: string, region: string): Promise<boolean>;
  close(): Promise<void>;
}
