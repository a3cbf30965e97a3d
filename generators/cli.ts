#!/usr/bin/env node
import module from 'node:module';

// Node 20 has none. Where it is, what follows is compiled once and read from then on.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
void import('./main.ts').then(({ run }) => run(process.argv.slice(2)));
