import { setTimeout as sleep } from 'node:timers/promises';
import { type Answered, alike, invocation, isLate, nearly, patience } from './answers.ts';
import type { Conditions, Container, Inside, Source } from './containers/container.ts';
import type { Declaration } from './containers/declaration.ts';
import { type Answer, NoAnswer, tryToAsk } from './http.ts';
import { type Need, NotChecked } from './needs.ts';
import { type Rows, type Sample, samplesInSchema, schemaPath } from './samples.ts';
import { limits } from './sources.ts';
import { type Start, untilReady, whyNotReady } from './start.ts';
import { varyingIn } from './varying.ts';

/** The container that most checks talk to, and what was found while it started. */
interface Main {
  readonly container: Container;
  readonly start: Start;
  /** What it had to be given before it started; and what it said without. */
  readonly needed?: { readonly what: 'mounted' | 'modelWritable'; readonly log: string };
  /** How it ended before it started, as it was. */
  readonly before?: { readonly code: number; readonly log: string };
  /** What it had printed when it became healthy. */
  readonly said: string;
  /** The answer to a request sent at once after /ping had said 200. */
  readonly first?: Answer | NoAnswer;
}

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
  #samples: readonly Sample[];
  #main: Promise<Main> | undefined;
  #memory = new Map<string, Promise<unknown>>();
  #measurements = new Set<string>();
  #deaths: string[] = [];
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

  measureAnew(): void {
    for (const what of this.#measurements) this.#memory.delete(what);
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

  /** How the shared server ended, each time that it did without being told to. */
  get deaths(): readonly string[] {
    return this.#deaths;
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

  /** Keeps that for the check that tells of it. */
  died(words: string): void {
    this.#deaths.push(words);
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
    const first = await this.#startAndUse(conditions, use);
    // A busy machine may have been too slow.
    const { start, result } = first.start.state === 'late' ? await this.#startAndUse(conditions, use) : first;
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
    const container = await this.start(conditions);
    try {
      const start = await untilReady(container, patience);
      const [answered] =
        start.state === 'ready' && conditions.model === undefined ? await this.answered() : [];
      if (answered) await this.#firstAnswer(container, answered.sample);
      return { start, result: await use(container, start) };
    } finally {
      await container.remove();
    }
  }

  /** Why a need cannot be met, or nothing. */
  async missing(need: Need): Promise<string | undefined> {
    switch (need) {
      case 'start':
        return this.source.kind === 'url' ? 'a server that runs already cannot be started anew' : undefined;
      case 'model':
        return this.source.hasModel
          ? undefined
          : 'it was given no model to do without; --model-dir gives one';
      case 'inside':
        return (await this.server()).inside ? undefined : 'its processes cannot be seen from here';
      case 'image':
        return this.source.kind === 'image' ? undefined : 'only an image shows it';
      case 'declaration':
        return this.declaration ? undefined : 'there is no image and no Dockerfile';
      case 'answers':
        if (!this.samples.length) return 'there is no sample request: give one with --payload';
        return (await this.answered()).length ? undefined : 'no sample request is answered with 200';
      case 'rows':
        return (await this.withRows()) ? undefined : 'the rows of no sample request can be taken apart';
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
      let asked = this.samples.map((sample) => ({ sample, answers: [] as Answer[] }));
      const started = performance.now();
      // A clock in whole seconds is seen to go on only so.
      for (const begin of [0, 0, 1100]) {
        await sleep(Math.max(0, started + begin - performance.now()));
        const still: typeof asked = [];
        for (const { sample, answers } of asked) {
          const answer = await tryToAsk(container.address, invocation(sample));
          if (isLate(answer)) break;
          if (!(answer instanceof NoAnswer) && answer.status === 200)
            still.push({ sample, answers: [...answers, answer] });
        }
        asked = still;
      }
      return asked.flatMap(({ sample, answers }) => {
        const [answer] = answers;
        return answer ? [{ sample, answer: { ...answer, varying: varyingIn(answers, nearly) } }] : [];
      });
    });
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
    const main = await this.#start();
    if (main.start.state === 'ready') this.#hasStarted = true;
    else if (this.#hasStarted) this.#again = await whyNotReady(main.container, main.start);
    return main;
  }

  async #start(): Promise<Main> {
    const main = await this.#tryToStart({});
    if (main.start.state !== 'ended') return main;
    // What it would have needed says more than that it does not start; but once more as it is, lest chance decide.
    const mounted = (await this.source.canMount?.()) ? (['mounted'] as const) : [];
    for (const what of [undefined, ...mounted, 'modelWritable'] as const) {
      const other = await this.#tryToStart(what ? { [what]: true } : {});
      if (other.start.state === 'ready')
        return {
          ...other,
          ...(what
            ? { needed: { what, log: main.container.log() } }
            : { before: { code: main.start.code, log: main.container.log() } }),
        };
      await other.container.remove();
    }
    return main;
  }

  async #tryToStart(conditions: Conditions): Promise<Main> {
    const container = await this.source.start(conditions);
    const start = await untilReady(container, this.window);
    const said = container.log();
    if (start.state === 'ready' && !this.#samples.length) this.#samples = await examplesOf(container);
    const [sample] = this.#samples;
    if (start.state !== 'ready' || !sample) return { container, start, said };
    return { container, start, said, first: await this.#firstAnswer(container, sample) };
  }

  /** Asks at once, and then until it can answer: what it does once it is truly ready is for the other checks. */
  async #firstAnswer({ address }: Container, sample: Sample): Promise<Answer | NoAnswer> {
    const first = await tryToAsk(address, invocation(sample));
    const end = performance.now() + 10_000;
    for (let last = first; failedForNow(last) && performance.now() < end; ) {
      await sleep(100);
      last = await tryToAsk(address, { ...invocation(sample), seconds: 5 });
    }
    return first;
  }
}

export const notAgain = 'it became healthy once, and not a second time: see starts-again';

/** What a server of ours shows as requests; none of any other. */
async function examplesOf({ address }: Container): Promise<readonly Sample[]> {
  const answer = await tryToAsk(address, { path: schemaPath, seconds: 10 });
  return answer instanceof NoAnswer || answer.status !== 200 ? [] : samplesInSchema(answer.body);
}

/** One that gives no answer at all in its minute will not give one soon. */
const failedForNow = (answer: Answer | NoAnswer) =>
  answer instanceof NoAnswer ? answer.reason !== 'late' : answer.status >= 500;

/** The runner has made sure of it, by the check's needs. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a check uses what it does not say that it needs');
  return value;
}
