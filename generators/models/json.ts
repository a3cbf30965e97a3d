/** An object of unknown JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value of unknown JSON is an object, neither null nor a list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the first of the keys holds that is a number; undefined unless it is whole, positive and of a sane size. */
export function number(all: Json, keys: readonly string[], most = 10_000_000): number | undefined {
  const value = keys.map((key) => all[key]).find((found) => typeof found === 'number' && found > 0);
  // None of a model's sizes reaches ten million; beyond, products would leave what is exact.
  return Number.isInteger(value) && (value as number) <= most ? (value as number) : undefined;
}

/** What a text holds escaped, its ends, and Python's words for no number: no place is looked at twice. */
const marks = /\\.|"|-?Infinity|NaN/gs;

/** JSON as Python writes it, with NaN and Infinity, which come out as null. A SyntaxError where it is neither. */
export function parsePython(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    let inText = false;
    const without = text.replace(marks, (found) => {
      if (found === '"') inText = !inText;
      return inText || /^["\\]/.test(found) ? found : 'null';
    });
    if (without === text) throw error;
    return JSON.parse(without);
  }
}
