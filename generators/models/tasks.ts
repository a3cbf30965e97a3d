import { isObject } from './json.ts';

/** What models are for, in the words of the Hub. */
export const tasks = {
  'text-generation': { description: 'goes on with a text or answers in a chat' },
  'text-classification': { description: 'a label for each text, such as its sentiment' },
  'token-classification': { description: 'labels for words in a text, such as names and places' },
  'feature-extraction': { description: 'embeddings: a vector for each text, to search and compare' },
  'fill-mask': { description: 'the words that fit into a gap of a text' },
  'question-answering': { description: 'the passage of a text that answers a question' },
  'zero-shot-classification': { description: 'which of the labels in the request fits a text' },
} as const;

export type Task = keyof typeof tasks;

export const taskNames = Object.keys(tasks) as Task[];

/** By the ending of the class in config.json: the first that fits. */
const heads: ReadonlyArray<readonly [RegExp, Task]> = [
  [/ForCausalLM$|LMHeadModel$/, 'text-generation'],
  [/ForSequenceClassification$/, 'text-classification'],
  [/ForTokenClassification$/, 'token-classification'],
  [/ForMaskedLM$/, 'fill-mask'],
  [/ForQuestionAnswering$/, 'question-answering'],
  // ELECTRA's tells which words were replaced.
  [/^(?!Electra).*ForPreTraining$/, 'fill-mask'],
  [/^(?!.*For[A-Z]).*Model$/, 'feature-extraction'],
];

/** Model types whose …Model is not for vectors of texts. */
const others = [
  ...[
    't5',
    'mt5',
    'umt5',
    'longt5',
    'mbart',
    'marian',
    'pegasus',
    'm2m_100',
    'whisper',
    'wav2vec2',
    'hubert',
  ],
  ...['clip', 'siglip', 'siglip2', 'vit', 'dinov2', 'dinov3_vit'],
];

/**
 * What the model of a config.json is for, or why that cannot be told. Zero-shot classification is never told: its
 * models are classifiers of pairs of texts like others.
 */
export function taskOf(config: unknown): { readonly task: Task } | { readonly reason: string } {
  const { architectures, model_type: type, text_config: ofText } = isObject(config) ? config : {};
  const [name] = Array.isArray(architectures) ? architectures : [];
  if (typeof name !== 'string') return { reason: 'its config.json names no architecture' };
  const shown = name.replace(/[^\w.-]/g, '?').slice(0, 80);
  if (/ForConditionalGeneration$/.test(name))
    return {
      reason: isObject(ofText)
        ? `${shown} reads images or sound beside texts: as text-generation it is served for texts`
        : `${shown} translates or summarises with an encoder and a decoder, for which nothing is generated`,
    };
  const task = others.includes(String(type)) ? undefined : heads.find(([ending]) => ending.test(name))?.[1];
  return task ? { task } : { reason: `it is not known what ${shown} is for` };
}
