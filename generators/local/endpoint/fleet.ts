import type { Deployed, ProductionVariant } from '../resources/kinds.ts';
import type { Instance } from './instance.ts';
import { instanceOf, type Place } from './instance-of.ts';

/** For which an instance of a serverless variant waits for another request; AWS does not say how long. */
const idle = 300;

interface Variant {
  readonly name: string;
  readonly variant: ProductionVariant;
  readonly instances: Instance[];
  weight: number;
}

/** An instance for a request. */
export interface Picked {
  readonly variant: string;
  readonly instance: Instance;
}

export type Counts = Readonly<Record<string, number>>;

/** The instances of one configuration. */
export class Fleet {
  readonly deployed: Deployed;
  readonly variants: readonly Variant[];
  readonly #place: Place;
  readonly #closed = new AbortController();
  #shrinking: Promise<void> | undefined;

  constructor(place: Place, deployed: Deployed) {
    this.#place = place;
    this.deployed = deployed;
    this.variants = deployed.configuration.input.ProductionVariants.map((variant) => ({
      name: variant.VariantName,
      variant,
      instances: [],
      weight: deployed.desired[variant.VariantName]?.weight ?? 1,
    }));
  }

  get #isServerless(): boolean {
    return this.variants.some(({ variant }) => variant.ServerlessConfig);
  }

  get counts(): Counts {
    return Object.fromEntries(this.variants.map(({ name, instances }) => [name, instances.length]));
  }

  /** Gives each variant so many instances. Those started are all kept or, when one does not start, all ended. */
  async resize(counts: Counts): Promise<void> {
    const added = this.variants.flatMap(({ name, variant, instances }) =>
      Array.from({ length: Math.max((counts[name] ?? 0) - instances.length, 0) }, () => ({
        instances,
        one: this.#instance(variant),
      })),
    );
    // Known to the fleet at once: who closes it ends them too.
    for (const { instances, one } of added) instances.push(one);
    if (added.length && this.#isServerless && !this.#shrinking)
      this.#shrinking = this.#shrink().catch(() => undefined);
    const started = await Promise.allSettled(added.map(({ one }) => one.start()));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) {
      await Promise.all(added.map(({ instances, one }) => end(instances, one)));
      throw failed.reason;
    }
    await Promise.all(
      this.variants.flatMap(({ name, instances }) =>
        instances.slice(counts[name] ?? 0).map((one) => end(instances, one)),
      ),
    );
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'));
    await this.resize({});
  }

  /**
   * One more instance of a serverless variant, for one request, which counts as at it; undefined where there are as many
   * as its concurrency. It stays for others until it was idle for long.
   */
  async grow(): Promise<Picked | undefined> {
    const found = this.variants.find(({ variant }) => variant.ServerlessConfig);
    const most = found?.variant.ServerlessConfig?.MaxConcurrency ?? 0;
    if (!found || found.instances.length >= most) return undefined;
    const instance = this.#instance(found.variant);
    found.instances.push(instance);
    instance.outstanding++;
    try {
      await instance.start();
    } catch (error) {
      await end(found.instances, instance);
      throw error;
    } finally {
      instance.outstanding--;
    }
    return { variant: found.name, instance };
  }

  /** Ends what was idle for long, of serverless variants, but for what is provisioned. */
  async #shrink(): Promise<void> {
    const { clock } = this.#place;
    for (;;) {
      await clock.wait(idle / 10, this.#closed.signal);
      // One that is still starting was not idle.
      for (const { variant, instances } of this.variants)
        for (const one of instances.slice(variant.ServerlessConfig?.ProvisionedConcurrency ?? 0))
          if (one.url && !one.outstanding && clock.seconds() - one.used > idle) await end(instances, one);
    }
  }

  /** An instance that takes requests: of that variant, else of one by chance and weight; if there is one, preferred. */
  pick(target?: string, isPreferred: (one: Instance) => boolean = () => false): Picked | undefined {
    const able = this.variants.filter(
      ({ name, instances, weight }) =>
        (target === undefined ? weight > 0 : name === target) && instances.some(({ url }) => url),
    );
    const chosen = byWeight(able);
    if (!chosen) return undefined;
    // One of a serverless variant is at one request at a time.
    const isFree = ({ url, outstanding }: Instance) =>
      url && !(chosen.variant.ServerlessConfig && outstanding);
    let ready = chosen.instances.filter(isFree);
    const least = chosen.variant.RoutingConfig?.RoutingStrategy === 'LEAST_OUTSTANDING_REQUESTS';
    const preferred = ready.filter(isPreferred);
    if (preferred.length) ready = preferred;
    const fewest = Math.min(...ready.map(({ outstanding }) => outstanding));
    const eligible = least ? ready.filter(({ outstanding }) => outstanding === fewest) : ready;
    const instance = eligible[Math.floor(Math.random() * eligible.length)];
    return instance && { variant: chosen.name, instance };
  }

  #instance(variant: ProductionVariant): Instance {
    const onDeath = (dead: Instance) => void this.#replace(dead, variant).catch(() => undefined);
    return instanceOf(this.#place, this.deployed, variant, onDeath);
  }

  /** Another instance in the place of one whose host has died, for as long as it takes. */
  async #replace(dead: Instance, variant: ProductionVariant): Promise<void> {
    const instances = this.variants.find(({ name }) => name === variant.VariantName)?.instances;
    const index = instances?.indexOf(dead) ?? -1;
    if (!instances || index < 0) return;
    instances.splice(index, 1);
    let one: Instance | undefined;
    while (!this.#closed.signal.aborted)
      try {
        if (!one) {
          one = this.#instance(variant);
          instances.push(one);
        }
        return await one.start();
      } catch {
        // One that is no longer wanted is not started again.
        if (one && !instances.includes(one)) return;
        await this.#place.clock.wait(5, this.#closed.signal);
      }
  }
}

function byWeight(variants: readonly Variant[]): Variant | undefined {
  let left = Math.random() * variants.reduce((sum, { weight }) => sum + weight, 0);
  for (const variant of variants) {
    left -= variant.weight;
    if (left < 0) return variant;
  }
  return variants.at(-1);
}

async function end(instances: Instance[], one: Instance) {
  // In the list until it is over, so that closing waits for it.
  await one.stop();
  const index = instances.indexOf(one);
  if (index >= 0) instances.splice(index, 1);
}
