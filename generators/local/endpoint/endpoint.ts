import type { Deployed, DeploymentConfig, Desired, EndpointRecord } from '../resources/kinds.ts';
import { Fleet } from './fleet.ts';
import type { Place } from './instance-of.ts';
import { partOf, type Rollout, rolloutOf, without } from './rollout.ts';

/** What an endpoint asks of the service around it. */
export interface Keeper extends Place {
  /** Keeps what the endpoint is now. */
  save(record: EndpointRecord): void;
  /** Removes it. */
  forget(): void;
  /** Which of these alarms has gone off. */
  alarm(names: readonly string[]): Promise<string | undefined>;
}

/** Characters of a FailureReason. */
const longestReason = 1024;
/** Between two looks at the alarms, in seconds. */
const betweenLooks = 10;

/**
 * One endpoint: its statuses and what leads from one to the next. Whoever calls `update`, `scale` or `delete` has seen
 * that it is in no change; all of them answer at once, and `settled` says when the change is over.
 */
export class Endpoint {
  #record: EndpointRecord;
  readonly #keeper: Keeper;
  #serving: Fleet;
  /** What an update is bringing up, and which part of the requests goes there. */
  #next: { readonly fleet: Fleet; part: number } | undefined;
  readonly #requests = new Map<string, number>();
  readonly #closed = new AbortController();
  settled: Promise<void>;

  /** An endpoint that was just made, or the record of one that was there before the service was started again. */
  constructor(keeper: Keeper, record: EndpointRecord) {
    this.#keeper = keeper;
    this.#record = record;
    this.#serving = new Fleet(keeper, record.deployed);
    this.settled = this.#resume();
  }

  get record(): EndpointRecord {
    return this.#record;
  }

  get logGroup(): string {
    return this.#keeper.logGroup;
  }

  get isChanging(): boolean {
    return /ing$/.test(this.#record.status) || this.#record.status === 'RollingBack';
  }

  /** The variants as they are now. */
  get variants() {
    return this.#serving.variants;
  }

  /** An instance for a request; undefined where none takes any. */
  pick(...how: Parameters<Fleet['pick']>) {
    const next = this.#next && Math.random() < this.#next.part ? this.#next.fleet.pick(...how) : undefined;
    const picked = next ?? this.#serving.pick(...how) ?? this.#next?.fleet.pick(...how);
    if (picked) this.#requests.set(picked.variant, this.requests(picked.variant) + 1);
    return picked;
  }

  /** How many requests a variant has got since the service started. */
  requests(variant: string): number {
    return this.#requests.get(variant) ?? 0;
  }

  /** One more instance, of a serverless endpoint, for one request. */
  grow() {
    return this.#serving.grow();
  }

  /** Goes over to another configuration; what then runs, or the FailureReason, is in the record. */
  update(to: Deployed, deployment: DeploymentConfig | undefined): void {
    const pending = {
      configuration: to.configuration.input.EndpointConfigName,
      started: this.#keeper.clock.date(),
    };
    this.#become({ status: 'Updating', pending, ...(deployment && { deployment }) }, 'failure');
    this.settled = this.#replace(to, deployment);
  }

  tag(tags: EndpointRecord['tags']): void {
    this.#record = { ...this.#record, tags };
    this.#keeper.save(this.#record);
  }

  /** Changes how many instances the variants have, and their weights. */
  scale(desired: Readonly<Record<string, Desired>>): void {
    this.#become({ status: 'Updating' }, 'failure');
    this.settled = this.#rescale(desired);
  }

  delete(): void {
    this.#become({ status: 'Deleting' });
    this.settled = this.#remove();
  }

  /** Ends its containers; it stays in the records, for the next start of the service. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the service was stopped'));
    await Promise.all([this.#serving.close(), this.#next?.fleet.close()]);
    await this.settled;
  }

  async #resume(): Promise<void> {
    const { status } = this.#record;
    if (status === 'Failed') return;
    if (status === 'Deleting') return this.#remove();
    if (status !== 'Creating') {
      const failure =
        this.#record.pending && 'The update was given up, since the service was stopped meanwhile.';
      this.#become({ status: 'SystemUpdating', ...(failure && { failure }) }, 'pending');
    }
    try {
      await this.#serving.resize(countsOf(this.#record.deployed));
      this.#become({ status: 'InService' });
    } catch (error) {
      await this.#serving.close();
      this.#become({ status: 'Failed', failure: (error as Error).message });
    }
  }

  async #replace(to: Deployed, deployment: DeploymentConfig | undefined): Promise<void> {
    const old = this.#serving;
    const before = old.counts;
    const fleet = new Fleet(this.#keeper, to);
    const next = { fleet, part: 0 };
    this.#next = next;
    const all = countsOf(to);
    const rollout = rolloutOf(
      deployment,
      Object.values(all).reduce((sum, count) => sum + count, 0),
    );
    const end = this.#keeper.clock.paced() + rollout.longest;
    try {
      for (const step of rollout.steps) {
        await fleet.resize(rollout.rolling ? partOf(all, step) : all);
        next.part = step;
        await this.#bake(rollout, end);
        if (rollout.rolling && step < 1) await old.resize(without(before, partOf(before, step)));
      }
    } catch (error) {
      return this.#rollBack(old, before, (error as Error).message);
    }
    this.#serving = fleet;
    this.#next = undefined;
    await this.#keeper.clock.wait(rollout.termination, this.#closed.signal).catch(() => undefined);
    await old.close();
    this.#become({ status: 'InService', deployed: to }, 'pending');
  }

  /** Waits after a step; throws when an alarm goes off, or all of it takes too long. */
  async #bake({ bake, alarms, longest }: Rollout, end: number): Promise<void> {
    const { clock } = this.#keeper;
    const until = clock.seconds() + bake;
    do {
      const gone = alarms.length ? await this.#keeper.alarm(alarms) : undefined;
      if (gone) throw new Error(`The alarm ${gone} went off during the deployment.`);
      if (clock.paced() > end) throw new Error(`The deployment took more than ${longest} seconds.`);
      await clock.wait(Math.max(0, Math.min(betweenLooks, until - clock.seconds())), this.#closed.signal);
    } while (clock.seconds() < until);
  }

  /** Back to the old instances, of which a rolling update has ended some. */
  async #rollBack(old: Fleet, before: Readonly<Record<string, number>>, failure: string): Promise<void> {
    this.#become({ status: 'RollingBack', failure });
    try {
      await old.resize(before);
    } catch (error) {
      // Both go on with what they have.
      const both = `${failure} The rollback failed: ${(error as Error).message}`;
      return this.#become({ status: 'UpdateRollbackFailed', failure: both }, 'pending');
    }
    const { fleet } = this.#next ?? {};
    this.#next = undefined;
    await fleet?.close();
    this.#become({ status: 'InService' }, 'pending');
  }

  async #rescale(desired: Readonly<Record<string, Desired>>): Promise<void> {
    const before = this.#serving.counts;
    const deployed = { ...this.#record.deployed, desired: { ...this.#record.deployed.desired, ...desired } };
    try {
      await this.#serving.resize(countsOf(deployed));
    } catch (error) {
      this.#become({ status: 'RollingBack', failure: (error as Error).message });
      await this.#serving.resize(before).catch(() => undefined);
      return this.#become({ status: 'InService' });
    }
    for (const variant of this.#serving.variants)
      variant.weight = deployed.desired[variant.name]?.weight ?? variant.weight;
    this.#become({ status: 'InService', deployed });
  }

  async #remove(): Promise<void> {
    await Promise.all([this.#serving.close(), this.#next?.fleet.close()]);
    this.#keeper.forget();
  }

  /** What changes in the record, and what is no longer in it; not once the service stops, which is no news of it. */
  #become(changed: Partial<EndpointRecord>, gone?: 'failure' | 'pending'): void {
    if (this.#closed.signal.aborted) return;
    const { [gone ?? 'failure']: _, ...kept } = this.#record;
    const modified = this.#keeper.clock.date();
    const failure = changed.failure?.slice(0, longestReason);
    this.#record = { ...(gone ? kept : this.#record), ...changed, ...(failure && { failure }), modified };
    this.#keeper.save(this.#record);
  }
}

/** How many instances with a container there are to be. */
const countsOf = ({ configuration, desired }: Deployed) =>
  Object.fromEntries(
    configuration.input.ProductionVariants.map(({ VariantName: name, ModelName }) => [
      name,
      ModelName ? (desired[name]?.count ?? 0) : 0,
    ]),
  );
