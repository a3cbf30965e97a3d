import { isObject } from './json.ts';

/** What models are for, in the words of the Hub. */
export const tasks: Readonly<Record<string, { readonly description: string }>> = {
  'text-generation': { description: 'goes on with a text or answers in a chat' },
  'text-classification': { description: 'a label for each text, such as its sentiment' },
  'token-classification': { description: 'labels for words in a text, such as names and places' },
  'feature-extraction': { description: 'embeddings: a vector for each text, to search and compare' },
  'fill-mask': { description: 'the words that fit into a gap of a text' },
  'question-answering': { description: 'the passage of a text that answers a question' },
  'zero-shot-classification': { description: 'which of the labels in the request fits a text' },
};

/** By the ending of the class in config.json: the first that fits. */
const heads: ReadonlyArray<readonly [RegExp, string]> = [
  [/ForCausalLM$|LMHeadModel$/, 'text-generation'],
  [/ForSequenceClassification$/, 'text-classification'],
  [/ForTokenClassification$/, 'token-classification'],
  [/ForMaskedLM$/, 'fill-mask'],
  [/ForQuestionAnswering$/, 'question-answering'],
  [/ForPreTraining$/, 'fill-mask'],
  [/^(?!.*For[A-Z]).*Model$/, 'feature-extraction'],
];

/** Models of these kinds end in …Model and more, and take something other than a text or give something else. */
const encoderDecoders = ['t5', 'mt5', 'umt5', 'longt5', 'mbart', 'marian', 'pegasus', 'whisper', 'm2m_100'];

/**
 * What the model of a config.json is for, or why that cannot be told. Zero-shot classification is never told: its
 * models are classifiers of pairs of texts like others.
 */
export function taskOf(config: unknown): { readonly task: string } | { readonly reason: string } {
  const { architectures, model_type: type } = isObject(config) ? config : {};
  const [name] = Array.isArray(architectures) ? architectures : [];
  if (typeof name !== 'string') return { reason: 'its config.json names no architecture' };
  if (
    /ForConditionalGeneration$/.test(name) ||
    (encoderDecoders.includes(String(type)) && /Model$/.test(name))
  )
    return {
      reason: `${shortened(name)} turns texts, images or sound into text with an encoder and a decoder, or is for several of these: none of the tasks that are generated`,
    };
  const task = heads.find(([ending]) => ending.test(name))?.[1];
  return task ? { task } : { reason: `it is not known what ${shortened(name)} is for` };
}

function shortened(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 80);
}
