import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { tempFolder } from '../../harness.ts';

/** Starts a program of Python beside these tests, which ends when they do; once it is ready, with what it printed then. */
export async function background(
  venv: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ started: ChildProcess; printed: string }> {
  const started = spawn(join(venv, 'bin/python'), [program, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const printed = await new Promise<string>((done, fail) => {
    started.stdout.once('data', (chunk) => done(String(chunk)));
    started.once('exit', (code) => fail(new Error(`${program} ended with ${code}`)));
  });
  return { started, printed };
}

/** A folder with the AWS CLI of an environment, loaded once: see cli.py. */
export async function awsCli(venv: string, env: NodeJS.ProcessEnv) {
  const folder = tempFolder();
  const { started } = await background(venv, join(import.meta.dirname, 'cli.py'), [folder], env);
  return { folder, close: () => started.kill() };
}
