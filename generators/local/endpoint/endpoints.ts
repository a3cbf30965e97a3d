import type { Clock } from '../clock.ts';
import type { Faults } from '../faults/faults.ts';
import type { Containers, Surroundings } from '../hosting.ts';
import type { EndpointRecord } from '../resources/kinds.ts';
import { Collection } from '../state.ts';
import { Endpoint } from './endpoint.ts';

export interface Means {
  readonly containers: Containers;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  /** What is to go wrong with instances. */
  readonly faults: Faults;
  /** Which of a region's alarms has gone off. */
  alarm(region: string, names: readonly string[]): Promise<string | undefined>;
}

/** All endpoints with their containers; those that a folder has records of are brought up again. */
export class Endpoints {
  readonly #means: Means;
  readonly #logs: string;
  readonly #records: Collection<EndpointRecord>;
  readonly #all = new Map<string, Endpoint>();

  /** Endpoints, or inference components, which go through the same: their folder, and what their groups of logs start with. */
  constructor(means: Means, folder: string, kind: 'endpoints' | 'inference-components') {
    this.#means = means;
    this.#logs = {
      endpoints: '/aws/sagemaker/Endpoints',
      'inference-components': '/aws/sagemaker/InferenceComponents',
    }[kind];
    this.#records = new Collection(folder, kind);
    for (const [region, record] of this.#records.all()) this.#hold(region, record);
  }

  /** As a collection of what is known of each. */
  get records(): Collection<EndpointRecord> {
    return this.#records;
  }

  get(region: string, name: string): Endpoint | undefined {
    return this.#all.get(key(region, name));
  }

  /** Starts on an endpoint that is Creating. */
  create(region: string, record: EndpointRecord): void {
    this.#records.put(region, record.name, record);
    this.#hold(region, record);
  }

  /** Ends all containers. */
  async close(): Promise<void> {
    await Promise.all([...this.#all.values()].map((endpoint) => endpoint.close()));
  }

  #hold(region: string, record: EndpointRecord): void {
    const { name } = record;
    const keeper = {
      ...this.#means,
      endpoint: name,
      logGroup: `${this.#logs}/${name}`,
      region,
      alarm: (names: readonly string[]) => this.#means.alarm(region, names),
      save: (changed: EndpointRecord) => this.#records.keep(region, name, changed),
      forget: () => {
        this.#records.delete(region, name);
        this.#all.delete(key(region, name));
      },
    };
    this.#all.set(key(region, name), new Endpoint(keeper, record));
  }
}

const key = (region: string, name: string) => `${region}/${name.toLowerCase()}`;
