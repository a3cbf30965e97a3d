import { isKnownType } from './class-defaults.ts';
import type { OwnCode } from './facts.ts';
import { isObject, type Json } from './json.ts';

/** Classes of transformers, which are taken before those that a model brings along. */
const tokenizers =
  /^(PreTrained|Llama|Code(Llama|Gen)|Qwen2|GPT2|GPTNeoX|Gemma|Cohere|Bloom|Bert|Roberta|XLMRoberta|T5|Albert|Mistral\w*)Tokenizer(Fast)?$/;

/** The code that a model brings along, and that is not left aside for a class of transformers. */
export function ownCodeOf(config: Json, tokenizer: unknown): OwnCode | undefined {
  const type = typeof config.model_type === 'string' ? config.model_type.slice(0, 60) : '';
  const itsTokenizer =
    isObject(tokenizer) && !tokenizers.test(String(tokenizer.tokenizer_class)) ? tokenizer : {};
  const own = {
    type,
    model: isKnownType(type) ? [] : modulesOf(config),
    tokenizer: modulesOf(itsTokenizer),
  };
  return own.model.length || own.tokenizer.length ? own : undefined;
}

/** Those that auto_map names, such as modeling_kimi.KimiModel. */
function modulesOf({ auto_map: map }: Json): string[] {
  const modules = Object.values(isObject(map) ? map : {})
    .flat()
    .flatMap((name) => {
      const [, module] = typeof name === 'string' ? (/(?:^|--)(\w{1,100})\.\w+$/.exec(name) ?? []) : [];
      return module ? [`${module}.py`] : [];
    });
  return [...new Set(modules)].slice(0, 20);
}
