// What transformers' classes say where a config.json is silent, by scripts/class-defaults.py.
import recorded from './class-defaults.json' with { type: 'json' };
import { names } from './config-keys.ts';
import { isObject, type Json } from './json.ts';

interface OfClass extends Json {
  /** The classes of models that it makes. */
  readonly classes: readonly string[];
  /** The type of its part for texts, where that is another one; and what that has, where config.json leaves it out. */
  readonly text?: string;
  readonly of_text?: Json;
}

const byType = new Map(Object.entries(recorded.types as Readonly<Record<string, OfClass>>));
const byClass = new Map<unknown, string>();
// Some types borrow the class of another one.
for (const [type, { classes }] of byType)
  for (const name of classes)
    if (!byClass.has(name) || name.toLowerCase().startsWith(type.replaceAll('_', '')))
      byClass.set(name, type);

/** Whether transformers has a class for models of this type, in the version that projects pin. */
export function isKnownType(type: string): boolean {
  return byType.has(type);
}

/** Whether models of this type have a part for texts beside others. */
export function isComposite(type: string): boolean {
  return byType.get(type)?.text !== undefined;
}

/** The type of a config.json, or of a part of it; of one that transformers does not know, that of its architecture. */
export function typeOf({ model_type: type, architectures }: Json): string {
  if (typeof type === 'string' && byType.has(type)) return type;
  const [name] = Array.isArray(architectures) ? architectures : [];
  return byClass.get(name) ?? (typeof type === 'string' ? type : '');
}

/** `json` with what the class of that type sets in it; what it says itself, under any name, counts. */
function withDefaults(json: Json, type: string): Json {
  const { classes: _, text: __, of_text: ___, ...values } = byType.get(type) ?? {};
  const said = new Set(Object.keys(json));
  for (const aliases of Object.values(names))
    if (aliases.some((key) => said.has(key))) for (const key of aliases) said.add(key);
  return { ...Object.fromEntries(Object.entries(values).filter(([key]) => !said.has(key))), ...json };
}

/** Its part for texts over what is said of the whole, as one object. */
export function flattened(json: Json): Json {
  const type = typeOf(json);
  const part = parts.map((key) => json[key]).find(isObject);
  // MPT and DBRX have objects for parts of a layer.
  const inLayers = [json.attn_config, json.ffn_config].filter(isObject);
  const own = Object.assign({}, ...inLayers, json) as Json;
  if (part) return { ...own, ...flattenedPart(part, type) };
  const { text, of_text: sizes } = byType.get(type) ?? {};
  return text ? withDefaults({ ...sizes, ...own }, text) : withDefaults(own, type);
}

const parts = ['text_config', 'llm_config', 'language_config', 'thinker_config'];

function flattenedPart(part: Json, outer: string): Json {
  const type = typeof part.model_type === 'string' ? typeOf(part) : (byType.get(outer)?.text ?? typeOf(part));
  return flattened({ ...part, ...(type && { model_type: type }) });
}
