import { hasSafetensors, isPart } from './needed.ts';

/** What a folder or a repository lacks to be a model, by the paths of its files alone; undefined for nothing. */
export function lackIn(paths: readonly string[]): string | undefined {
  const names = paths.filter((path) => !path.includes('/'));
  if (!names.includes('config.json')) return withoutConfig(paths, names);
  return withoutWeights(paths, names) ?? withoutShards(names);
}

const asTransformers = 'give the model as transformers has it: config.json, and weights in *.safetensors';

function withoutConfig(paths: readonly string[], names: readonly string[]): string {
  const only = onlyOther(paths, names);
  if (only) return only;
  if (names.includes('training_args.bin'))
    return `it holds what a training leaves (${listed(names)}), and no model: trainer.save_model(FOLDER) writes one, and save_pretrained(FOLDER) of the tokenizer what belongs to it`;
  return `it holds no config.json, only ${listed(paths)}: give what save_pretrained made`;
}

function withoutWeights(paths: readonly string[], names: readonly string[]): string | undefined {
  // What an index names, and is not there, is said by that.
  if (hasSafetensors(names) || names.some((name) => /^pytorch_model.*\.bin$|\.index\.json$/.test(name)))
    return undefined;
  const only = onlyOther(paths, names);
  if (only) return only;
  return `it holds no weights (*.safetensors, or pytorch_model*.bin), only ${listed(names)}`;
}

/** Forms of weights that nothing here reads, by the paths that tell them. */
const others: ReadonlyArray<readonly [RegExp, (path: string) => string]> = [
  [
    /^(zero_to_fp32\.py|global_step[^/]*\/.+)$/,
    () =>
      'it holds the weights in parts, as DeepSpeed trains them: `python zero_to_fp32.py . . --safe_serialization` in the folder puts them together',
  ],
  [
    /^pytorch_model_fsdp_[^/]*\/.+$/,
    (path) =>
      `it holds the weights in parts, as FSDP trains them: \`accelerate merge-weights ${path.split('/')[0]} .\` in the folder puts them together`,
  ],
  [
    /^consolidated[^/]*\.(safetensors|pth)$/,
    (path) =>
      `it holds the weights as Mistral and Meta publish them (${path}), which transformers does not read: ${asTransformers}`,
  ],
  [
    /^[^/]+\.gguf$/,
    (path) =>
      `it holds the weights in GGUF (${path}), for llama.cpp: ${asTransformers}, of which the GGUF was made`,
  ],
  [
    /^[^/]+\.(h5|msgpack|ot|ckpt\.index)$/,
    (path) =>
      `it holds the weights of another library than PyTorch (${path}), which transformers no longer reads: ${asTransformers}`,
  ],
  [
    /^(onnx\/)?[^/]+\.onnx$/,
    (path) =>
      `it holds the model in ONNX (${path}), which is not served here: ${asTransformers}, of which the ONNX was made`,
  ],
];

function onlyOther(paths: readonly string[], names: readonly string[]): string | undefined {
  if (
    names.some(
      (name) => /\.(safetensors|bin)$/.test(name) && isPart(name) && !name.startsWith('consolidated'),
    )
  )
    return undefined;
  for (const [form, text] of others) {
    const path = paths.find((one) => form.test(one));
    if (path !== undefined) return text(path);
  }
  return undefined;
}

const shard = /^(.+)-(\d+)-of-(\d+)\.(safetensors|bin)$/;

/** By the numbers in their names. Where there is an index, that says which there are. */
function withoutShards(names: readonly string[]): string | undefined {
  const found = names.map((name) => shard.exec(name)).filter((match) => match !== null);
  const [first] = found.filter(([name]) => !hasSafetensors(names) || name.endsWith('.safetensors'));
  if (!first) return undefined;
  const [, prefix, , last, ending] = first;
  const total = Number(last);
  if ([`${prefix}.${ending}`, `${prefix}.${ending}.index.json`].some((name) => names.includes(name)))
    return undefined;
  const there = found.filter(
    ([, one, , count, end]) => one === prefix && Number(count) === total && end === ending,
  );
  if (there.length >= total) return undefined;
  return `it holds ${there.length} of the ${total} files that its weights are in (${listed(there.map(([name]) => name))}), and no ${prefix}.${ending}.index.json: fetch what is missing`;
}

/** Names of files with tokens, of all tokenizers that transformers has. */
const tokens =
  /(tokenizer|tokenization|vocab|merges|spiece|sentencepiece|tiktoken|tekken|bpe)[^/]*$|\.(model|spm)$/;

/** Why a model whose files have these paths reads no texts; undefined where it does, or is for something else. */
export function withoutTokenizer(paths: readonly string[]): string | undefined {
  // Of pictures and sounds: whether they are served, their task says.
  const noText = ['preprocessor_config.json', 'processor_config.json'].some((name) => paths.includes(name));
  return noText || paths.some((path) => tokens.test(path))
    ? undefined
    : 'it holds no tokenizer (tokenizer.json, or what it is made of, such as vocab.txt or tokenizer.model): put it there by save_pretrained of the tokenizer that the model was trained with';
}

/** The file of a tokenizer that needs another library to be read, SentencePiece or tiktoken; undefined where none is needed. */
export function tokenizerOfOthers(paths: readonly string[]): string | undefined {
  const needsNone = ['tokenizer.json', 'vocab.txt'].some((name) => paths.includes(name));
  return needsNone ? undefined : paths.find((path) => /^[^/]+\.(model|spm)$/.test(path));
}

/** A few of them: parts of the model first. */
function listed(names: readonly string[]): string {
  const sorted = [...names].sort((a, b) => Number(isPart(b)) - Number(isPart(a)));
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${sorted.slice(0, 5).join(', ')}${more}`;
}
