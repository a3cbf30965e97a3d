import { Agent, type IncomingMessage, request } from 'node:http';

/** What SageMaker passes on to a container of what the caller sent. */
export interface Invocation {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Connections to containers are kept open, as SageMaker keeps them. */
const agent = new Agent({ keepAlive: true });

/** The head of a container's answer; rejects when none comes, with TimedOut after so many real seconds. */
export function call(
  url: string,
  { path, headers, body }: Invocation,
  seconds: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, url), {
      method: 'POST',
      headers: { ...headers, 'Content-Length': String(body.length) },
      agent,
    });
    let answered: IncomingMessage | undefined;
    const timer = setTimeout(() => (answered ?? asked).destroy(new TimedOut()), seconds * 1000);
    asked.on('response', (response) => {
      answered = response;
      // Its parts too have to be there in time.
      response.on('close', () => clearTimeout(timer));
      resolve(response);
    });
    asked.on('error', (error) => {
      clearTimeout(timer);
      // An idle connection that the container closed just as it was used again: nothing of the request was answered.
      const stale = asked.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (stale) call(url, { path, headers, body }, seconds).then(resolve, reject);
      else reject(error);
    });
    asked.end(body);
  });
}

export class TimedOut extends Error {}
