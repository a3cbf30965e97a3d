/** What texts of a column may stand for that pandas.read_csv leaves texts unless it is told. */
interface WordForm {
  readonly fits: RegExp;
  /** In words, of a column whose texts are all so. */
  readonly note: string;
}

const asDates = (format?: string, zone = '') =>
  `dates as text, as pandas.read_csv reads them; if the model got dates, datetime64[us${zone}] (pandas before 3: [ns${zone}])` +
  (format === undefined ? '' : ` with "format": "${format}"`);

/** What brings options of pandas.read_csv into the file. */
const written = 'give the file that to_csv writes of its data frame';

const [day, month, year] = ['(0?[1-9]|[12]\\d|3[01])', '(0?[1-9]|1[0-2])', '\\d{4}'];
const dateOf = (...parts: string[]) => new RegExp(`^${parts.join('')}$`);

/** The likeliest first. */
const forms: Readonly<Record<string, WordForm>> = {
  utc: {
    fits: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:?00)$/,
    note: asDates(undefined, ', UTC'),
  },
  iso: {
    fits: /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/,
    note: asDates(),
  },
  'd.m.Y': { fits: dateOf(day, '\\.', month, '\\.', year), note: asDates('%d.%m.%Y') },
  'm/d/Y': { fits: dateOf(month, '/', day, '/', year), note: asDates('%m/%d/%Y') },
  'd/m/Y': { fits: dateOf(day, '/', month, '/', year), note: asDates('%d/%m/%Y') },
  'd-m-Y': { fits: dateOf(day, '-', month, '-', year), note: asDates('%d-%m-%Y') },
  'Y/m/d': { fits: dateOf(year, '/', month, '/', day), note: asDates('%Y/%m/%d') },
  comma: {
    fits: /^\s*[+-]?(\d{1,3}([.,]\d{3})+([.,]\d+)?|\d*,\d+)\s*$/,
    note: `numbers with commas as text, as pandas.read_csv reads them; if the model got numbers (decimal=, thousands=), ${written}`,
  },
  yesNo: {
    fits: /^(yes|no|y|n|t|f|ja|nein)$/i,
    note: 'text, as pandas.read_csv reads it; if the model got truth values (true_values=), bool, and true or false in requests',
  },
};

/** Those that a text is not, of some. */
export const formsUnlike = (text: string, left: readonly string[]): string[] =>
  left.filter((name) => !forms[name]?.fits.test(text));

export const formNames = Object.keys(forms);

export const isDate = (text: unknown): boolean =>
  typeof text === 'string' &&
  Object.entries(forms).some(([name, { fits }]) => name !== 'comma' && name !== 'yesNo' && fits.test(text));

/** What to say of a column whose texts are all of these forms. */
export function noteOn(names: readonly string[]): string | undefined {
  const [first] = names;
  if (first === undefined) return undefined;
  if (names.includes('m/d/Y') && names.includes('d/m/Y')) return asDates('%m/%d/%Y" or "%d/%m/%Y');
  return forms[first]?.note;
}

/** What to say of a column of numbers with one text beside them; undefined where that is none for what is missing. */
export function noteOnWord(word: string): string | undefined {
  if (!/^[^\d]{1,20}$/.test(word)) return undefined;
  return `numbers beside ${word}: text, as pandas.read_csv reads them; if that is for what is missing (na_values=), ${written}`;
}

/** What to say of the name of a column. */
export function noteOnName(name: string): string | undefined {
  if (/^Unnamed: \d+$/.test(name))
    return 'an index that was written along; if the model did not get it, leave it out of the file';
  if (name !== name.trim())
    return 'its name has blanks around it, as pandas.read_csv keeps them; if the model got it without (skipinitialspace=), so should the file';
  return undefined;
}
