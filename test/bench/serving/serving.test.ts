import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { repository } from '../../harness.ts';
import { options } from './options.ts';
import { page } from './report/page.ts';
import { chart } from './report/svg.ts';
import { keep, type Results } from './results.ts';
import { run } from './run.ts';

const docs = (name: string) => join(repository, 'docs', name);

test(
  'docs/benchmarks.md says how fast servers answer',
  async () => {
    // A file in .cache/bench, to make the report of earlier results again.
    const earlier = process.env.BENCH_RESULTS;
    const results: Results = earlier ? JSON.parse(readFileSync(earlier, 'utf8')) : await run(options());
    const text = page(results);
    console.log(text);
    if (!earlier) console.log(`kept in ${keep(results)}`);
    if (results.partial) {
      console.log('a part only: docs/benchmarks.md stays as it is');
      return;
    }
    writeFileSync(docs('benchmarks.md'), text);
    writeFileSync(docs('benchmarks.svg'), chart(results));
  },
  6 * 60 * 60 * 1000,
);
