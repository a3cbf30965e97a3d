import { descriptions, keys } from './descriptions.ts';
import { allowedText } from './resolve.ts';
import { isYesNo, type Key } from './schema.ts';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The settings as a Markdown table, in short. */
export function settingsTable(): string {
  const rows = keys.map((key) => {
    const { text, flag, fallbackText } = descriptions[key];
    return `| \`${key}\` | \`--${flag}\` | ${cell(text)} | ${cell(fallbackText)} |`;
  });
  return ['| setting | flag | what it is | default |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** Everything about one setting, in Markdown. */
export function settingSection(key: Key): string {
  const { text, flag, variable, ambient, argument, fallbackText, question } = descriptions[key];
  const allowed = allowedText(key);
  const flags = isYesNo(key) ? `\`--${flag}\`, \`--no-${flag}\`` : `\`--${flag}\``;
  return [
    `### ${key}`,
    '',
    `${text}.`,
    '',
    `- Values: ${cell(allowed)}`,
    `- Default: ${cell(fallbackText)}`,
    `- Flag: ${argument ? `the first argument, or ${flags}` : flags}`,
    `- Variable: \`${variable}\``,
    ...(ambient
      ? [`- Also read, just above the default: ${ambient.map((name) => `\`${name}\``).join(', ')}`]
      : []),
    `- Asked for: ${question ? `"${question}"` : 'never'}`,
  ].join('\n');
}
