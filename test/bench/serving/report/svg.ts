import { type ModelName, models } from '../models.ts';
import { medians, type Results } from '../results.ts';
import { type ServerName, servers } from '../servers.ts';
import { figure } from './tables.ts';

const width = 760;
const labels = 150;
const values = 80;
const bar = 18;
const gap = 6;
const request = 'json-1';
const connections = 16;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .group { font-weight: 600; }
  .note { fill: #59636e; font-size: 12px; }
  .own { fill: #0969da; }
  .other { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .own { fill: #4493f8; }
    .other { fill: #656c76; }
  }`;

/** docs/benchmarks.svg: bars of requests a second, a group for each model. */
export function chart(results: Results): string {
  const parts: string[] = [];
  let y = 22;
  const text = (x: number, what: string, kind?: string) =>
    parts.push(
      `<text${kind ? ` class="${kind}"` : ''} x="${Math.round(x)}" y="${y}">${escaped(what)}</text>`,
    );

  text(0, `Requests a second: 1 row in JSON, ${connections} connections`, 'title');
  y += 18;
  text(0, `${results.machine.split(',', 1)[0]}; each model has a scale of its own; longer is better`, 'note');
  for (const model of Object.keys(models) as ModelName[]) {
    const rates = ratesOf(results, model);
    if (rates.length === 0) continue;
    const longest = Math.max(...rates.map(({ rate }) => rate));
    y += 34;
    text(0, models[model].title, 'group');
    y += 8;
    for (const { server, rate } of rates) {
      const length = Math.max(1, (rate / longest) * (width - labels - values));
      const kind = /^ours/.test(servers[server].title) ? 'own' : 'other';
      parts.push(
        `<rect class="${kind}" x="${labels}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="2"/>`,
      );
      y += bar - 4;
      text(0, servers[server].title);
      text(labels + length + 6, figure(rate));
      y += 4 + gap;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 8}" width="${width}" height="${y + 8}" role="img">`,
    `<title>Requests a second of each server and model, 1 row in JSON at ${connections} connections</title>`,
    `<style>${style}\n</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function ratesOf(results: Results, model: ModelName) {
  return (Object.keys(servers) as (keyof typeof servers & ServerName)[]).flatMap((server) => {
    const own = medians(results.cells, { server, model, request, connections }, 'rate');
    return own ? [{ server, rate: own.rate }] : [];
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
