import { spawn } from 'node:child_process';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import { print, printError } from '../printable.ts';
import { fullPath } from '../settings/paths.ts';
import { WorkError } from '../settings/problems.ts';
import { signals } from '../stop.ts';
import { startInBackground, stopInBackground } from './background.ts';
import { told } from './disk.ts';
import type { LocalRequest } from './flags.ts';
import { type Holder, ServiceFolder } from './folder.ts';
import { host } from './host.ts';
import { linesOf } from './log-file.ts';
import { statusOf } from './status.ts';
import { type Answering, environmentFor, exportsFor } from './variables.ts';

/** Starts a service, or does something with one that runs; the exit code. */
export async function runLocal(request: LocalRequest, args: readonly string[], cwd: string): Promise<number> {
  return runIn(request, args, cwd).catch((error: unknown) => {
    throw told(error);
  });
}

async function runIn(request: LocalRequest, args: readonly string[], cwd: string): Promise<number> {
  const kept = (variable: string, fallback: string) =>
    join(process.env[variable] || join(homedir(), fallback), 'ml-container-creator');
  const folder = new ServiceFolder(
    request.folder === undefined
      ? join(kept('XDG_STATE_HOME', '.local/state'), 'local')
      : fullPath(cwd, request.folder),
  );
  const holder = folder.holder();
  if (request.action) return act(request.action, folder, holder);
  if (request.keep && !folder.isOurs) {
    const own = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined);
    if (holder?.url && own.some((arg) => /^--(process|time-scale|fail)\b/.test(arg)))
      printError('A service runs already, as it was started: of flags, only --keep has a meaning then');
    const url =
      holder?.url ??
      (await startInBackground(folder, own, printError).catch((error: unknown) => {
        // Whoever evaluates what is printed would go on, and reach AWS.
        if (!request.command && !process.stdout.isTTY) print('false');
        throw error;
      }));
    const service = { url, ...(folder.made?.process && { containerCli: folder.containerCli }) };
    if (request.command) return runWith(service, request.command);
    print(exportsFor(service, process.env));
    printError('It goes on until ml-container-creator local stop; what it has is there after that, too');
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
    const service = { url, ...(request.process && { containerCli: folder.containerCli }) };
    if (request.command) return await runWith(service, request.command);
    print(exportsFor(service, process.env));
    printError(`SageMaker hosting answers at ${url}. Ctrl-C ends it, with all that it has started`);
    return 128 + constants.signals[await broken];
  } finally {
    await close();
  }
}

/** Runs a command that meets the service and nothing of AWS; its exit code. */
async function runWith(
  service: Answering,
  [program, ...args]: readonly [string, ...string[]],
): Promise<number> {
  const command = spawn(program, args, { stdio: 'inherit', env: environmentFor(service, process.env) });
  // A terminal sends it Ctrl-C itself; what ends us alone is for it, too.
  const pass = (signal: NodeJS.Signals) => {
    command.kill(signal);
    // One that Ctrl-Z has stopped has to go on first.
    command.kill('SIGCONT');
  };
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
  if (action === 'stop' || action === 'remove') {
    const done: string[] = [];
    if (holder) {
      const how = await stopInBackground(folder, holder);
      const which = holder.url ? `at ${holder.url}` : 'that was starting';
      done.push(
        how === 'ended' ? `Stopped the service ${which}` : `Killed the service ${which}: it did not end`,
      );
    }
    // One that was killed has left something, and what is kept is not in use.
    if (folder.isMade && folder.claim()) {
      if (action === 'remove' && (await folder.forget()))
        done.push(`Deleted what was kept in ${folder.path}`);
      await folder.tidy();
      folder.release();
    }
    print([...done, statusOf(undefined, folder)].join('\n'));
    return 0;
  }
  const lines = action === 'logs' ? linesOf(folder.data(holder?.keep ?? true).log) : undefined;
  print(lines?.trimEnd() ?? statusOf(holder, folder));
  return 0;
}
