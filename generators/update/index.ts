import Generator, { type BaseFeatures, type BaseOptions } from 'yeoman-generator';
import { helpOf } from '../commands/help.ts';
import { readOptions } from '../commands/read.ts';
import { declare } from '../commands/yeoman.ts';
import { printError } from '../printable.ts';
import { failed, UsageError, WorkError } from '../settings/problems.ts';
import { runUpdate } from './command.ts';
import { type UpdateRequest, update, updateRequest } from './flags.ts';

/** `yo ml-container-creator:update`: the same as `ml-container-creator update`. */
export default class UpdateGenerator extends Generator {
  #request!: UpdateRequest;

  constructor(args: string[] | undefined, options: BaseOptions, features?: BaseFeatures) {
    super(args, options, { ...features, tasksMatchingPriority: true, customInstallTask: true });
    declare(this, update);
  }

  override help(): string {
    return helpOf(update, 'yo');
  }

  /** Runs before Yeoman's tasks, so that wrong input is answered with its message and nothing around it. */
  async _beforeQueue(): Promise<void> {
    this.#request = updateRequest(readOptions(update, this._initOptions, this._args));
  }

  async default(): Promise<void> {
    try {
      process.exitCode = await runUpdate(this.#request, this.env.cwd, process.stdout);
    } catch (error) {
      // Our own exit codes; Yeoman would add a sentence about itself, and end with 1.
      const foreseen = error instanceof UsageError || error instanceof WorkError;
      printError(foreseen ? `error: ${error.message}` : String((error as Error).stack));
      process.exitCode = foreseen ? error.code : failed;
    }
  }
}
