import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contract } from '../../generators/hosting/contract.ts';
import { trained } from '../e2e/trained.ts';
import { verify } from '../e2e/verify/run.ts';
import { activated, cachedVenv, cleanEnv, command, repository, tempFolder } from '../harness.ts';

/** Servers by their folder beside this file, with the package whose version counts; those of a lane one after the other. */
const lanes: readonly Readonly<Record<string, string>>[] = [
  // Two of these listen on 8080, whatever they are told.
  {
    'flask-sample': 'Flask',
    'bedrock-agentcore': 'bedrock-agentcore',
    mlserver: 'mlserver',
    mlflow: 'mlflow',
    'inference-toolkit': 'sagemaker-inference',
  },
  {
    'express-sample': 'express',
    'go-sample': 'go',
    'fastapi-sample': 'fastapi',
    'inference-server': 'inference-server',
    bentoml: 'bentoml',
    litserve: 'litserve',
  },
];

type Report = Awaited<ReturnType<typeof verify>>['report'];

async function reportOf(peer: string): Promise<Report> {
  const project = join(tempFolder(), peer);
  cpSync(join(import.meta.dirname, peer), project, { recursive: true });
  const env = await prepared(project);
  return (await verify([project], env)).report;
}

/** Installs what a server needs, and makes its model; the variables that it is then started with. */
async function prepared(project: string): Promise<NodeJS.ProcessEnv> {
  const has = (file: string) => existsSync(join(project, file));
  if (has('package.json')) await command('npm', ['ci', '--no-audit', '--no-fund'], { cwd: project });
  if (has('go.mod')) await command('go', ['build', '-o', 'server', '.'], { cwd: project });
  if (!has('requirements.txt')) return cleanEnv;
  const env = activated(await cachedVenv(join(project, 'requirements.txt')));
  await command('python', ['train.py'], { cwd: project, env });
  return env;
}

/** Of the package that counts, as it is pinned. */
function versionOf(peer: string, name: string): string | undefined {
  const pinned = [
    ['requirements.txt', new RegExp(`^${name}==(.+)$`, 'm')],
    ['package.json', new RegExp(`"${name}": "(.+)"`)],
    ['go.mod', /^go (.+)$/m],
  ] as const;
  for (const [file, pattern] of pinned) {
    const path = join(import.meta.dirname, peer, file);
    if (existsSync(path)) return pattern.exec(readFileSync(path, 'utf8'))?.[1];
  }
  return undefined;
}

test('docs/peers.md says what verify finds on servers made with other tools', async () => {
  const reports = new Map<string, Report>();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const [peer, name] of Object.entries(lane))
        reports.set(`${peer} ${versionOf(peer, name)}`, await reportOf(peer));
    }),
  );
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
    readFileSync(join(import.meta.dirname, 'held.md'), 'utf8').trim(),
    '',
  ].join('\n\n');
}

/** Without what differs between two runs. */
function told(detail = ''): string {
  return (
    detail
      .replace(/[\d.]+ (m?s)\b/g, 'N $1')
      .replace(/\b(process|pid) \d+/gi, '$1 N')
      .replace(/\d{4}-\d\d-\d\dT?[\d:.,+ -]*/g, '')
      .replace(/(?<!\d)\d{4,5}(?!\d)/g, 'N')
      .replace(/\/\S*\/(verify|test)-\w+/g, '…')
      // In a stack trace.
      .replace(/"\/[^\s;)]*/g, '"…')
      .replace(/[<>|]/g, (sign) => `\\${sign}`)
  );
}
