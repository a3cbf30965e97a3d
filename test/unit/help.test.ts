import { describe, expect, test } from 'vitest';
import AppGenerator from '../../generators/app/index.ts';
import type { Command } from '../../generators/commands/command.ts';
import { helpOf } from '../../generators/commands/help.ts';
import { local } from '../../generators/local/flags.ts';
import { descriptions, keys } from '../../generators/settings/descriptions.ts';
import { generate } from '../../generators/settings/flags.ts';
import { helpText } from '../../generators/settings/help.ts';
import { allowedText } from '../../generators/settings/resolve.ts';
import { isYesNo } from '../../generators/settings/schema.ts';
import { update } from '../../generators/update/flags.ts';
import { verify } from '../../generators/verify/flags.ts';

const texts = {
  'ml-container-creator --help': helpText('bin'),
  'yo ml-container-creator --help': AppGenerator.prototype.help(),
  'ml-container-creator verify --help': helpOf(verify, 'bin'),
  'yo ml-container-creator:verify --help': helpOf(verify, 'yo'),
  'ml-container-creator update --help': helpOf(update, 'bin'),
  'yo ml-container-creator:update --help': helpOf(update, 'yo'),
  'ml-container-creator local --help': helpOf(local, 'bin'),
};
const inOneLine = (text: string) => text.replace(/\s+/g, ' ');

describe.each(Object.entries(texts))('%s', (call, text) => {
  test('fits into 80 columns', () => {
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test('has three examples, called as it was itself', () => {
    const program = call.replace(' --help', '');
    const lines = text.split('\n').filter((line) => line.startsWith(`  ${program}`));
    expect(text).toContain(`Usage: ${program} [`);
    expect(lines.length).toBeGreaterThanOrEqual(3);
  });

  test('has every flag', () => {
    const command: Command = [update, verify, local].find(({ name }) => call.includes(name)) ?? generate;
    for (const [name, { type }] of Object.entries(command.flags))
      expect(text).toMatch(new RegExp(`^ {2}--${type === 'yesNo' ? '\\[no-\\]' : ''}${name}\\b`, 'm'));
  });
});

test.each(['ml-container-creator --help', 'yo ml-container-creator --help'] as const)(
  '%s starts with the five settings that most people need, and has values, defaults and variables of all',
  (call) => {
    const text = texts[call];
    const groups = [...text.matchAll(/^([A-Z].*):\n((?: .*\n)+)/gm)].map(([, title, body = '']) => ({
      title,
      flags: [...body.matchAll(/^ {2}--(\S+?)=/gm)].map(([, flag]) => flag),
    }));
    expect(groups.find(({ flags }) => flags.length)).toEqual({
      title: 'What most people need',
      flags: ['framework', 'model-name', 'model-path', 'instance-type', 'region'],
    });
    for (const key of keys) {
      const { flag, variable, fallbackText } = descriptions[key];
      const start = text.search(new RegExp(`^ {2}--(\\[no-\\])?${flag}[= ]`, 'm'));
      const entry = inOneLine(text.slice(start).split(/\n(?= {2}--|\n)/)[0] ?? '');
      expect(entry).toContain(variable);
      expect(entry).toContain(`(default: ${fallbackText})`);
      if (!isYesNo(key)) expect(entry).toContain(inOneLine(allowedText(key)));
    }
  },
);
