import type { Command, Flag } from '../commands/command.ts';
import type { Reading } from '../commands/read.ts';
import { configFile } from './config-file.ts';
import { descriptions, keys } from './descriptions.ts';
import { isList, isYesNo } from './schema.ts';

/** What a command line says. */
export type CommandLine = Pick<Reading, 'flags' | 'argument'>;

/** The generator as a command: its settings, and what steers a run and is no setting of the project. */
export const generate = {
  summary: 'Turns a trained model into a container project for Amazon SageMaker hosting.',
  argument: { name: 'NAME', text: descriptions.projectName.text },
  examples: [
    ['', 'asks for what it needs'],
    ['churn --framework=xgboost --skip-prompts', 'asks nothing: for scripts and CI'],
    ['--framework=transformers --model-name=Qwen/Qwen3-8B', 'a model of the Hugging Face Hub, on GPUs'],
  ],
  notes: [
    `Each setting can come from its flag, its ML_* variable or a config file: --config=FILE, ${configFile}, or ` +
      'the "ml-container-creator" section of package.json. On a terminal, what is not given is asked for.',
  ],
  flags: {
    ...Object.fromEntries(
      keys.map((key): [string, Flag] => {
        const { flag, text, value, group } = descriptions[key];
        return [
          flag,
          {
            type: isYesNo(key) ? 'yesNo' : isList(key) ? 'texts' : 'text',
            text,
            group,
            ...(value && { value }),
          },
        ];
      }),
    ),
    ...steering({
      config: {
        type: 'text',
        value: 'FILE',
        text: 'Read this config file, too; or ML_CONTAINER_CREATOR_CONFIG',
      },
      'skip-prompts': {
        type: 'switch',
        text: 'Ask nothing; what is missing and has no default is an error',
      },
      force: { type: 'switch', text: 'Overwrite files that differ' },
      verbose: { type: 'switch', text: 'List every file that was written' },
      help: { type: 'switch', text: 'Show this text' },
      version: { type: 'switch', text: 'Show the version' },
    }),
  },
} satisfies Command;

function steering(flags: Record<string, Flag>): Record<string, Flag> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, group: 'This run' }]),
  );
}
