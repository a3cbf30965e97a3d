import { readdirSync, readFileSync } from 'node:fs';

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A process that has ended.
    return '';
  }
}

/** The living processes of the session that a process leads, and all that descend from them. */
export function treeOf(leader: number): number[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      // The name of the command, in brackets, may hold anything.
      const stat = read(`/proc/${name}/stat`).split(')').at(-1)?.trim().split(' ') ?? [];
      return { pid: Number(name), state: stat[0], parent: Number(stat[1]), session: Number(stat[3]) };
    })
    .filter(({ state }) => state !== undefined && state !== '' && state !== 'Z');
  const tree = new Set(processes.filter(({ session }) => session === leader).map(({ pid }) => pid));
  for (let size = -1; size !== tree.size; ) {
    size = tree.size;
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}

/** The memory of a tree in MB; what processes share counts once. */
export function pss(leader: number): number {
  const kilobytes = treeOf(leader).map((pid) =>
    Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
  );
  return (kilobytes.reduce((sum, one) => sum + one, 0) * 1024) / 1e6;
}
