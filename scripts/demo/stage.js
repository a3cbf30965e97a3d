// What a person sees of the demo: a line for each step, with what came out of it and how long it took.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const width = { title: 33, result: 56 };

/** Why a step failed: what to say, and the last of what was printed. */
class StepFailed extends Error {
  constructor(message, printed = '') {
    super(message);
    this.printed = printed;
  }
}

/** Steps on a terminal, or as plain lines elsewhere; with `verbose` between all that the programs print. */
export class Stage {
  #verbose;
  /** Lines are written over while a step goes on: only where nothing else writes. */
  #moving;
  #colors;
  #children = new Set();
  #stopped;

  constructor({ verbose }) {
    this.#verbose = verbose;
    this.#moving = Boolean(process.stdout.isTTY) && !verbose;
    this.#colors = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => this.#stop(signal));
    // Who read it has gone, as head does.
    process.stdout.on('error', () => this.#stop('SIGPIPE'));
  }

  #stop(signal) {
    this.#stopped ??= signal;
    for (const child of this.#children) endGroup(child, 'SIGTERM');
  }

  /** Of a run that was broken off: its exit code. */
  get stopCode() {
    return this.#stopped && 128 + constants.signals[this.#stopped];
  }

  say(text = '') {
    console.log(text);
  }

  dim(text) {
    return this.#colors ? `\u001B[2m${text}\u001B[22m` : text;
  }

  /** Does something, and says in a line what came out, which is what `work` resolves to; the last step comes whatever was. */
  async step(title, work, { isLast = false } = {}) {
    const began = performance.now();
    const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
    const begin = () => this.#over(`  ${this.dim('…')} ${title.padEnd(width.title)}${this.dim(seconds())}`);
    if (this.#verbose) this.say(`\n# ${title}`);
    const ticking = this.#moving && setInterval(begin, 100);
    if (ticking) begin();
    try {
      if (!isLast) this.#goOn();
      const result = await work();
      if (!isLast) this.#goOn();
      clearInterval(ticking);
      const text = result.padEnd(width.result);
      this.#over(
        `  ${this.#painted(32, '✓')} ${title.padEnd(width.title)}${text} ${this.dim(seconds().padStart(7))}\n`,
      );
    } catch (error) {
      clearInterval(ticking);
      this.#over(`  ${this.#painted(31, '✗')} ${title} ${this.dim(seconds())}\n`);
      throw error;
    }
  }

  /** Runs a program to its end; what it printed on its standard output. Throws when it fails. */
  async run(file, args, { cwd, env, called = [file, ...args].join(' ') }) {
    const { printed, ended } = this.start(file, args, { cwd, env, called });
    const code = await ended;
    this.#goOn();
    if (code !== 0) throw new StepFailed(`${called} ended with ${code}`, printed().all);
    return printed().stdout;
  }

  /** Starts a program, in a group of its own: Ctrl-C is for us, who end it. */
  start(file, args, { cwd, env, called = file }) {
    this.#goOn();
    if (this.#verbose) this.say(`$ ${called}`);
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    const [stdout, all] = [[], []];
    child.stdout.on('data', (data) => stdout.push(data));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        all.push(data);
        if (this.#verbose) process.stdout.write(data);
      });
    const ended = new Promise((done) => {
      child.on('error', (error) => {
        all.push(Buffer.from(error.message));
        done(127);
      });
      child.on('close', (code, signal) => done(code ?? 128 + constants.signals[signal]));
    });
    const text = (parts) => Buffer.concat(parts).toString();
    return {
      child,
      ended: ended.finally(() => this.#children.delete(child)),
      printed: () => ({ stdout: text(stdout), all: text(all) }),
    };
  }

  /** Throws once the run was broken off. */
  #goOn() {
    if (this.#stopped) throw new StepFailed('stopped');
  }

  #painted(color, text) {
    return this.#colors ? `\u001B[${color}m${text}\u001B[39m` : text;
  }

  #over(text) {
    if (this.#moving) process.stdout.write(`\r\u001B[K${text}`);
    else if (text.endsWith('\n')) process.stdout.write(`${text.trimEnd()}\n`);
  }
}

/** Ends a program with all that it has started. */
export function endGroup({ pid }, signal) {
  try {
    if (pid) process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
