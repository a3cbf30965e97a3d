import type { Model } from '../models.ts';
import type { Encoding } from '../requests.ts';

/** A kind of server, set up as its documentation recommends. */
export interface Server {
  readonly title: string;
  /** How it is set up, and where that is recommended; in Markdown. */
  readonly about: string;
  /** The packages whose versions are told. */
  readonly packages: readonly string[];
  readonly health: string;
  readonly path: string;
  readonly takes: { readonly json: Encoding; readonly csv?: Encoding };
  /** The predictions in an answer in JSON. */
  readonly predictions: (answer: never) => readonly unknown[];
  /** Whatever is not to be timed: installs, brings the model into the form that is served. */
  readonly prepare: (model: Model) => Promise<Prepared>;
}

export interface Prepared {
  readonly venv: string;
  readonly start: (port: number) => Promise<Launch> | Launch;
}

/** A command that becomes a server; it runs with its virtual environment active. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}
