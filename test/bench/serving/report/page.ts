import { type ModelName, models } from '../models.ts';
import { type RequestName, requests } from '../requests.ts';
import { median, type Results } from '../results.ts';
import { all, constants, type ServerName, servers, yardstick } from '../servers.ts';
import { cell, costs, figure, table } from './tables.ts';

/** docs/benchmarks.md. */
export function page(results: Results): string {
  const measured = (Object.keys(models) as ModelName[]).filter((model) =>
    results.cells.some((one) => one.model === model),
  );
  return [
    '# How fast servers answer',
    'The same models behind servers made with several tools, on the same machine, in one run of ' +
      '`npm run bench:serving`, which writes this page.',
    ...(results.partial ? [] : ['![Requests a second at 16 connections](benchmarks.svg)']),
    '## What was measured',
    method(results),
    ...measured.flatMap((model) => [
      `## ${models[model].title}`,
      ...(Object.keys(requests) as RequestName[]).flatMap((request) => [
        `### ${requests[request].title}`,
        ...rates(results, model, request),
      ]),
      '### Memory, start and health path',
      costs(results, named(servers), model),
    ]),
    '## Limits',
    ...limits(results, measured),
    '## The servers',
    setups(results),
    '',
  ].join('\n\n');
}

function method({ machine, date, seconds, rounds }: Results): string {
  return [
    `- Machine: ${machine}, which takes its share of the CPUs. ${date.slice(0, 10)}.`,
    '- Models on 8 features, trained by `test/bench/serving/train.py`. Before anything is measured, each server has ' +
      "to answer each request with the model's own predictions.",
    `- Closed loop: each connection asks again as soon as it is answered. After a warm-up, ${seconds} s for each ` +
      `cell, in each of ${rounds} rounds over all servers, with new starts; a figure is the median of the rounds, errors ` +
      'are those of all rounds (answers other than 2xx, and connections that failed).',
    `- In a cell: requests a second, in brackets as a multiple of ${all[yardstick].title}; then the median and the ` +
      '99th percentile of the time to an answer.',
    '- Memory is the largest PSS of all processes of a server under load. Its health path is asked 20 times a second ' +
      'meanwhile, each time over a new connection.',
  ].join('\n');
}

const named = <Name extends string>(kind: Record<Name, unknown>) => Object.keys(kind) as Name[];

function rates(results: Results, model: ModelName, request: RequestName): string[] {
  let footnote = false;
  const rows = named(servers).flatMap((server) => {
    const cells = results.connections.map((count) =>
      cell(results, { server, model, request }, count, yardstick),
    );
    if (cells.every((text) => text === '–')) return [];
    const instead = requests[request].csv && !servers[server].takes.csv;
    footnote ||= instead;
    return [[`${servers[server].title}${instead ? ' ¹' : ''}`, ...cells]];
  });
  const made = table(['server', ...results.connections.map(connections)], rows);
  return footnote ? [made, '¹ The same rows in JSON: it has no documented way to take CSV.'] : [made];
}

const connections = (count: number) => (count === 1 ? '1 connection' : `${count} connections`);

function limits(results: Results, measured: readonly ModelName[]): string[] {
  const alone = measured.flatMap((model) => {
    const of = results.alone.filter((one) => one.model === model).map(({ rate }) => rate);
    return of.length ? [[models[model].title, figure(median(of))]] : [];
  });
  const rows = named(constants)
    .filter((server) => results.starts.some((one) => one.server === server))
    .flatMap((server) =>
      named(requests).map((request) => [
        constants[server].title,
        requests[request].title,
        ...results.connections.map((count) => cell(results, { server, model: null, request }, count)),
      ]),
    );
  const constant = [
    'Servers without a model, one process each, that read the request and answer a constant:',
    table(['server', 'request', ...results.connections.map(connections)], rows, 2),
    costs(results, named(constants), null),
  ];
  return [
    'The models without a server: `predict` in full batches of 64 rows, in a process for each CPU.',
    table(['model', 'rows a second'], alone),
    ...(rows.length ? constant : []),
  ];
}

function setups({ versions }: Results): string {
  return (Object.keys(versions) as ServerName[])
    .map((name) => `- **${all[name].title}**: ${all[name].about} Versions: ${versions[name]}.`)
    .join('\n');
}
