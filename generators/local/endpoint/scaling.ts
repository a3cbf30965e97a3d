import type { Clock } from '../clock.ts';
import type { Endpoint } from './endpoint.ts';
import type { Endpoints } from './endpoints.ts';
import { type Policy, Tracker } from './tracking.ts';

interface Means {
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  /** The policies of a region. */
  policies(region: string): Promise<readonly Policy[]>;
}

/** Seconds between two looks, as CloudWatch counts requests; however fast the clock is, a tenth of a real one. */
const [between, leastReal] = [60, 0.1];

/** What was seen of a variant at the last look. */
interface Seen {
  readonly tracker: Tracker;
  readonly requests: number;
  readonly seconds: number;
}

/** Changes how many instances endpoints have, as Application Auto Scaling does by its policies. */
export class Scaling {
  readonly #means: Means;
  readonly #seen = new WeakMap<Endpoint, Map<string, Seen>>();
  readonly #closed = new AbortController();
  readonly #life: Promise<void>;

  constructor(means: Means) {
    this.#means = means;
    this.#life = this.#goOn().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'));
    await this.#life;
  }

  async #goOn(): Promise<void> {
    const { clock, endpoints, policies } = this.#means;
    for (;;) {
      await clock.wait(Math.max(between, leastReal / clock.real(1)), this.#closed.signal);
      const regions = new Set(endpoints.records.all().map(([region]) => region));
      // What cannot be asked for now is asked for again.
      for (const region of regions)
        for (const policy of await policies(region).catch(() => [])) this.#look(region, policy);
    }
  }

  #look(region: string, policy: Policy): void {
    const { endpoints, clock } = this.#means;
    const endpoint = endpoints.get(region, policy.endpoint);
    const desired = endpoint?.record.deployed.desired[policy.variant];
    if (!endpoint || !desired) return;
    const all = this.#seen.get(endpoint) ?? new Map<string, Seen>();
    this.#seen.set(endpoint, all);
    const before = all.get(policy.variant);
    const [seconds, requests] = [clock.seconds(), endpoint.requests(policy.variant)];
    const tracker = before?.tracker ?? new Tracker();
    all.set(policy.variant, { tracker, requests, seconds });
    if (!before || endpoint.record.status !== 'InService' || this.#closed.signal.aborted) return;
    const { count, weight } = desired;
    const elapsed = seconds - before.seconds;
    const next = tracker.next(policy, { seconds, elapsed, requests: requests - before.requests, count });
    if (next !== undefined) endpoint.scale({ [policy.variant]: { count: next, weight } });
  }
}
