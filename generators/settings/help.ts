import type { Command } from '../commands/command.ts';
import { type Details, helpOf, type Program } from '../commands/help.ts';
import { local } from '../local/flags.ts';
import { ownersOf } from '../registry.ts';
import { update } from '../update/flags.ts';
import { verify } from '../verify/flags.ts';
import { descriptions, keys } from './descriptions.ts';
import { generate } from './flags.ts';
import { allowedText } from './resolve.ts';
import { isYesNo } from './schema.ts';

/** Of `yo`, those that have no command after `--`. */
const others: Readonly<Record<Program, readonly Command[]>> = {
  bin: [update, verify, local],
  yo: [update, verify],
};

/** The text of `--help`. */
export function helpText(program: Program): string {
  return helpOf(generate, program, { others: others[program], details });
}

function details(flag: string): Details | undefined {
  const key = keys.find((one) => descriptions[one].flag === flag);
  if (!key) return undefined;
  const { fallbackText, variable } = descriptions[key];
  const owners = ownersOf(key);
  const allowed = [
    ...(isYesNo(key) ? [] : [allowedText(key)]),
    ...Object.entries(owners ?? {}).flatMap(([setting, names]) =>
      names.length ? [`only with ${setting}=${names.join(', ')}`] : [],
    ),
  ].join('; ');
  return { variable, default: fallbackText, ...(allowed && { allowed }) };
}
