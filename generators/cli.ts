#!/usr/bin/env node
import { homedir } from 'node:os';
import { join } from 'node:path';

// Node 20 has none. Where it is, what follows is compiled once and read from then on; not from where Node keeps it by
// default, a folder that all users of a machine share: what lies there is run.
const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
(
  process.getBuiltinModule('node:module') as { enableCompileCache?: (folder: string) => void }
).enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? join(caches, 'ml-container-creator'));
void import('./main.ts').then(({ run }) => run(process.argv.slice(2)));
