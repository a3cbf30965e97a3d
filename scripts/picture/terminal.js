// A program in a real pseudo-terminal, and what is on its screen at the end.
import { spawn } from 'node:child_process';
import xterm from '@xterm/headless';

/**
 * Runs a program, typed to as a person would: of `steps`, each is what is waited for on the screen, and what is typed then.
 * Resolves to the lines of the screen, each with its cells and the seconds after which it was as it is.
 */
export async function recorded([file, ...args], { shownAs, columns, rows, cwd, steps = [], variables = {} }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const kept = Object.entries(process.env).filter(
    ([variable]) => !/^(ML_|AWS_|NO_COLOR|FORCE_COLOR|CI$)/.test(variable),
  );
  const env = {
    ...Object.fromEntries(kept),
    TERM: 'xterm-256color',
    LC_ALL: 'C.UTF-8',
    npm_config_user_agent: '',
    ...variables,
  };
  // Python has pseudo-terminals; Node has not.
  const pty = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
  const shell = `stty cols ${columns} rows ${rows} && exec "$0" "$@"`;
  const program = ['sh', '-c', shell, file, ...args];
  const child = spawn('python3', ['-c', pty, ...program], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  terminal.write(`\u001b[90m$\u001b[39m ${shownAs}\r\n`);
  const began = performance.now();
  const changes = [];
  const waiting = [...steps];
  child.stdout.on('data', (data) =>
    terminal.write(data, () => {
      const seconds = (performance.now() - began) / 1000;
      const texts = linesOf(terminal).map(textOf);
      for (const [row, text] of texts.entries())
        if (changes[row]?.text !== text) changes[row] = { text, seconds: text.trim() ? seconds : 0 };
      const [next] = waiting;
      if (!next || !texts.some((text) => text.includes(next[0]))) return;
      waiting.shift();
      child.stdin.write(next[1]);
    }),
  );
  const code = await new Promise((done) => child.on('close', done));
  await new Promise((done) => terminal.write('', done));
  const lines = linesOf(terminal);
  if (code !== 0 || waiting.length) {
    console.error(lines.map(textOf).join('\n').trimEnd());
    throw new Error(`the run ended with ${code}, ${waiting.length} questions before its end`);
  }
  return lines.map((cells, row) => ({ cells, seconds: changes[row]?.seconds ?? 0 }));
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

export function textOf(cells) {
  return cells.map(({ text }) => text).join('');
}
