// What texts of a column may stand for that pandas.read_csv leaves texts, unless it is told.

/** What brings options of pandas.read_csv into a file. */
const written = 'give the file that to_csv writes of its data frame';

/** Formats of dates as strftime has them, the likeliest first. */
const dateFormats = [
  ...['%d.%m.%Y', '%d.%m.%y', '%m/%d/%Y', '%d/%m/%Y', '%m/%d/%y', '%d/%m/%y', '%d-%m-%Y', '%Y/%m/%d'],
  ...['%d-%b-%Y', '%d %b %Y', '%b %d, %Y'],
].flatMap((format) => ['', ' %H:%M', ' %H:%M:%S'].map((time) => format + time));

const parts: Readonly<Record<string, string>> = {
  '%d': '(0?[1-9]|[12]\\d|3[01])',
  '%m': '(0?[1-9]|1[0-2])',
  '%b': '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)',
  '%Y': '\\d{4}',
  '%y': '\\d\\d',
  '%H': '([01]?\\d|2[0-3])',
  '%M': '[0-5]\\d',
  '%S': '[0-5]\\d',
};

/** Each is the name of a form, and texts are told by it. */
const dates: Readonly<Record<string, RegExp>> = {
  utc: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:?00)$/,
  iso: /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/,
  ...Object.fromEntries(
    dateFormats.map((format) => {
      const pattern = format.replaceAll('.', '\\.').replace(/%\w/g, (part) => parts[part] ?? part);
      return [format, new RegExp(`^${pattern}$`)];
    }),
  ),
};

const forms: Readonly<Record<string, RegExp>> = {
  ...dates,
  number:
    /^\s*(?:[$\u20ac\u00a3]\s*)?[+-]?(\d{1,3}([ \u00a0.,']\d{3})+([.,]\d+)?|\d+([.,]\d+)?)\s*(?:[$\u20ac\u00a3%]\s*)?$/,
  truth: /^(yes|no|y|n|t|f|ja|nein)$/i,
};

export const formNames = Object.keys(forms);

/** Those that a text is not, of some. */
export const formsUnlike = (text: string, left: readonly string[]): string[] =>
  left.filter((name) => !forms[name]?.test(text));

/** Whether a text is no name and no sentence. */
export const hasForm = (text: unknown): boolean =>
  typeof text === 'string' && Object.values(forms).some((form) => form.test(text));

/** Such as 20240131. */
export const isWholeDate = (digits: string): boolean =>
  /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(digits);

export const noteOnWholeDates =
  'each looks like a date; if the model got dates, datetime64[us] (pandas before 3: [ns]) with "format": "%Y%m%d", and texts in JSON';

/**
 * What to say of a column whose texts are all of these forms. besideNumbers: whether it has others that are numbers; isCsv:
 * whether the file is CSV, not JSON lines, whose values are taken as they are written.
 */
export function noteOn(names: readonly string[], besideNumbers: boolean, isCsv: boolean): string | undefined {
  if (names.includes('number') && !isCsv)
    return 'numbers in quotes: text, as they stand; if the model got numbers, as pandas.read_json makes of them, int64 or float64';
  if (names.includes('number'))
    return `numbers that are written otherwise: text, as pandas.read_csv reads them; if the model got numbers (decimal=, thousands=), ${written}`;
  const [first] = names;
  if (first === undefined || besideNumbers) return undefined;
  if (first === 'truth')
    return `text, as ${isCsv ? 'pandas.read_csv reads it' : 'it stands'}; if the model got truth values${isCsv ? ' (true_values=)' : ''}, bool, and true or false in requests`;
  const zone = first === 'utc' ? ', UTC' : '';
  const format = names
    .filter((name) => name.startsWith('%'))
    .map((name) => JSON.stringify(name))
    .join(' or ');
  return (
    `dates as text, as ${isCsv ? 'pandas.read_csv reads them' : 'they stand'}; if the model got dates${isCsv ? '' : ', which pandas.read_json makes of some by their names'}, datetime64[us${zone}] (pandas before 3: [ns${zone}])` +
    (format && ` with "format": ${format}`)
  );
}

/** What to say of a column of numbers with one text beside them; undefined where that is none for what is missing. */
export function noteOnWord(word: string): string | undefined {
  if (!/^[^\d]{1,20}$/.test(word)) return undefined;
  return `numbers beside ${word}: text, as pandas.read_csv reads them; if that is for what is missing (na_values=), ${written}`;
}

/** What to say of the name of a column. isCsv: as above. */
export function noteOnName(name: string, isCsv: boolean): string | undefined {
  if (/^Unnamed: \d+$/.test(name))
    return 'an index that was written along; if the model did not get it, leave it out of the file';
  if (name !== name.trim() && !isCsv)
    return 'its name has blanks around it; if the model got it without, so should the file';
  if (name !== name.trim())
    return 'its name has blanks around it, as pandas.read_csv keeps them; if the model got it without (skipinitialspace=), so should the file';
  return undefined;
}
