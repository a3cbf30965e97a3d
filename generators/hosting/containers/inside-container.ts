import type { Inside } from './container.ts';
import { docker } from './docker.ts';
import { parseListeners, parseStat, together, usageOf } from './procfs.ts';

/** The number of entries in /tmp; then, of each process but this shell: U+0001, its open files, its status. */
const usageScript = [
  'n=0; for f in /tmp/* /tmp/.[!.]*; do [ -e "$f" ] && n=$((n+1)); done; echo "$n"',
  'for p in /proc/[0-9]*; do [ "$p" = "/proc/$$" ] && continue; [ -r "$p/status" ] || continue',
  'n=0; for f in "$p"/fd/*; do [ -L "$f" ] && n=$((n+1)); done',
  'printf "\\001%d\\n" "$n"; while read -r line; do echo "$line"; done < "$p/status"; done 2>/dev/null',
].join('\n');

/** By the container's own shell: its processes are not this machine's where Docker runs elsewhere. */
export function insideContainer(name: string): Omit<Inside, 'port' | 'modelChanges'> {
  const shell = (script: string) => docker('exec', '--user', '0', name, 'sh', '-c', script);
  return {
    async processes() {
      // By the shell's own means: a slim image may have no cat.
      const lines = await shell('for f in /proc/[0-9]*/stat; do read -r line < "$f" && echo "$line"; done');
      const all = lines.trim().split('\n').map(parseStat);
      // The shell that looks is a child of none in there.
      return all.filter(({ pid, parent }) => pid === 1 || parent !== 0);
    },
    // As the server's own user: root, whom a container of another user gives no rights, may end nobody else's processes.
    kill: async (pid) => void (await docker('exec', name, 'sh', '-c', `kill -9 ${pid}`)),
    async listeners() {
      const text = await shell(
        'for f in /proc/net/tcp /proc/net/tcp6; do while read -r line; do echo "$line"; done < "$f"; done',
      );
      // Docker's own name server listens there on networks like ours.
      return parseListeners(text.replace(/^.*: 0B00007F:.*$/gm, ''));
    },
    async usage() {
      // As the server's own user, who alone may count its files; by the shell's own means.
      const text = await docker('exec', name, 'sh', '-c', usageScript);
      const [temporary, ...all] = text.split('\u0001').map((one) => one.trim());
      return together(
        all.map((one) => usageOf(one.replace(/^\d+/, ''), Number.parseInt(one, 10))),
        Number(temporary),
      );
    },
    async otherChanges() {
      const paths = (await docker('diff', name)).split('\n').map((line) => line.slice(2));
      // A folder counts as changed where anything below it did.
      const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
      // The model is no part of the image: Docker has made the place for it.
      return leaves.filter((path) => path !== '' && !/^\/(tmp|opt\/ml\/models?)(\/|$)/.test(path));
    },
  };
}
