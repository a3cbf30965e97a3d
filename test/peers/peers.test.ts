import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contract } from '../../generators/hosting/contract.ts';
import { trained } from '../e2e/trained.ts';
import { verify } from '../e2e/verify/run.ts';
import { activated, cachedVenv, command, repository, tempFolder } from '../harness.ts';

/** Servers by their folder beside this file, with the package whose version counts. */
const peers = { mlflow: 'mlflow', bentoml: 'bentoml', litserve: 'litserve', 'flask-sample': 'Flask' };

type Report = Awaited<ReturnType<typeof verify>>['report'];

async function reportOf(peer: string): Promise<Report> {
  const project = join(tempFolder(), peer);
  cpSync(join(import.meta.dirname, peer), project, { recursive: true });
  const env = activated(await cachedVenv(join(project, 'requirements.txt')));
  await command('python', ['train.py'], { cwd: project, env });
  return (await verify([project], env)).report;
}

test('docs/peers.md says what verify finds on servers made with other tools', async () => {
  const reports = new Map<string, Report>();
  for (const [peer, name] of Object.entries(peers)) {
    const requirements = readFileSync(join(import.meta.dirname, peer, 'requirements.txt'), 'utf8');
    const version = new RegExp(`^${name}==(.+)$`, 'm').exec(requirements)?.[1];
    reports.set(`${peer} ${version}`, await reportOf(peer));
  }
  for (const server of ['flask', 'fastapi']) {
    const { project, venv } = await trained('iris', '--framework=sklearn', `--model-server=${server}`);
    reports.set(`ours, ${server}`, (await verify([project], activated(venv))).report);
  }
  await expect(page(reports)).toMatchFileSnapshot(join(repository, 'docs/peers.md'));
}, 1_800_000);

function page(reports: ReadonlyMap<string, Report>): string {
  const marks = { passed: '✓', failed: '**✗**', skipped: '–' };
  const of = (report: Report, id: string) => report.checks.find((check) => check.id === id);
  const rows = contract.flatMap(({ checks }) =>
    checks
      .filter(({ id }) => [...reports.values()].some((report) => of(report, id)?.status !== 'skipped'))
      .map(({ id, level }) => {
        const cells = [...reports.values()].map((report) => marks[of(report, id)?.status ?? 'skipped']);
        return `| \`${id}\` | ${level} | ${cells.join(' | ')} |`;
      }),
  );
  const findings = [...reports].flatMap(([name, report]) => {
    const failed = report.checks.filter(({ status }) => status === 'failed');
    return failed.length
      ? [
          `### ${name}`,
          failed.map(({ id, level, detail }) => `- \`${id}\` (${level}): ${told(detail)}`).join('\n'),
        ]
      : [];
  });
  return [
    '# What `verify` finds on servers made with other tools',
    'Each serves the same kind of model, a small forest on the iris flowers, set up as well as its documentation allows: ' +
      'the folders in [test/peers](../test/peers) hold all of it. `npm run peers` makes this page anew.',
    '✓ passed, ✗ failed, – skipped: it cannot be told, or does not apply.',
    [
      `| check | level | ${[...reports.keys()].join(' | ')} |`,
      `| --- | --- | ${[...reports].map(() => '---').join(' | ')} |`,
      ...rows,
    ].join('\n'),
    '## What was found',
    ...findings,
    '',
  ].join('\n\n');
}

/** Without what differs between two runs. */
function told(detail = ''): string {
  return detail
    .replace(/[\d.]+ (m?s)\b/g, 'N $1')
    .replace(/\b(process|pid) \d+/gi, '$1 N')
    .replace(/\d{4}-\d\d-\d\dT?[\d:.,+ -]*/g, '')
    .replace(/(?<!\d)\d{4,5}(?!\d)/g, 'N')
    .replace(/\/\S*\/(verify|test)-\w+/g, '…')
    .replace(/[<>|]/g, (sign) => `\\${sign}`);
}
