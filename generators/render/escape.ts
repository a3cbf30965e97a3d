/** A POSIX shell word that stands for exactly this text. */
export function sh(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A JSON value; for a text, with its quotes. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}

/** A Python string literal, quoted as ruff formats it. JSON's escapes are Python's too. */
export function py(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\x7f');
}

/** Markdown text within a line in which nothing is mark-up. */
export function md(text: string): string {
  return text.replace(/[\\`*_[\]<>&~|]/g, '\\$&').replace(/\s+/g, ' ');
}
