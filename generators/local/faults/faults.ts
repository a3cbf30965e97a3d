import type { Clock } from '../clock.ts';
import type { Fault } from '../hosting.ts';

/** What a fault makes of an instance, in seconds of the service's clock. */
export interface Spoiled {
  /** Its container never passes the health check. */
  readonly unhealthy: boolean;
  /** What the download of its model takes longer. */
  readonly download: number;
  /** From when it is in service until its host dies. */
  readonly dies?: number;
}

/** The faults that are still to come. Each counts what those before it have let through. */
export class Faults {
  readonly #clock: Clock;
  readonly #all: { readonly fault: Fault; met: number }[];

  constructor(faults: readonly Fault[], clock: Clock) {
    this.#clock = clock;
    this.#all = faults.map((fault) => ({ fault, met: 0 }));
  }

  get areNone(): boolean {
    return this.#all.length === 0;
  }

  /** How the next call of an operation fails: an error code, cut-before or cut-after. */
  ofCall(operation: string): string | undefined {
    return this.#strike(({ what }) => what === operation || what === '*');
  }

  lacksCapacity(): boolean {
    return this.#strike(({ what, how }) => what === 'host' && !/^dies/.test(how)) !== undefined;
  }

  /** What becomes of the next instance. */
  ofInstance(): Spoiled {
    const dies = this.#strike(({ what, how }) => what === 'host' && /^dies/.test(how));
    return {
      unhealthy: this.#strike(({ what }) => what === 'container') !== undefined,
      download: secondsIn(this.#strike(({ what }) => what === 'download') ?? ''),
      ...(dies !== undefined && { dies: secondsIn(dies) }),
    };
  }

  #strike(isMeant: (fault: Fault) => boolean): string | undefined {
    for (const one of this.#all) {
      const { fault } = one;
      if (!isMeant(fault) || this.#clock.seconds() < (fault.after ?? 0)) continue;
      one.met++;
      if (one.met >= fault.first && one.met <= fault.last) return fault.how;
    }
    return undefined;
  }
}

const secondsIn = (how: string) => Number(/\d+/.exec(how)?.[0] ?? 0);
