import { setTimeout as sleep } from 'node:timers/promises';
import type { Aws } from './aws.ts';

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

/** What a stream has for CloudWatch Logs, and what it has lost. */
interface Stream {
  readonly waiting: Event[];
  lost: number;
  last: number;
}

/** No call of CloudWatch Logs takes more lines at once, or more bytes, each line counting as 26 more. */
const most = { lines: 1000, bytes: 1024 * 1024, ofLine: 26 };
/** Lines of a stream that wait at most: a container may be faster than any log. */
const longestQueue = 20_000;
/** How often a call is tried, and milliseconds between. */
const [tries, pause] = [3, 500];

/** Lines of containers on their way to CloudWatch Logs: each stream in order, and in as few calls as it takes. */
export class Logs {
  readonly #aws: Aws;
  readonly #streams = new Map<string, Stream>();
  readonly #sending = new Map<string, Promise<void>>();

  constructor(aws: Aws) {
    this.#aws = aws;
  }

  line(group: string, stream: string, message: string, region: string): void {
    const key = JSON.stringify([group, stream, region]);
    const own = this.#streams.get(key) ?? { waiting: [], lost: 0, last: 0 };
    this.#streams.set(key, own);
    // In their order, also where this machine's clock is put back.
    own.last = Math.max(own.last, Date.now());
    // CloudWatch takes no empty ones.
    own.waiting.push({ timestamp: own.last, message: message || ' ' });
    if (own.waiting.length > longestQueue) {
      own.waiting.splice(0, most.lines);
      own.lost += most.lines;
    }
    if (this.#sending.has(key)) return;
    const sent = this.#send(own, group, stream, region).finally(() => this.#sending.delete(key));
    this.#sending.set(key, sent);
  }

  /** When all lines until now have arrived, or cannot. */
  async sent(): Promise<void> {
    while (this.#sending.size) await Promise.all(this.#sending.values());
  }

  async #send(own: Stream, logGroupName: string, logStreamName: string, region: string): Promise<void> {
    const call = (operation: string, parameters: object) =>
      again(() =>
        this.#aws.call('logs', region, `Logs_20140328.${operation}`, { logGroupName, ...parameters }),
      );
    // What cannot be sent is no reason to stop a container: `local logs` has it all the same.
    await call('CreateLogGroup', {}).catch(() => undefined);
    await call('CreateLogStream', { logStreamName }).catch(() => undefined);
    while (own.waiting.length) {
      const logEvents = nextOf(own);
      const put = call('PutLogEvents', { logStreamName, logEvents });
      await put.catch(() => {
        own.lost += logEvents.length;
      });
    }
  }
}

/** As many lines as go into one call; before them, how many were lost. */
function nextOf(own: Stream): Event[] {
  const { waiting } = own;
  let [count, bytes] = [0, 0];
  while (count < Math.min(most.lines - 1, waiting.length)) {
    bytes += Buffer.byteLength(waiting[count]?.message ?? '') + most.ofLine;
    if (count && bytes > most.bytes - 100) break;
    count++;
  }
  const events = waiting.splice(0, count);
  if (!own.lost) return events;
  const message = `[ml-container-creator local: lines missing here: ${own.lost}]`;
  own.lost = 0;
  return [{ timestamp: events[0]?.timestamp ?? own.last, message }, ...events];
}

/** Tries a call of moto's again, unless it says itself that it will not. */
async function again(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      await call();
      return;
    } catch (error) {
      const isRefused = /Exception$/.test((error as Error).name);
      if (isRefused || attempt === tries) throw error;
      await sleep(pause);
    }
}
