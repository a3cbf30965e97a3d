import { isDeepStrictEqual } from 'node:util';
import type { Request } from './requests.ts';
import type { Server } from './servers/server.ts';

/** Fails unless a server answers a request with these predictions: speed without them is worth nothing. */
export async function check(
  server: Server,
  url: string,
  { type, body }: Request,
  expected: readonly number[],
): Promise<void> {
  const headers = { 'Content-Type': type };
  const answer = await fetch(`${url}${server.path}`, { method: 'POST', headers, body });
  const text = await answer.text();
  const found = answer.ok && server.predictions(JSON.parse(text) as never);
  if (!isDeepStrictEqual(found, expected)) {
    const short = (value: string) => value.slice(0, 300);
    throw new Error(
      `${server.title} answers ${type} with ${answer.status} ${short(text)}, not ${short(String(expected))}`,
    );
  }
}
