// Names of files, texts of models and answers of servers are others': what they hold of controls never reaches a terminal.

/** What moves a terminal's cursor, or turns the direction of its text; in regular expressions with `u`. */
const controls = '\\p{Cc}\\p{Cf}\\u2028\\u2029';
const inLine = new RegExp(`[${controls}]`, 'gu');
const inLines = new RegExp(`(?![\\n\\t])[${controls}]`, 'gu');

/** Text that stays on its line, as it may be shown. */
export const printable = (text: string): string => text.replace(inLine, '\uFFFD');

/** The same for text of several lines. */
export const printableLines = (text: string): string => text.replace(inLines, '\uFFFD');

/** JSON whose texts show such characters by their numbers. */
export const escaped = (json: string): string =>
  json.replace(inLines, (sign) =>
    Array.from({ length: sign.length }, (_, at) => sign.charCodeAt(at).toString(16).padStart(4, '0'))
      .map((code) => `\\u${code}`)
      .join(''),
  );

/** Lines on standard output. */
export const print = (text: string): void => void process.stdout.write(`${printableLines(text)}\n`);

/** Lines on standard error. */
export const printError = (text: string): void => void process.stderr.write(`${printableLines(text)}\n`);
