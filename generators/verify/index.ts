import Generator, { type BaseFeatures, type BaseOptions } from 'yeoman-generator';
import { WorkError } from '../settings/problems.ts';
import { runVerify } from './command.ts';
import { type FlagName, flags, type Given, verifyHelp, verifyRequest } from './flags.ts';

/** `yo ml-container-creator:verify`: the same as `ml-container-creator verify`. */
export default class VerifyGenerator extends Generator {
  constructor(args: string[] | undefined, options: BaseOptions, features?: BaseFeatures) {
    super(args, options, { ...features, tasksMatchingPriority: true, customInstallTask: true });
    this.argument('target', { type: String, required: false, description: 'A folder, an image or a URL' });
    for (const [name, { type, text }] of Object.entries(flags))
      if (name !== 'help')
        this.option(name, { type: type === 'boolean' ? Boolean : String, description: text });
  }

  override usage(): string {
    return verifyHelp();
  }

  async default(): Promise<void> {
    const given: Record<string, unknown> = {};
    const options: Readonly<Record<string, unknown>> = this._initOptions;
    for (const name of Object.keys(flags) as FlagName[]) {
      const value = options[name];
      if (value === undefined) continue;
      given[name] =
        name === 'environment' ? [value].flat().map(String) : value === true ? value : String(value);
    }
    const failures = await runVerify(verifyRequest(given as Given, this._args), this.env.cwd, process.stdout);
    if (failures) throw new WorkError(`${failures} checks failed`);
  }
}
