import { randomBytes } from 'node:crypto';
import { type Clock, pause } from '../clock.ts';
import type { Spoiled } from '../faults/faults.ts';
import type { Containers, Running, ToRun } from '../hosting.ts';
import { ping } from './ping.ts';

/** In seconds, as SageMaker has them. */
const grace = 30;
const longestRequest = 60;
const betweenPings = 10;
/** So many pings in a row that fail end a container that was in service. */
const missedPings = 3;

export interface Windows {
  /** Until the model is there and the container is started. */
  readonly download: number;
  /** From then until it passes its health check. */
  readonly startUp: number;
}

/** What is to go wrong with an instance, and who replaces it when its host has died. */
interface Fate extends Spoiled {
  onDeath(dead: Instance): void;
}

/** One instance of a variant: its container is started again whenever it ends, as SageMaker does. */
export class Instance {
  readonly id = `i-0${randomBytes(8).toString('hex')}`;
  /** How many requests it is at. */
  outstanding = 0;
  /** When it was at one last, or came into service, by the service's clock. */
  used = 0;
  readonly #containers: Containers;
  readonly #clock: Clock;
  readonly #toRun: ToRun;
  readonly #windows: Windows;
  readonly #fate: Fate | undefined;
  readonly #stopped = new AbortController();
  #running: Running | undefined;
  #healthy = false;
  /** What it is at, until it is stopped. */
  #life: Promise<void> = Promise.resolve();

  constructor(
    containers: Containers,
    clock: Clock,
    windows: Windows,
    what: (instance: string) => ToRun,
    fate?: Fate,
  ) {
    this.#containers = containers;
    this.#clock = clock;
    this.#windows = windows;
    this.#toRun = what(this.id);
    this.#fate = fate;
  }

  /** Does something with it, which counts as a request. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.outstanding++;
    try {
      return await work();
    } finally {
      this.outstanding--;
      this.used = this.#clock.seconds();
    }
  }

  /** Where it takes requests; undefined while it takes none. */
  get url(): string | undefined {
    return this.#healthy && !this.#stopped.signal.aborted ? this.#running?.url : undefined;
  }

  /** Its container while it takes requests; another one after it was started again. */
  get container(): Running | undefined {
    return this.url === undefined ? undefined : this.#running;
  }

  /** Resolves once it takes requests; rejects with an error whose message is the FailureReason. */
  async start(): Promise<void> {
    const started = this.#becomeHealthy();
    this.#life = started.then(
      () => this.#watch(),
      () => undefined,
    );
    await started;
    const { dies } = this.#fate ?? {};
    if (dies !== undefined)
      void this.#clock.wait(dies, this.#stopped.signal).then(
        () => this.#die(),
        () => undefined,
      );
  }

  /** Its host is no more: what it was at is broken off, and nothing is said. */
  async #die(): Promise<void> {
    this.#stopped.abort(new Error('the host has died'));
    this.#fate?.onDeath(this);
    await this.#running?.stop(0).catch(() => undefined);
  }

  /** Takes no further request, ends those that it is at, then its container. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('stopped'));
    const end = this.#clock.worked() + longestRequest;
    while (this.outstanding && this.#clock.worked() < end) await this.#clock.wait(0.1);
    await this.#life;
    await this.#end();
  }

  async #end() {
    const running = this.#running;
    this.#running = undefined;
    try {
      if (running) await this.#clock.during(running.stop(this.#clock.limit(grace)));
    } catch (error) {
      this.#toRun.onLine(`The container could not be stopped: ${(error as Error).message}`);
    }
  }

  async #becomeHealthy(): Promise<void> {
    const { signal } = this.#stopped;
    const { startUp } = this.#windows;
    let firstStart: number | undefined;
    // A container that ends is started again until the window is over: that passes as SageMaker's waiting does.
    for (let tried = 0; tried < startUp; tried = this.#clock.seconds() - firstStart) {
      signal.throwIfAborted();
      const running = await this.#startContainer();
      this.#running = running;
      signal.throwIfAborted();
      firstStart ??= this.#clock.seconds();
      let ended: { readonly error?: string } | undefined;
      void running.ended.then((how) => {
        ended = how;
      });
      if (await this.#isHealthyWithin(startUp - tried, running, () => ended !== undefined)) {
        this.#healthy = true;
        this.used = this.#clock.seconds();
        return;
      }
      const hasHung = ended === undefined;
      if (ended?.error && !/exec format error/.test(ended.error)) throw new Error(this.#notStarted());
      await this.#end();
      if (hasHung) break;
      await this.#clock.wait(5, signal);
    }
    throw new Error(
      `The primary container for production variant ${this.#toRun.variant} did not pass the ping health check. ` +
        'Please check CloudWatch logs for this endpoint.',
    );
  }

  /** How long a running container takes for its start is its own time; one that is made up never gets healthy. */
  async #isHealthyWithin(seconds: number, { url }: Running, hasEnded: () => boolean): Promise<boolean> {
    const { signal } = this.#stopped;
    if (this.#fate?.unhealthy) {
      const end = this.#clock.seconds() + seconds;
      while (!hasEnded() && this.#clock.seconds() < end) await this.#clock.wait(1, signal);
      return false;
    }
    const end = this.#clock.worked() + seconds;
    const untilHealthy = async () => {
      while (!hasEnded() && this.#clock.worked() < end) {
        if (url && (await ping(url)) && !hasEnded()) return true;
        // It is not to be kept from its start.
        await pause(Math.max(0.1, this.#clock.real(1)), signal);
      }
      return false;
    };
    return this.#clock.during(untilHealthy());
  }

  async #startContainer(): Promise<Running> {
    const { download } = this.#windows;
    const tooLate = new Error(
      `The model data of production variant ${this.#toRun.variant} could not be downloaded within ${download} seconds.`,
    );
    const slow = Math.min(download, this.#fate?.download ?? 0);
    if (slow) await this.#clock.wait(slow, this.#stopped.signal);
    if (slow === download) throw tooLate;
    const inTime = new AbortController();
    const signal = AbortSignal.any([inTime.signal, this.#stopped.signal]);
    const started = this.#clock.during(this.#containers.start(this.#toRun));
    const late = pause(this.#clock.limit(download - slow), signal).then(() => Promise.reject(tooLate));
    try {
      return await Promise.race([started, late]);
    } catch (error) {
      // What comes after all is of no use any more.
      void started.then((running) => running.stop(0)).catch(() => undefined);
      throw error;
    } finally {
      inTime.abort();
    }
  }

  #notStarted() {
    const { variant, image } = this.#toRun;
    return (
      `CannotStartContainerError. Please ensure the model container for variant ${variant} starts correctly ` +
      `when invoked with 'docker run ${image} serve'`
    );
  }

  /** Replaces the container when it has ended, or says no more that it is healthy. */
  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        if (this.#healthy) await this.#untilUnhealthy();
        this.#healthy = false;
        await this.#end();
        await this.#becomeHealthy();
      } catch (error) {
        if (signal.aborted) return;
        // For as long as it takes: an instance that was in service is not given up.
        this.#toRun.onLine(`The container is started again: ${(error as Error).message}`);
        await this.#clock.wait(5, signal).catch(() => undefined);
      }
    }
  }

  async #untilUnhealthy() {
    const { signal } = this.#stopped;
    let missed = 0;
    let hasEnded = false;
    const over = new AbortController();
    void this.#running?.ended.then(() => {
      hasEnded = true;
      over.abort(new Error('ended'));
    });
    const either = AbortSignal.any([signal, over.signal]);
    while (missed < missedPings && !hasEnded) {
      // Once it has missed one, it has its own time to get well.
      const next = missed
        ? pause(this.#clock.limit(betweenPings), either)
        : this.#clock.wait(betweenPings, either);
      await next.catch(() => signal.throwIfAborted());
      const url = this.#running?.url;
      missed = !hasEnded && url && (await ping(url)) ? 0 : missed + 1;
    }
  }
}
