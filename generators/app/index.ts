import { chmodSync, copyFileSync, mkdirSync, type Stats, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Generator, { type BaseFeatures, type BaseOptions } from 'yeoman-generator';
import { readOptions } from '../commands/read.ts';
import { declare } from '../commands/yeoman.ts';
import { type Backup, backups, backupText, keepBackups } from '../render/backup.ts';
import { undo } from '../render/journal.ts';
import { describeProject, type Project } from '../render/project.ts';
import { recordFile } from '../render/record.ts';
import { type RenderedFile, renderProject } from '../render/render.ts';
import { checkWays, differs, fileMode, modelToCopy, modeOf, writeProject } from '../render/write.ts';
import { report } from '../report.ts';
import { generate } from '../settings/flags.ts';
import { helpText } from '../settings/help.ts';
import { ask } from '../settings/questions.ts';
import { check, complete, type Draft, draftSettings, learn } from '../settings/resolve.ts';

/** `yo ml-container-creator`: Yeoman's phases around the settings and the renderer, nothing else. */
export default class AppGenerator extends Generator {
  #draft!: Draft;
  #project!: Project;
  #files: RenderedFile[] = [];
  #asks = false;
  #force = false;
  #said: string[] = [];
  #replaced: () => Backup[] = () => [];

  constructor(args: string[] | undefined, options: BaseOptions, features?: BaseFeatures) {
    super(args, options, { ...features, tasksMatchingPriority: true, customInstallTask: true });
    declare(this, generate);
  }

  override help(): string {
    return helpText('yo');
  }

  /** Runs before Yeoman's tasks, so that wrong input is answered with its message and nothing around it. */
  async _beforeQueue(): Promise<void> {
    this.env.on('error', (error: Error & { code?: unknown }) => {
      // yo exits with this code, and crashes over one that is a text, such as ENOENT.
      if (error.name === 'ExitPromptError') error.code = 130;
      else if (typeof error.code !== 'number') delete error.code;
    });
    this.#said = undo(this.env.cwd);
    const commandLine = readOptions(generate, this._initOptions, this._args);
    this.#force = commandLine.flags.force === true;
    // Without a terminal, questions would wait for ever.
    this.#asks = !(commandLine.flags['skip-prompts'] ?? !process.stdin.isTTY);
    this.#draft = draftSettings({ commandLine, env: process.env, cwd: this.env.cwd }, commandLine.problems);
    if (this.#asks) check(this.#draft);
    else await this.#describe();
  }

  async prompting(): Promise<void> {
    if (!this.#asks) return;
    this.#draft = await ask(this.#draft, (question) => this.prompt([question]));
    await this.#describe();
  }

  async writing(): Promise<void> {
    if (!this.#asks) {
      this.#said.push(...(await writeProject(this.#project, this.#files, this.#force)));
      return;
    }
    const { folder } = this.#project;
    checkWays(this.#project, this.#files);
    this.#said.push(...undo(folder));
    this.#replaced = keepBackups(folder, backups(folder, this.#files)).replaced;
    // Yeoman shows each file that exists and differs, and asks.
    for (const file of this.#files) {
      const mode = modeOf(file);
      if (file.path !== recordFile)
        this.fs.write(join(folder, file.path), file.contents, { stat: { mode } as Stats });
    }
  }

  /** Once the other files are there: a model can be too large for Yeoman, which keeps files in memory. */
  async install(): Promise<void> {
    if (!this.#asks) return;
    // No question: it says what was offered, also where that was refused.
    for (const { path, contents } of this.#files)
      if (path === recordFile) writeFileSync(join(this.#project.folder, path), contents);
    for (const [path, source] of modelToCopy(this.#project)) {
      const target = join(this.#project.folder, path);
      // Not named by the path: a dot in a name means something to inquirer.
      const question = {
        name: 'yes',
        type: 'confirm',
        message: `Overwrite ${path}?`,
        default: false,
      } as const;
      if (!this.#force && differs(source, target) && !(await this.prompt([question])).yes) continue;
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(source, target);
      chmodSync(target, fileMode.plain);
    }
  }

  end(): void {
    for (const line of [...this.#said, ...this.#replaced().map(backupText)]) this.log(line);
    this.log(report(this.#project, this.#files.length + this.#project.modelCopies.size, this.env.cwd));
  }

  async #describe(): Promise<void> {
    const draft = await learn(this.#draft);
    this.#project = describeProject(complete(draft), this.env.cwd, draft.facts);
    this.#files = renderProject(this.#project);
    for (const warning of this.#project.warnings) this.log(`warning: ${warning}`);
  }
}
