import { escaped } from '../../printable.ts';
import type { Source } from '../containers/container.ts';
import type { Result } from '../verify.ts';
import { mostlySkipped, notMade, summaryOf } from './table.ts';

/** All that is known, for programs. */
export function jsonReport(
  { kind, title }: Source,
  results: readonly Result[],
  seconds: number,
  only?: readonly string[],
): string {
  const [unseen, left] = [mostlySkipped(results), notMade(results, only)];
  const report = {
    subject: { kind, title },
    seconds: rounded(seconds),
    ...summaryOf(results),
    ...(unseen !== undefined && { mostlySkipped: unseen }),
    ...(left !== undefined && { notMade: left }),
    checks: results.map(({ check, group, status, detail, seconds: each }) => ({
      id: check.id,
      group,
      level: check.level,
      sentence: check.sentence,
      status,
      ...(detail !== undefined && { detail }),
      seconds: rounded(each),
      ...(status === 'failed' && { consequence: check.consequence, fix: check.fix, source: check.source }),
    })),
  };
  return escaped(JSON.stringify(report, null, 2));
}

const rounded = (seconds: number) => Math.round(seconds * 1000) / 1000;
