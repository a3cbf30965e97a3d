import { type Check, levels } from '../check.ts';
import { contract } from '../contract.ts';

/** Every check in Markdown, for docs/verify.md. */
export function contractReference(): string {
  const legend = Object.entries(levels).map(([level, meaning]) => `- **${level}**: ${meaning}`);
  const groups = contract.map(({ name, checks }) => `### ${name}\n\n${checks.map(entry).join('\n')}`);
  return [legend.join('\n'), ...groups].join('\n\n');
}

function entry({ id, level, sentence, consequence, fix, source }: Check): string {
  return `- **\`${id}\`** (${level}): ${sentence}.\n  Otherwise: ${consequence}.\n  Fix: ${fix}.\n  [Source](${source})`;
}
