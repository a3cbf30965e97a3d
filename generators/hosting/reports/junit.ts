import { printableLines } from '../../printable.ts';
import type { Source } from '../containers/container.ts';
import type { Result } from '../verify.ts';

/** JUnit's XML, as CI systems read it: a suite for each group. An `info` that failed is a passed test with a note. */
export function junitReport({ title }: Source, results: readonly Result[], seconds: number): string {
  const suites = [...new Set(results.map(({ group }) => group))].map((group) => {
    const own = results.filter((result) => result.group === group);
    const failures = own.filter(counts).length;
    const skipped = own.filter(({ status }) => status === 'skipped').length;
    const time = own.reduce((sum, one) => sum + one.seconds, 0).toFixed(3);
    const head = `<testsuite name="${group}" tests="${own.length}" failures="${failures}" skipped="${skipped}" time="${time}">`;
    return `  ${head}\n${own.map(testCase).join('\n')}\n  </testsuite>`;
  });
  const failures = results.filter(counts).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(title)}" tests="${results.length}" failures="${failures}" time="${seconds.toFixed(3)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

const counts = ({ status, check }: Result) => status === 'failed' && check.level !== 'info';

function testCase(result: Result): string {
  const { check, group, status, detail = '', seconds } = result;
  const head = `    <testcase classname="${group}.${check.id}" name="${xml(check.sentence)}" time="${seconds.toFixed(3)}"`;
  const told = `<system-out>${xml(detail)}</system-out>`;
  if (status === 'skipped') return `${head}><skipped message="${xml(detail)}"/></testcase>`;
  if (!counts(result)) return detail ? `${head}>${told}</testcase>` : `${head}/>`;
  const text = `On SageMaker: ${check.consequence}\nFix: ${check.fix}\nSource: ${check.source}`;
  return `${head}><failure type="${check.level}" message="${xml(detail)}">${xml(text)}</failure></testcase>`;
}

/** XML 1.0 has no way to write most control characters, and who shows it may take the others for commands. */
function xml(text: string): string {
  return printableLines(text)
    .replace(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
