import Generator, { type BaseFeatures, type BaseOptions } from 'yeoman-generator';
import { yeomanOptions } from '../settings/flags.ts';
import { type Problem, UsageError, WorkError } from '../settings/problems.ts';
import { runVerify } from './command.ts';
import { flags, type Given, unknown, type VerifyRequest, verifyRequest } from './flags.ts';

/** `yo ml-container-creator:verify`: the same as `ml-container-creator verify`. */
export default class VerifyGenerator extends Generator {
  #request!: VerifyRequest;

  constructor(args: string[] | undefined, options: BaseOptions, features?: BaseFeatures) {
    super(args, options, { ...features, tasksMatchingPriority: true, customInstallTask: true });
    this.argument('target', { type: String, required: false, description: 'A folder, an image or a URL' });
    for (const [name, { type, text }] of Object.entries(flags))
      if (name !== 'help')
        this.option(name, { type: type === 'boolean' ? Boolean : String, description: text });
  }

  /** Runs before Yeoman's tasks, so that wrong input is answered with its message and nothing around it. */
  async _beforeQueue(): Promise<void> {
    const given: Record<string, unknown> = {};
    const problems: Problem[] = [];
    for (const [option, value] of Object.entries(this._initOptions)) {
      const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const plain = [value].flat().every((one) => ['string', 'boolean', 'number'].includes(typeof one));
      if (!plain || yeomanOptions.includes(name)) continue;
      if (!(name in flags)) problems.push(unknown(`--${name}`));
      else if (name === 'environment') given[name] = [value].flat();
      else given[name] = typeof value === 'number' ? String(value) : value;
    }
    this.#request = verifyRequest(given as Given, this._args, problems);
  }

  async default(): Promise<void> {
    try {
      if (await runVerify(this.#request, this.env.cwd, process.stdout)) process.exitCode = 1;
    } catch (error) {
      // Our own exit codes; Yeoman would add a sentence about itself.
      if (!(error instanceof UsageError || error instanceof WorkError)) throw error;
      process.stderr.write(`error: ${error.message}\n`);
      process.exitCode = error.code;
    }
  }
}
