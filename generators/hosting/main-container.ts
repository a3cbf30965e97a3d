import { setTimeout as sleep } from 'node:timers/promises';
import { invocation } from './answers.ts';
import type { Conditions, Container, Source } from './containers/container.ts';
import { type Answer, NoAnswer, tryToAsk } from './http.ts';
import { type Sample, samplesInSchema, schemaPath } from './samples.ts';
import { type Start, untilReady } from './start.ts';

/** The container that most checks talk to, and what was found while it started. */
export interface Main {
  readonly container: Container;
  readonly start: Start;
  /** When its start was over, by performance.now(). */
  readonly since: number;
  /** What it had to be given before it started; and what it said without. */
  readonly needed?: { readonly what: 'mounted' | 'modelWritable'; readonly log: string };
  /** How it ended before it started, as it was. */
  readonly before?: { readonly code: number; readonly log: string };
  /** What it had printed when it became healthy. */
  readonly said: string;
  /** Those that were given, or else the examples that the server itself gives. */
  readonly samples: readonly Sample[];
  /** The answer to a request sent at once after /ping had said 200. */
  readonly first?: Answer | NoAnswer;
}

/** Starts it as hosting does; where it ends, once with each thing that it may have needed. `window` as in Options. */
export async function startMain(source: Source, window: number, given: readonly Sample[]): Promise<Main> {
  const main = await tryToStart(source, window, given, {});
  if (main.start.state !== 'ended') return main;
  // What it would have needed says more than that it does not start; but once more as it is, lest chance decide.
  const mounted = (await source.canMount?.()) ? (['mounted'] as const) : [];
  for (const what of [undefined, ...mounted, 'modelWritable'] as const) {
    const other = await tryToStart(source, window, given, what ? { [what]: true } : {});
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

async function tryToStart(
  source: Source,
  window: number,
  given: readonly Sample[],
  conditions: Conditions,
): Promise<Main> {
  const container = await source.start(conditions);
  const start = await untilReady(container, window);
  const since = performance.now();
  const said = container.log();
  const samples = start.state === 'ready' && !given.length ? await examplesOf(container) : given;
  const [sample] = samples;
  const main = { container, start, since, said, samples };
  return start.state === 'ready' && sample ? { ...main, first: await firstAnswer(container, sample) } : main;
}

/** Asks at once, and then until it can answer: what it does once it is truly ready is for the other checks. */
export async function firstAnswer({ address }: Container, sample: Sample): Promise<Answer | NoAnswer> {
  const first = await tryToAsk(address, invocation(sample));
  const end = performance.now() + 10_000;
  for (let last = first; failedForNow(last) && performance.now() < end; ) {
    await sleep(100);
    last = await tryToAsk(address, { ...invocation(sample), seconds: 5 });
  }
  return first;
}

/** What a server of ours shows as requests; none of any other. */
async function examplesOf({ address }: Container): Promise<readonly Sample[]> {
  const answer = await tryToAsk(address, { path: schemaPath, seconds: 10 });
  return answer instanceof NoAnswer || answer.status !== 200 ? [] : samplesInSchema(answer.body);
}

/** One that gives no answer at all in its minute will not give one soon. */
const failedForNow = (answer: Answer | NoAnswer) =>
  answer instanceof NoAnswer ? answer.reason !== 'late' : answer.status >= 500;
