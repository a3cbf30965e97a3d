import type { Check } from '../check.ts';
import { leaks } from '../leaks.ts';
import { sources } from '../sources.ts';

export const resources: readonly Check[] = [
  {
    id: 'leaks',
    level: 'should',
    sentence: 'keeps no files, threads, processes or memory of requests that it has answered',
    source: sources.hosting,
    consequence:
      'after days it cannot open files, start threads or get memory: it fails, and no request is to blame',
    fix: 'close what a request opens, end its threads, wait for its processes, delete its temporary files; give caches a bound',
    needs: ['inside', 'answers'],
    run: leaks,
  },
];
