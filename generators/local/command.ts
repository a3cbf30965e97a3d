import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import { print, printError } from '../printable.ts';
import { fullPath } from '../settings/paths.ts';
import { WorkError } from '../settings/problems.ts';
import { signals } from '../stop.ts';
import { startInBackground, stopInBackground } from './background.ts';
import type { LocalRequest } from './flags.ts';
import { type Holder, ServiceFolder } from './folder.ts';
import { host } from './host.ts';
import { statusOf } from './status.ts';
import { environmentFor, exportsFor } from './variables.ts';

/** Starts a service, or does something with one that runs; the exit code. */
export async function runLocal(request: LocalRequest, args: readonly string[], cwd: string): Promise<number> {
  const kept = (variable: string, fallback: string) =>
    join(process.env[variable] || join(homedir(), fallback), 'ml-container-creator');
  const folder = new ServiceFolder(
    request.folder === undefined
      ? join(kept('XDG_STATE_HOME', '.local/state'), 'local')
      : fullPath(cwd, request.folder),
  );
  const holder = folder.holder();
  if (request.action) return act(request.action, folder, holder);
  if (request.keep) {
    const own = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined);
    if (holder?.url && own.some((arg) => /^--(process|time-scale|fail)\b/.test(arg)))
      printError('A service runs already, as it was started: of flags, only --keep has a meaning then');
    const passed = own.filter((arg) => !/^--keep\b/.test(arg));
    const url = holder?.url ?? (await startInBackground(folder, passed, printError));
    if (request.command) return runWith(url, request.command);
    print(exportsFor(url, process.env));
    printError('It goes on until ml-container-creator local stop');
    return 0;
  }
  let stopped: NodeJS.Signals | undefined;
  const broken = new Promise<NodeJS.Signals>((done) => {
    for (const signal of signals)
      process.on(signal, () => {
        stopped = signal;
        done(signal);
      });
  });
  const place = { folder, cache: kept('XDG_CACHE_HOME', '.cache'), cwd, say: printError };
  const { url, close } = await host(request, place).catch(async (error: unknown) => {
    // What is cut off fails in one way or another.
    if (stopped) process.exit(128 + constants.signals[stopped]);
    throw error;
  });
  try {
    if (stopped) return 128 + constants.signals[stopped];
    if (request.command) return await runWith(url, request.command);
    print(exportsFor(url, process.env));
    printError(`SageMaker hosting answers at ${url}. Ctrl-C ends it, with all that it has started`);
    return 128 + constants.signals[await broken];
  } finally {
    await close();
  }
}

/** Runs a command that meets the service and nothing of AWS; its exit code. */
async function runWith(url: string, [program, ...args]: readonly [string, ...string[]]): Promise<number> {
  const command = spawn(program, args, { stdio: 'inherit', env: environmentFor(url, process.env) });
  // A terminal sends it Ctrl-C itself; what ends us alone is for it, too.
  const pass = (signal: NodeJS.Signals) => void command.kill(signal);
  for (const signal of ['SIGHUP', 'SIGTERM'] as const) process.on(signal, pass);
  process.on('SIGINT', () => undefined);
  return new Promise((done, fail) => {
    command.on('error', ({ code }: NodeJS.ErrnoException) =>
      fail(
        new WorkError(`${program} cannot be run: ${code === 'ENOENT' ? 'there is no such program' : code}`),
      ),
    );
    command.on('exit', (code, signal) => done(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

async function act(
  action: NonNullable<LocalRequest['action']>,
  folder: ServiceFolder,
  holder: Holder | undefined,
): Promise<number> {
  if (!holder) {
    print('Nothing runs');
    // One that was killed.
    if (action === 'stop' && existsSync(folder.path) && folder.claim()) {
      await folder.tidy();
      folder.release();
    }
    return 0;
  }
  if (action === 'stop') await stopInBackground(folder, holder);
  else if (action === 'logs') {
    if (existsSync(folder.log)) print(readFileSync(folder.log, 'utf8').trimEnd());
  } else print(statusOf(holder, folder));
  return 0;
}
