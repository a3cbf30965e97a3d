import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * Asks an endpoint without a pause while something is done: what that comes to, the different answers, and what became of
 * requests that had none.
 */
export async function underLoad<T>(
  env: NodeJS.ProcessEnv,
  endpoint: string,
  payload: string,
  what: () => Promise<T>,
): Promise<{ done: T; answers: string[]; lost: string[] }> {
  const load = spawn('python', [join(import.meta.dirname, 'load.py'), endpoint, payload], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  load.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await once(load.stdout, 'data');
  const done = await what();
  load.stdin.end();
  await once(load, 'close');
  const { answers, lost } = JSON.parse(printed.slice(printed.indexOf('{')));
  return { done, answers: Object.keys(answers), lost };
}
