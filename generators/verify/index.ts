import Generator, { type BaseFeatures, type BaseOptions } from 'yeoman-generator';
import { helpOf } from '../commands/help.ts';
import { readOptions } from '../commands/read.ts';
import { declare } from '../commands/yeoman.ts';
import { printError } from '../printable.ts';
import { UsageError, WorkError } from '../settings/problems.ts';
import { runVerify } from './command.ts';
import { type VerifyRequest, verify, verifyRequest } from './flags.ts';

/** `yo ml-container-creator:verify`: the same as `ml-container-creator verify`. */
export default class VerifyGenerator extends Generator {
  #request!: VerifyRequest;

  constructor(args: string[] | undefined, options: BaseOptions, features?: BaseFeatures) {
    super(args, options, { ...features, tasksMatchingPriority: true, customInstallTask: true });
    declare(this, verify);
  }

  override help(): string {
    return helpOf(verify, 'yo');
  }

  /** Runs before Yeoman's tasks, so that wrong input is answered with its message and nothing around it. */
  async _beforeQueue(): Promise<void> {
    this.#request = verifyRequest(readOptions(verify, this._initOptions, this._args));
  }

  async default(): Promise<void> {
    try {
      if (await runVerify(this.#request, this.env.cwd, process.stdout)) process.exitCode = 1;
    } catch (error) {
      // Our own exit codes; Yeoman would add a sentence about itself.
      if (!(error instanceof UsageError || error instanceof WorkError)) throw error;
      printError(`error: ${error.message}`);
      process.exitCode = error.code;
    }
  }
}
