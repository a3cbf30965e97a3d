/** Whether a value of unknown JSON is an object, neither null nor a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
