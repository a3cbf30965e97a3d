import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cleanEnv } from '../../../harness.ts';

export interface Probed {
  readonly count: number;
  readonly failures: number;
  /** In ms. */
  readonly p99: number;
}

/** Asks a health path from a process of its own; the function that is returned ends that. */
export function probe(url: string, path: string): () => Promise<Probed> {
  const { port } = new URL(url);
  const child = spawn('python3', [join(import.meta.dirname, 'prober.py'), port, path], {
    env: cleanEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  return async () => {
    child.kill('SIGTERM');
    await once(child, 'close');
    return JSON.parse(output);
  };
}
