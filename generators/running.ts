import { existsSync, readFileSync } from 'node:fs';

/** Whether a process of that number is there, and has not ended: one that nobody has asked for its end keeps its number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !lookAt(pid)?.hasEnded;
}

/** When a process was started, as the system says it: no two of one number have the same; undefined where it cannot be told. */
export function startOf(pid: number): string | undefined {
  return lookAt(pid)?.started;
}

function lookAt(pid: number): { readonly hasEnded: boolean; readonly started: string } | undefined {
  try {
    const [state = '', started = ''] = existsSync('/proc/self/stat') ? ofLinux(pid) : ofPs(pid);
    return { hasEnded: /^[ZX]/.test(state), started };
  } catch {
    return undefined;
  }
}

/** Its state, and the ticks since that boot; the name before them may hold anything. */
function ofLinux(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return [fields[0] ?? '', `${boot} ${fields[19]}`];
}

function ofPs(pid: number): string[] {
  // Loaded here, since Linux does without.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const printed = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  return [printed, printed.replace(/^\S+\s+/, '')];
}
