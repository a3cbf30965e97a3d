import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Listener, Process, Usage } from './container.ts';

/** One process from Linux's /proc/PID/stat; its name may hold anything, spaces and parentheses too. */
export function parseStat(text: string): Process {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    parent: Number(fields[1]),
    pages: Number(fields[21]),
  };
}

/** Sockets in state LISTEN of /proc/net/tcp and tcp6. */
export function parseListeners(text: string): (Listener & { readonly inode: string })[] {
  return text.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local?.split(':') ?? [];
    if (state !== '0A') return [];
    // 127.0.0.0/8, ::1 and the former written as an IPv6 address, in the byte order of the file.
    const loopback = /7F$/.test(address.slice(0, 8)) || /^0{24}01000000$|^0{16}FFFF0000.{6}7F$/.test(address);
    return [{ port: Number.parseInt(port, 16), loopback, v6: address.length > 8, inode }];
  });
}

/** A process and all below it, itself first. */
function tree(all: readonly Process[], root: number): Process[] {
  const below = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  return [...all.filter(({ pid }) => pid === root), ...below(root)];
}

/** Whether a process catches a signal, or waits for it blocked, by its /proc/PID/status. */
export function catches(status: string, signal: 'SIGTERM' | 'SIGHUP'): boolean {
  const masks = [...status.matchAll(/^Sig(?:Cgt|Blk):\s*([0-9a-f]+)$/gm)].map(([, mask]) =>
    BigInt(`0x${mask}`),
  );
  return masks.some((mask) => ((mask >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n);
}

/** A process of this machine and all below it; none where there is no /proc. */
export const descendants = (pid: number): Process[] =>
  tree(
    pids()
      .flatMap((one) => readOrNothing(`/proc/${one}/stat`))
      .map(parseStat),
    pid,
  );

/** Of all processes that have a variable, NAME=VALUE, in their environment. */
export function pidsWith(variable: string): number[] {
  const has = (environment: string) => environment.split('\0').includes(variable);
  return pids().filter((pid) => readOrNothing(`/proc/${pid}/environ`).some(has));
}

/** What a process holds, by its /proc/PID/status and the number of its open files. */
export function usageOf(status: string, files: number): Omit<Usage, 'temporary'> {
  const lines = new Map(
    status.split('\n').map((line) => [line.split(':')[0], line.split(':')[1]?.trim() ?? '']),
  );
  const number = (name: string) => Number.parseInt(lines.get(name) ?? '', 10) || 0;
  const zombie = lines.get('State')?.startsWith('Z') === true;
  return {
    files,
    threads: zombie ? 0 : number('Threads'),
    zombies: zombie ? 1 : 0,
    bytes: number('VmRSS') * 1024,
  };
}

/** All of them together. */
export function together(all: readonly Omit<Usage, 'temporary'>[], temporary: number): Usage {
  const sum = (name: Exclude<keyof Usage, 'temporary'>) => all.reduce((total, one) => total + one[name], 0);
  return {
    files: sum('files'),
    threads: sum('threads'),
    zombies: sum('zombies'),
    bytes: sum('bytes'),
    temporary,
  };
}

/** Whether there is a process, or one of a group by its negative number. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Kills a process, or a group by its negative number, unless it has ended. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Of all processes on this machine; none where there is no /proc. */
function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** As a list of one, since processes come and go while they are looked at. */
export function readOrNothing(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}
