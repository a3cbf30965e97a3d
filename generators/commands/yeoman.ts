import type Generator from 'yeoman-generator';
import type { Command } from './command.ts';

/** Tells Yeoman what a command takes: yo refuses what it was not told of. */
export function declare(generator: Generator, { argument, flags }: Command): void {
  generator.argument(argument.name, { type: String, required: false, description: argument.text });
  for (const [name, { type, text }] of Object.entries(flags)) {
    // Without defaults: what is given must be told from what is not. Yeoman has a flag for help itself.
    const value = type === 'switch' || type === 'yesNo' ? Boolean : String;
    if (name !== 'help') generator.option(name, { type: value, description: text });
  }
}
