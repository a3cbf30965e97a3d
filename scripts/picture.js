// npm run picture: what a person sees of a run, as an SVG. The real bin in a real pseudo-terminal, typed to as a person
// would; scripts/picture.js FILE writes elsewhere.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import xterm from '@xterm/headless';

const repository = resolve(import.meta.dirname, '..');
const { bin } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
const [name] = Object.keys(bin);
const [columns, rows] = [105, 60];

/** What is waited for on the screen, and what is typed then. */
const steps = [
  ['Which library was the model trained with?', '\r'],
  ['Path of the model file', 'iris.joblib\r'],
  ['Which serving stack?', '\r'],
  ['Name of the project?', 'iris\r'],
  ['Which kind of instance?', '\r'],
  ['Which AWS region?', '\r'],
  ['ARN of the execution role', '\r'],
  ['Add tests?', '\r'],
];

/** Runs the bin in a folder of its own, and returns the terminal as it is at the end. */
async function run() {
  const cwd = mkdtempSync(join(tmpdir(), 'picture-'));
  // As pickle begins.
  writeFileSync(join(cwd, 'iris.joblib'), '(dp0\n.');
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const kept = Object.entries(process.env).filter(
    ([variable]) => !/^(ML_|AWS_|NO_COLOR|FORCE_COLOR|CI$)/.test(variable),
  );
  const env = {
    ...Object.fromEntries(kept),
    TERM: 'xterm-256color',
    LC_ALL: 'C.UTF-8',
    npm_config_user_agent: '',
  };
  // Python has pseudo-terminals; Node has not.
  const pty = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
  const shell = `stty cols ${columns} rows ${rows} && exec "$0" "$1"`;
  const program = ['sh', '-c', shell, process.execPath, join(repository, bin[name])];
  const child = spawn('python3', ['-c', pty, ...program], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  terminal.write(`\u001b[90m$\u001b[39m ${name}\r\n`);
  const waiting = [...steps];
  child.stdout.on('data', (data) =>
    terminal.write(data, () => {
      const [next] = waiting;
      if (!next || !linesOf(terminal).some((cells) => textOf(cells).includes(next[0]))) return;
      waiting.shift();
      child.stdin.write(next[1]);
    }),
  );
  const code = await new Promise((done) => child.on('close', done));
  await new Promise((done) => terminal.write('', done));
  rmSync(cwd, { recursive: true });
  const lines = linesOf(terminal);
  if (code !== 0 || waiting.length) {
    console.error(lines.map(textOf).join('\n').trimEnd());
    throw new Error(`the run ended with ${code}, ${waiting.length} questions before its end`);
  }
  return lines;
}

/** The cells of each line of the screen: their text and how it looks. */
function linesOf({ buffer, cols }) {
  return Array.from({ length: buffer.active.length }, (_, y) => {
    const line = buffer.active.getLine(y);
    return Array.from({ length: cols }, (_, x) => {
      const cell = line.getCell(x);
      const color = cell.isFgPalette() ? `c${cell.getFgColor() % 8}` : '';
      const looks = [color, cell.isBold() && 'bold', cell.isDim() && 'dim'].filter(Boolean).join(' ');
      return { text: cell.getChars() || ' ', looks };
    });
  });
}

function textOf(cells) {
  return cells.map(({ text }) => text).join('');
}

const [cell, leading, margin] = [8.4, 19, 20];
const style = `
  rect { fill: #0d1117; }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e6edf3; }
  .bold { font-weight: 600; }
  .dim, .c0 { fill: #8b949e; }
  .c1 { fill: #ff7b72; }
  .c2 { fill: #3fb950; }
  .c3 { fill: #d29922; }
  .c4 { fill: #58a6ff; }
  .c5 { fill: #bc8cff; }
  .c6 { fill: #39c5cf; }`;

/** Each stretch of a line is a text of its own, as wide as in a terminal whatever the font. */
function svg(lines) {
  const used = lines.findLastIndex((cells) => textOf(cells).trim()) + 1;
  const texts = lines.slice(0, used).flatMap((cells, row) => {
    const y = margin + leading * row + 14;
    return stretches(cells).map(({ x, text, looks }) => {
      const place = `x="${round(margin + cell * x)}" y="${y}" textLength="${round(cell * text.length)}"`;
      return `<text ${place}${looks && ` class="${looks}"`}>${escaped(text)}</text>`;
    });
  });
  const [width, height] = [margin * 2 + cell * columns, margin * 2 + leading * used];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>A run of ${name} in a terminal</title>`,
    `<style>${style}\n</style>`,
    `<rect width="${width}" height="${height}" rx="8"/>`,
    ...texts,
    '</svg>\n',
  ].join('\n');
}

/** Parts of a line that look the same throughout; columns are parts of their own. */
function stretches(cells) {
  const found = [];
  for (const [x, { text, looks }] of cells.entries()) {
    const last = found.at(-1);
    if (last && last.looks === looks) last.text += text;
    else found.push({ x, text, looks });
  }
  return found.flatMap(({ x, text, looks }) =>
    [...text.matchAll(/\S+(?: \S+)*/g)].map((part) => ({ x: x + part.index, text: part[0], looks })),
  );
}

function round(number) {
  return Number(number.toFixed(1));
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

writeFileSync(process.argv[2] ?? join(repository, 'docs/run.svg'), svg(await run()));
