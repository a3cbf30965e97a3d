import { printable } from '../../printable.ts';
import { levels } from '../check.ts';
import { contract } from '../contract.ts';
import type { Result } from '../verify.ts';

/** How a terminal shows it, or plain text for everything else. */
export interface Style {
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  dim(text: string): string;
}

const color = (code: number) => (text: string) => `\u001B[${code}m${text}\u001B[0m`;
const asItIs = (text: string) => text;

export const colored: Style = { green: color(32), red: color(31), yellow: color(33), dim: color(2) };
export const plain: Style = { green: asItIs, red: asItIs, yellow: asItIs, dim: asItIs };

const width = 2 + Math.max(...contract.flatMap(({ checks }) => checks.map(({ id }) => id.length)));

/** One check in a line; after a failed one, what follows from it and what to do. */
export function resultLines({ check, status, detail }: Result, style: Style): string {
  const marks = { passed: style.green('✓'), failed: style.red('✗'), skipped: style.dim('-') };
  const mark = status === 'failed' && check.level === 'info' ? style.yellow('!') : marks[status];
  const id = check.id.padEnd(width);
  const words = detail === undefined ? '' : printable(detail);
  if (status === 'passed') {
    const note = words.length > 100 ? `${words.slice(0, 100)}…` : words;
    return `  ${mark} ${id}${check.sentence}${note && style.dim(` (${note})`)}`;
  }
  if (status === 'skipped') return `  ${mark} ${id}${style.dim(`skipped: ${words}`)}`;
  const more = (name: string, text: string) => `      ${style.dim(name.padEnd(11))}${text}`;
  return [
    `  ${mark} ${id}${check.level}: ${check.sentence}`,
    more('found', words),
    more('SageMaker', check.consequence),
    more('fix', check.fix),
    more('source', check.source),
  ].join('\n');
}

/** What came out in all. */
export function summaryLine(results: readonly Result[], seconds: number): string {
  const { counts, failures } = summaryOf(results);
  const byLevel = Object.entries(failures).map(([level, count]) => `${count} ${level}`);
  const failedWords = `${counts.failed} failed${byLevel.length ? ` (${byLevel.join(', ')})` : ''}`;
  return `${results.length} ${results.length === 1 ? 'check' : 'checks'} in ${Math.round(seconds)} s: ${counts.passed} passed, ${failedWords}, ${counts.skipped} skipped`;
}

export function summaryOf(results: readonly Result[]) {
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
  const failures: Record<string, number> = {};
  for (const level of Object.keys(levels)) {
    const count = results.filter(({ status, check }) => status === 'failed' && check.level === level).length;
    if (count) failures[level] = count;
  }
  return {
    counts: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
    failures,
  };
}

/** A loud line where most of what must be so was not looked at: then nothing that failed is no good news. */
export function mostlySkipped(results: readonly Result[]): string | undefined {
  const musts = results.filter(({ check }) => check.level === 'must');
  const left = musts.filter(({ status }) => status === 'skipped');
  if (left.length * 2 <= musts.length) return undefined;
  const reasons = new Map<string, number>();
  for (const { detail = '' } of left) reasons.set(detail, (reasons.get(detail) ?? 0) + 1);
  const [[reason, count] = ['', 0]] = [...reasons].sort((a, b) => b[1] - a[1]);
  return `NO SUCCESS: ${left.length} of ${musts.length} checks of what must be so were not made, ${count} of them because ${printable(reason)}`;
}

/** A loud line where what was asked for by name was not made, of a group none of it: nothing was found out then. */
export function notMade(results: readonly Result[], only: readonly string[] = []): string | undefined {
  const left = only.flatMap((name) => {
    const inGroup = results.filter(({ group }) => group === name);
    const asked = inGroup.length ? inGroup : results.filter(({ check }) => check.id === name);
    const [first] = asked;
    return first && asked.every(({ status, sameAs }) => status === 'skipped' && sameAs === undefined)
      ? [`${name} (${printable(first.detail ?? '')})`]
      : [];
  });
  return left.length
    ? `NO SUCCESS: --only asks for what could not be checked here: ${left.join('; ')}`
    : undefined;
}

/** Failed checks that count: an info is only told. */
export const failuresOf = (results: readonly Result[]): readonly Result[] =>
  results.filter(({ status, check }) => status === 'failed' && check.level !== 'info');
