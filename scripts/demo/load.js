// Requests that never stop while an endpoint is updated.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const clients = 4;
/** Between two requests of one client, in milliseconds: a load, but no test of strength. */
const pause = 10;

/** Calls an endpoint until `end`, by so many clients; `end` resolves to how many requests there were, and what was answered. */
export function startLoad({ url, region, endpoint, body, type }) {
  const payload = readFileSync(body);
  const counts = { requests: 0, failures: [], answers: new Set() };
  let over = false;
  async function client() {
    while (!over) {
      counts.requests++;
      const answer = await ask().catch((error) => `${error.message} ${error.cause ?? ''}`.trim());
      if (typeof answer === 'string') counts.failures.push(answer);
      else counts.answers.add(answer.text);
      await sleep(pause);
    }
  }
  async function ask() {
    const response = await fetch(`${url}/endpoints/${endpoint}/invocations`, {
      method: 'POST',
      headers: {
        // The service reads a signature, and checks none.
        Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/sagemaker/aws4_request, SignedHeaders=host, Signature=0`,
        'Content-Type': type,
      },
      body: payload,
    });
    const text = await response.text();
    return response.ok ? { text } : `${response.status} ${text}`;
  }
  const all = Array.from({ length: clients }, client);
  return {
    counts,
    async end() {
      over = true;
      await Promise.all(all);
      return counts;
    },
  };
}
