import type { ModelName } from '../models.ts';
import { type Cell, medians, type Results } from '../results.ts';
import { all, type ServerName } from '../servers.ts';

/** A Markdown table; the columns after the first `texts` hold numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string {
  const alignment = head.map((_, column) => (column < texts ? '---' : '---:'));
  return [head, alignment, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Three digits that count, or all before the point. */
export function figure(number: number): string {
  const digits = number >= 100 ? 0 : number >= 10 ? 1 : 2;
  return number.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A cell of requests a second, with times; as a multiple of another server, if there is one. */
export function cell(
  results: Results,
  like: Pick<Cell, 'server' | 'model' | 'request'>,
  connections: number,
  against?: ServerName,
): string {
  const of = (server: ServerName) =>
    medians(results.cells, { ...like, connections, server }, 'rate', 'p50', 'p99');
  const own = of(like.server);
  if (!own) return '–';
  const other = against && of(against);
  // A slow server may not finish a single request in its second.
  const ratio = other?.rate ? ` (${figure(own.rate / other.rate)} ×)` : '';
  const errors = results.cells
    .filter(
      (one) =>
        one.server === like.server &&
        one.model === like.model &&
        one.request === like.request &&
        one.connections === connections,
    )
    .reduce((sum, one) => sum + one.errors, 0);
  const failed = errors ? `, **${errors.toLocaleString('en-US')} errors**` : '';
  return `${figure(own.rate)}${ratio}, ${figure(own.p50)} / ${figure(own.p99)} ms${failed}`;
}

/** What servers cost beside the CPU. */
export function costs(results: Results, names: readonly ServerName[], model: ModelName | null): string {
  const rows = names.flatMap((server) => {
    const own = medians(results.starts, { server, model }, 'pss', 'startup', 'pingP99', 'pingFailures');
    if (!own) return [];
    const failures = own.pingFailures ? `, **${own.pingFailures} failed**` : '';
    return [[all[server].title, figure(own.pss), figure(own.startup), `${figure(own.pingP99)}${failures}`]];
  });
  return table(['server', 'memory, MB', 'start to first 200, s', 'health path under load, p99, ms'], rows);
}
