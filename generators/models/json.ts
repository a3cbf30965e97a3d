/** Whether a value of unknown JSON is an object, neither null nor a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON as Python writes it, with NaN and Infinity, which come out as null. A SyntaxError where it is neither. */
export function parsePython(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const without = text.replace(/(?<=[[,:]\s*)(NaN|-?Infinity)(?=\s*[\],}])/g, 'null');
    if (without === text) throw error;
    return JSON.parse(without);
  }
}
