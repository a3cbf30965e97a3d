import { isObject, type Json } from './json.ts';

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

/** Model types, and endings of classes, of models that read or make something else than texts. */
const otherThanTexts: ReadonlyArray<readonly [string, RegExp, RegExp]> = [
  [
    'pictures or films',
    /^(clip|siglip2?|(vit|dino|swin|convnext|deit|beit|resnet|mobilenet|mobilevit|regnet|timm|detr|yolos|sam|segformer|maskformer|mask2former|dpt|depth|videomae|vjepa)\w*|.*_detr)$/,
    /For(Image|Video|Object|Semantic|Instance|Universal|Depth|MaskedImage|ZeroShotImage|ZeroShotObject|Keypoint)\w*$/,
  ],
  [
    'sound',
    /^(whisper|wav2vec2\w*|hubert|wavlm|unispeech\w*|sew\w*|audio_?spectrogram\w*|ast|speecht5|bark|vits|musicgen\w*|encodec|mimi|dac|parakeet\w*|moonshine\w*)$/,
    /For(CTC|SpeechSeq2Seq|Speech\w*|Audio\w*|TextToSpeech|TextToWaveform|RNNT|TDT)$/,
  ],
  [
    'rows over time',
    /^(time_?series\w*|informer|autoformer|patchtst|patchtsmixer|timesfm\w*)$/,
    /ForPrediction$/,
  ],
];

/** Tags of the Hub that such models have. */
const tags: Readonly<Record<string, RegExp>> = {
  'pictures or films':
    /^(image|video|object|depth|mask|keypoint|text-to-(image|video|3d)|unconditional-image|zero-shot-(image|object))/,
  sound: /^(automatic-speech|audio-(class|to-audio)|text-to-(speech|audio)|voice-activity)/,
  'rows over time': /^time-series/,
};

/** Model types with an encoder and a decoder whose …Model is not for vectors of texts. */
const translators = [
  ...[
    't5',
    'mt5',
    'umt5',
    'longt5',
    't5gemma',
    'mbart',
    'bart',
    'marian',
    'pegasus',
    'm2m_100',
    'led',
    'plbart',
  ],
  ...['blenderbot', 'blenderbot-small', 'prophetnet', 'fsmt', 'bigbird_pegasus', 'mvp', 'nllb-moe'],
];

/** What a model is for, with what the user should know; why that cannot be told; or why nothing here serves it. */
type Told =
  | { readonly task: Task; readonly note?: string }
  | { readonly reason: string }
  | { readonly notServed: string };

/** Whether it reads with an encoder and writes with a decoder: by what it says, or by its type. */
export function encodesAndDecodes({
  is_encoder_decoder: says,
  model_type: type,
  text_config: part,
}: Json): boolean {
  return says === true || translators.includes(String(type)) || (isObject(part) && encodesAndDecodes(part));
}

/**
 * What the model of a config.json is for, by its architecture; `tag` is what the Hub says. Zero-shot classification is
 * told by the Hub only: its models are classifiers of pairs of texts like others.
 */
export function taskOf(config: unknown, tag?: string): Told {
  const all = isObject(config) ? config : {};
  const { architectures, model_type: type, text_config: ofText } = all;
  const [name] = Array.isArray(architectures) ? architectures : [];
  if (typeof name !== 'string') return { reason: 'its config.json names no architecture' };
  const shown = name.replace(/[^\w.-]/g, '?').slice(0, 80);
  const other = otherThanTexts.find(
    ([what, types, classes]) =>
      classes.test(name) ||
      types.test(String(type)) ||
      (tag !== undefined && tag !== 'image-text-to-text' && tags[what]?.test(tag) && !isObject(ofText)),
  )?.[0];
  if (other)
    return {
      notServed: `${shown} is for ${other}, which none of the serving stacks here serves: they read texts`,
    };
  if (/^ChatGLM(Model|ForConditionalGeneration)$/.test(name)) return { task: 'text-generation' };
  if (/ForConditionalGeneration$/.test(name) || encodesAndDecodes(all)) {
    if (encodesAndDecodes(all) || !isObject(ofText))
      return {
        reason: `${shown} translates or summarises with an encoder and a decoder, for which nothing is generated`,
      };
    return {
      task: 'text-generation',
      note: `${shown} reads pictures or sound beside texts: the engines take them in requests as their own documentation has it, and what is generated here is for texts`,
    };
  }
  const task = heads.find(([ending]) => ending.test(name))?.[1];
  return task ? { task } : { reason: `it is not known what ${shown} is for` };
}
