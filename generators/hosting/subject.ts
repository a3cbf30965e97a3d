import { setTimeout as sleep } from 'node:timers/promises';
import { type Answered, alike, answeredBy, invocation, isLate, patience } from './answers.ts';
import type { Conditions, Container, Inside, Source } from './containers/container.ts';
import type { Declaration } from './containers/declaration.ts';
import { Fates } from './fate.ts';
import { NoAnswer, tryToAsk } from './http.ts';
import { firstAnswer, type Main, startMain } from './main-container.ts';
import { NotChecked } from './needs.ts';
import type { Rows, Sample } from './samples.ts';
import { slowdown, slowdownNow } from './slowdown.ts';
import { limits } from './sources.ts';
import { type Start, untilReady, whyNotReady } from './start.ts';

export interface Options {
  readonly source: Source;
  readonly samples: readonly Sample[];
  /** Seconds that a server may take to become healthy. */
  readonly window: number;
  /** What the image has to run on, such as linux/arm64, and the instance type that says so. */
  readonly target?: { readonly platform: string; readonly instanceType: string };
}

/** What is being checked: starts containers as they are needed, and remembers what several checks ask for. */
export class Subject {
  readonly source: Source;
  readonly window: number;
  readonly target: Options['target'];
  readonly fates = new Fates();
  #samples: readonly Sample[];
  #main: Promise<Main> | undefined;
  #memory = new Map<string, Promise<unknown>>();
  #measurements = new Set<string>();
  /** What other programs took of this machine before anything was asked: later on, the server's own work may. */
  readonly #atFirst = slowdownNow();
  #slowdown = 1;
  #isAllowed = false;
  #hasStarted = false;
  /** Why a plain start after the first one failed; empty where none did. */
  #again: string | undefined;

  constructor({ source, samples, window, target }: Options) {
    this.source = source;
    this.#samples = samples;
    this.window = window;
    this.target = target;
  }

  /** Those that were given, or else the examples that the server itself gives, once it has started. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  get declaration(): Declaration | undefined {
    return this.source.declaration;
  }

  /** Finds something out once, for all checks that want to know it. */
  once<T>(what: string, find: () => Promise<T>): Promise<T> {
    let known = this.#memory.get(what) as Promise<T> | undefined;
    if (!known) {
      known = find();
      this.#memory.set(what, known);
    }
    return known;
  }

  /** The same for what depends on how quick this machine was: until it is measured anew. */
  measured<T>(what: string, measure: () => Promise<T>): Promise<T> {
    this.#measurements.add(what);
    return this.once(what, measure);
  }

  /**
   * Makes a check once more, with all that it measures, and allows for how busy this machine is; how many times as long
   * that has let something take.
   */
  async measureAnew<T>(check: () => Promise<T>): Promise<{ result: T; allowance: number }> {
    for (const what of this.#measurements) this.#memory.delete(what);
    this.#slowdown = isHere(this.source) ? Math.min(this.#atFirst, await slowdown()) : 1;
    this.#isAllowed = false;
    try {
      return { result: await check(), allowance: this.#isAllowed ? this.#slowdown : 1 };
    } finally {
      this.#slowdown = 1;
    }
  }

  /** How long something may take, in the unit of how long it may on a machine of its own. */
  allowed(time: number): number {
    this.#isAllowed = true;
    return time * this.#slowdown;
  }

  main(): Promise<Main> {
    this.#main ??= this.#startAnew();
    return this.#main;
  }

  /** Whether the shared server was healthy once. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** The running server that most checks share. */
  async server(): Promise<Container> {
    return (await this.main()).container;
  }

  /** What became of the shared server where it has ended by itself since it was healthy, or does so in a moment. */
  async ended(milliseconds = 0): Promise<string | undefined> {
    if (this.source.kind === 'url' || !this.#main) return undefined;
    const { container, start } = await this.#main;
    if (start.state !== 'ready') return undefined;
    // A connection is closed before its server has ended.
    if (!container.ended) await sleep(milliseconds);
    if (!container.ended) return undefined;
    return `the server ended with ${container.ended.code}`;
  }

  /** Starts the shared server again where a check has left it unable to answer; the next check is not to blame. */
  async recover(): Promise<void> {
    if (this.source.kind === 'url' || !this.#main) return;
    const { container, start } = await this.#main;
    if (start.state !== 'ready' || (await this.#isWell(container))) return;
    await container.remove();
    this.#main = undefined;
  }

  async #isWell({ address }: Container): Promise<boolean> {
    const pinged = await tryToAsk(address, { path: '/ping', seconds: limits.pingSeconds });
    if (pinged instanceof NoAnswer || pinged.status !== 200) return false;
    const [known] = await this.answered();
    const answer =
      known && (await tryToAsk(address, { ...invocation(known.sample), seconds: patience(known) }));
    return !known || (answer !== undefined && !(answer instanceof NoAnswer) && alike(answer, known.answer));
  }

  /** Seconds that it may take to become healthy again, at least so many: as long as it took once is known. */
  async patience(least: number): Promise<number> {
    const { start } = await this.main();
    return start.state === 'ready' ? Math.min(this.window, Math.max(least, 5 * start.seconds)) : this.window;
  }

  /** Whether several can run at once: processes that listen elsewhere than on the port they are given cannot. */
  sideBySide(): Promise<boolean> {
    return this.once('side by side', async () => {
      if (this.source.kind !== 'process') return true;
      const { address, inside } = await this.server();
      const ports = (await inside?.listeners())?.map(({ port }) => port) ?? [];
      return address.port !== limits.port && ports.every((port) => port === address.port);
    });
  }

  /** Starts a container of its own for a check; whoever starts it removes it. */
  async start(conditions: Conditions): Promise<Container> {
    const { container, needed } = await this.main();
    if (!(await this.sideBySide())) {
      // Nobody can ask it later, and a second one would be in the way of this one.
      await this.answered();
      await container.remove();
      this.#main = undefined;
    }
    return this.source.start({ ...(needed && { [needed.what]: true }), ...conditions });
  }

  /**
   * Runs a container of its own for a check, and removes it. What does not start as plainly as the first one did is not
   * to be laid to the conditions: NotChecked.
   */
  async with<T>(conditions: Conditions, use: (container: Container, start: Start) => Promise<T>): Promise<T> {
    const { start, result } = await this.#startAndUse(conditions, use);
    if (start.state !== 'ready' && (await this.startsAgain())) throw new NotChecked(notAgain);
    return result;
  }

  /** The same, as the first one was started, for a check that can do nothing unless it becomes healthy. */
  async withReady<T>(use: (container: Container) => Promise<T>): Promise<T> {
    const { result } = await this.#startAndUse({}, async (container, start) => {
      if (start.state === 'ready') return [await use(container)] as const;
      this.#again ??= await whyNotReady(container, start);
      return undefined;
    });
    if (!result) throw new NotChecked(notAgain);
    this.#again ??= '';
    return result[0];
  }

  /** Why it does not start a second time, as it did the first time; nothing where it does. */
  async startsAgain(): Promise<string> {
    if (this.#again === undefined) await this.withReady(async () => undefined).catch(() => undefined);
    return this.#again ?? '';
  }

  async #startAndUse<T>(
    conditions: Conditions,
    use: (container: Container, start: Start) => Promise<T>,
  ): Promise<{ start: Start; result: T }> {
    const patience = await this.patience(20);
    let container = await this.start(conditions);
    try {
      let start = await untilReady(container, patience);
      if (start.state === 'late') {
        // Once more: a busy machine may have been too slow.
        await container.remove();
        container = await this.start(conditions);
        start = await untilReady(container, patience);
      }
      const [answered] =
        start.state === 'ready' && conditions.model === undefined ? await this.answered() : [];
      if (answered) await firstAnswer(container, answered.sample);
      return { start, result: await use(container, start) };
    } finally {
      await container.remove();
    }
  }

  /** The inside of the shared server, for checks that need `inside`. */
  async inside(): Promise<Inside> {
    return known((await this.server()).inside);
  }

  /** The samples that the server answers with 200, three times in more than a second, and what varies meanwhile. */
  answered(): Promise<Answered[]> {
    return this.once('answered', async () => {
      const { container, first } = await this.main();
      // Each would take its minute.
      if (isLate(first)) return [];
      return answeredBy(container.address, this.samples);
    });
  }

  /** The first of them, where they have been asked for. */
  async answeredSoFar(): Promise<Answered | undefined> {
    return this.#memory.has('answered') ? (await this.answered())[0] : undefined;
  }

  /** The first of them, for checks that need `answers`. */
  async anyAnswered(): Promise<Answered> {
    return known((await this.answered())[0]);
  }

  async withRows(): Promise<(Answered & { readonly rows: Rows }) | undefined> {
    for (const { sample, answer } of await this.answered())
      if (sample.rows) return { sample, answer, rows: sample.rows };
    return undefined;
  }

  async close(): Promise<void> {
    await this.source.close();
  }

  async #startAnew(): Promise<Main> {
    const main = await startMain(this.source, this.window, this.#samples);
    this.#samples = main.samples;
    if (main.start.state === 'ready') this.#hasStarted = true;
    else if (this.#hasStarted) this.#again = await whyNotReady(main.container, main.start);
    return main;
  }
}

export const notAgain = 'it became healthy once, and not a second time: see starts-again';

/** The runner has made sure of it, by the check's needs. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a check uses what it does not say that it needs');
  return value;
}

/** Whether what it starts or asks is on this machine: elsewhere, this one slows nothing down. */
const isHere = ({ kind, title }: Source) =>
  kind !== 'url' || /^(localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/.test(new URL(title).hostname);
