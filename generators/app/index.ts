import Generator, { type BaseFeatures, type BaseOptions } from 'yeoman-generator';
import { readOptions } from '../commands/read.ts';
import { declare } from '../commands/yeoman.ts';
import { printableLines } from '../printable.ts';
import { undo } from '../render/alone.ts';
import { putInOrder } from '../render/in-order.ts';
import { describeProject, type Project } from '../render/project.ts';
import { type RenderedFile, renderProject } from '../render/render.ts';
import { checkWays, type Written, writeProject } from '../render/write.ts';
import { report } from '../report.ts';
import { lookFirst } from '../settings/before-asking.ts';
import { generate } from '../settings/flags.ts';
import { helpText } from '../settings/help.ts';
import { ask, type Prompt } from '../settings/questions.ts';
import { complete, type Draft, draftSettings, learn } from '../settings/resolve.ts';
import { readSample } from '../settings/sample.ts';
import { stop } from '../stop.ts';
import { askWhatStays } from './conflicts.ts';

/** `yo ml-container-creator`: Yeoman's phases around the settings and the renderer, nothing else. */
export default class AppGenerator extends Generator {
  #draft!: Draft;
  #project!: Project;
  #files: RenderedFile[] = [];
  #asks = false;
  #force = false;
  #verbose = false;
  #written!: Written;
  #left: ReadonlySet<string> = new Set();
  readonly #say = (lines: string) => void this.log(printableLines(lines));
  readonly #prompt: Prompt = (question) => this.prompt([question]);

  constructor(args: string[] | undefined, options: BaseOptions, features?: BaseFeatures) {
    super(args, options, { ...features, tasksMatchingPriority: true, customInstallTask: true });
    declare(this, generate);
  }

  override help(): string {
    return helpText('yo');
  }

  /** Runs before Yeoman's tasks, so that wrong input is answered with its message and nothing around it. */
  async _beforeQueue(): Promise<void> {
    process.once('SIGINT', stop);
    this.env.on('error', (error: Error & { code?: unknown }) => {
      // Ctrl-C at a question; Yeoman, and then yo, would say that an error occurred.
      if (error.name === 'ExitPromptError') stop();
      // yo exits with this code, and crashes over one that is a text, such as ENOENT.
      if (typeof error.code !== 'number') delete error.code;
    });
    const commandLine = readOptions(generate, this._initOptions, this._args);
    this.#force = commandLine.flags.force === true;
    this.#verbose = commandLine.flags.verbose === true;
    // Without a terminal, questions would wait for ever.
    this.#asks = !(commandLine.flags['skip-prompts'] ?? !process.stdin.isTTY);
    const { cwd } = this.env;
    const given = () => draftSettings({ commandLine, env: process.env, cwd }, commandLine.problems);
    await putInOrder(cwd, this.#say, given);
    this.#draft = await given();
    if (this.#asks) this.#draft = await lookFirst(this.#draft);
    else await this.#describe();
  }

  async prompting(): Promise<void> {
    if (!this.#asks) return;
    this.#draft = await ask(this.#draft, this.#prompt);
    await this.#describe();
  }

  async writing(): Promise<void> {
    const replaces = this.#asks || this.#force;
    if (this.#asks && !this.#force) {
      checkWays(this.#project, this.#files);
      undo(this.#project.folder, this.#say);
      // All before anything is written: Yeoman's own questions come while it writes, and leave half a project.
      this.#left = await askWhatStays(this.#project, this.#files, this.#prompt, this.#say);
    }
    this.#written = await writeProject(this.#project, this.#files, replaces, this.#say, this.#left);
  }

  end(): void {
    const { modelCopies, scriptFiles } = this.#project;
    const paths = [...this.#files.map(({ path }) => path), ...modelCopies.keys(), ...scriptFiles.keys()];
    const here = paths.filter((path) => !this.#left.has(path));
    const said = { verbose: this.#verbose, written: this.#written };
    this.#say(report(this.#project, here, this.env.cwd, said));
  }

  async #describe(): Promise<void> {
    const draft = await readSample(await learn(this.#draft));
    this.#project = describeProject(complete(draft), this.env.cwd, draft);
    this.#files = renderProject(this.#project);
    for (const warning of this.#project.warnings) this.#say(`warning: ${warning}`);
  }
}
