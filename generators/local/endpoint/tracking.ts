/** A policy of Application Auto Scaling that keeps the requests of a variant's instances near a target. */
export interface Policy {
  readonly endpoint: string;
  readonly variant: string;
  /** Of the variant's instances. */
  readonly min: number;
  readonly max: number;
  /** Requests that each instance is to get in a minute. */
  readonly target: number;
  readonly scalesOut: boolean;
  readonly scalesIn: boolean;
  /** Seconds after a change in which there is no further one. */
  readonly outCooldown: number;
  readonly inCooldown: number;
}

/** What a variant did between two looks. */
export interface Look {
  /** Of the service's clock, at the second look. */
  readonly seconds: number;
  readonly elapsed: number;
  readonly requests: number;
  readonly count: number;
}

/** As the alarms that AWS makes for such a policy: for so many seconds above the target, or below a part of it. */
const [highFor, lowFor, lowPart] = [3 * 60, 15 * 60, 0.9];

/** What target tracking knows of one variant. */
export class Tracker {
  /** Since when there is more than the target, or less. */
  #high: number | undefined;
  #low: number | undefined;
  #changed = Number.NEGATIVE_INFINITY;

  /** How many instances there are to be from now on; undefined where that does not change. */
  next(policy: Policy, { seconds, elapsed, requests, count }: Look): number | undefined {
    const each = (requests / count / elapsed) * 60;
    const began = seconds - elapsed;
    this.#high = each > policy.target ? (this.#high ?? began) : undefined;
    this.#low = each < policy.target * lowPart ? (this.#low ?? began) : undefined;
    const wanted = Math.ceil((count * each) / policy.target);
    const most = Math.min(policy.max, Math.max(policy.min, wanted));
    const isOut = policy.scalesOut && this.#lasts(this.#high, highFor, policy.outCooldown, seconds);
    const isIn = policy.scalesIn && this.#lasts(this.#low, lowFor, policy.inCooldown, seconds);
    if (!(isOut && most > count) && !(isIn && most < count)) return undefined;
    this.#changed = seconds;
    return most;
  }

  #lasts(since: number | undefined, long: number, cooldown: number, now: number): boolean {
    return since !== undefined && now - since >= long && now - this.#changed >= cooldown;
  }
}
