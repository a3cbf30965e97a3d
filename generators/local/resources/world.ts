import type { Clock } from '../clock.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import type { Surroundings } from '../hosting.ts';
import type { Collection } from '../state.ts';
import type { TransformJobs } from '../transform/jobs.ts';
import type { EndpointConfiguration, Model } from './kinds.ts';

/** All that exists, and what it takes. */
export interface World {
  readonly clock: Clock;
  readonly surroundings: Surroundings;
  readonly models: Collection<Model>;
  readonly configurations: Collection<EndpointConfiguration>;
  readonly endpoints: Endpoints;
  /** Inference components. */
  readonly components: Endpoints;
  readonly jobs: TransformJobs;
}

/**
 * Calls by their names. The input of each has been held against the API's model, so that what a handler declares of it is
 * true; the answer is the output of that call.
 */
export type Handlers = Readonly<
  Record<string, (input: never, region: string) => Promise<object | undefined> | object | undefined>
>;
