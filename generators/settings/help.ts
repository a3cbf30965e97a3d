import { descriptions, keys } from './descriptions.ts';
import { runFlags } from './flags.ts';
import { allowedText } from './resolve.ts';
import { isYesNo } from './schema.ts';

/** The text of `--help`. */
export function helpText(): string {
  const settings = keys.flatMap((key) => {
    const { text, flag, variable, fallbackText } = descriptions[key];
    const name = isYesNo(key) ? `--${flag}, --no-${flag}` : `--${flag}=…`;
    const details = [!isYesNo(key) && allowedText(key), `default: ${fallbackText}`, variable].filter(Boolean);
    return [`  ${name}`, `      ${text}`, `      ${details.join(' | ')}`];
  });
  const others = Object.entries(runFlags).map(([flag, option]) => {
    const value = option.type === 'string' ? '=…' : '';
    return `  ${`--${flag}${value}`.padEnd(20)}${option.text}`;
  });
  return [
    'Turns a trained model into a container project for Amazon SageMaker hosting.',
    '',
    'Usage: ml-container-creator [projectName] [flags]',
    '       ml-container-creator verify --help   holds a container against the hosting contract',
    '',
    'Each setting can come from its flag, its ML_* variable or a config file (--config,',
    'ml-container.config.json, the "ml-container-creator" section of package.json). On a terminal, what is',
    'not given is asked for.',
    '',
    'Settings:',
    ...settings,
    '',
    'This run:',
    ...others,
    '',
  ].join('\n');
}
