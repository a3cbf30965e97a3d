import type { Aws } from './aws.ts';

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

/** No call of CloudWatch Logs takes more at once. */
const most = 1000;

/** Lines of containers on their way to CloudWatch Logs: each stream in order, and in as few calls as it takes. */
export class Logs {
  readonly #aws: Aws;
  readonly #waiting = new Map<string, Event[]>();
  readonly #sending = new Map<string, Promise<void>>();

  constructor(aws: Aws) {
    this.#aws = aws;
  }

  line(group: string, stream: string, message: string, region: string): void {
    const key = JSON.stringify([group, stream, region]);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, waiting);
    // CloudWatch takes no empty ones.
    waiting.push({ timestamp: Date.now(), message: message || ' ' });
    if (this.#sending.has(key)) return;
    // What cannot be sent is no reason to stop a container: `local logs` has it all the same.
    const sent = this.#send(key, group, stream, region).catch(() => undefined);
    this.#sending.set(key, sent);
  }

  /** When all lines until now have arrived. */
  async sent(): Promise<void> {
    await Promise.all(this.#sending.values());
  }

  async #send(key: string, logGroupName: string, logStreamName: string, region: string): Promise<void> {
    const call = (operation: string, parameters: object) =>
      this.#aws.call('logs', region, `Logs_20140328.${operation}`, { logGroupName, ...parameters });
    const unlessThere = ({ name }: Error) => {
      if (name !== 'ResourceAlreadyExistsException') throw new Error(`CloudWatch Logs: ${name}`);
    };
    await call('CreateLogGroup', {}).catch(unlessThere);
    await call('CreateLogStream', { logStreamName }).catch(unlessThere);
    for (;;) {
      const logEvents = this.#waiting.get(key)?.splice(0, most) ?? [];
      if (!logEvents.length) break;
      await call('PutLogEvents', { logStreamName, logEvents });
    }
    this.#sending.delete(key);
  }
}
