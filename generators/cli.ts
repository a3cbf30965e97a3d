#!/usr/bin/env node
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

// Node 20 has none. Where it is, what follows is compiled once and read from then on; not from where Node keeps it by
// default, a folder that all users of a machine share: what lies there is run.
const folder = process.env.NODE_COMPILE_CACHE ?? cacheFolder();
if (folder !== undefined)
  (
    process.getBuiltinModule('node:module') as { enableCompileCache?: (folder: string) => void }
  ).enableCompileCache?.(folder);

/** Undefined for a user without a home, as in a container that is started with some number. */
function cacheFolder(): string | undefined {
  try {
    const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
    return isAbsolute(caches) ? join(caches, 'ml-container-creator') : undefined;
  } catch {
    return undefined;
  }
}

void import('./main.ts').then(({ run }) => run(process.argv.slice(2)));
