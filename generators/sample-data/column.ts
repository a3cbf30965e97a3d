import { formNames, formsUnlike, isWholeDate, noteOn, noteOnWholeDates, noteOnWord } from './word-forms.ts';

/** A column as `model/input_schema.json` declares it, in the names of pandas' dtypes. */
export interface Column {
  /** Absent: the model knows its columns by their place. */
  readonly name?: string;
  readonly type: string;
  /** Whether each row has a value in it. */
  readonly required: boolean;
}

/** A column of a file with data, and what its fields leave open. */
export interface FoundColumn extends Column {
  readonly name: string;
  readonly note?: string;
}

/** What the fields of a column have been so far. Each is set once, by the first field that shows it. */
type Sign =
  | 'value'
  | 'missing'
  | 'missing word'
  | 'whole'
  | 'fraction'
  | 'truth'
  | 'text'
  | 'code'
  | 'negative'
  | 'above int64'
  | 'above 2^53'
  | 'beyond uint64'
  | 'beyond uint64, before a fraction'
  | 'no date'
  | 'another text'
  /** None of the forms that texts may have. */
  | `not ${string}`;

/** Finds the type of a column from its fields, one after the other. */
export class ColumnReader {
  readonly #signs = new Map<Sign, string>();
  #forms: readonly string[] = formNames;
  #isJson = false;

  /** Whether the field shows what those before it did not. */
  get size(): number {
    return this.#signs.size;
  }

  /** A field of CSV, quoted or not: pandas does not look at quotes. */
  addText(field: string): void {
    if (missingWords.has(field)) {
      this.#add('missing', field);
      if (field !== '') this.#add('missing word', field);
      return;
    }
    if (wholeNumber.test(field)) this.#addWhole(field.trim());
    else if (number.test(field)) this.#add('fraction', field);
    else if (/^(true|false)$/i.test(field)) this.#add('truth', field);
    else this.#addWords(field);
  }

  /** A value of JSON, as it is written there. */
  addJson(source: string): void {
    this.#isJson = true;
    if (source === 'null') this.#add('missing', source);
    else if (source === 'true' || source === 'false') this.#add('truth', source);
    else if (source.startsWith('"')) this.#addWords(JSON.parse(source));
    else if (wholeNumber.test(source)) this.#addWhole(source);
    else this.#add('fraction', source);
  }

  /** Of a field that is not there. */
  addNothing(): void {
    this.#add('missing', '');
  }

  /**
   * The column as pandas.read_csv reads it, but for numbers with leading zeros or a plus: these are codes. Of JSON, as its
   * values are written: pandas.read_json makes numbers of texts.
   */
  found(name: string): FoundColumn {
    const has = (sign: Sign) => this.#signs.has(sign);
    const required = !has('missing');
    const column = (type: string, note?: string): FoundColumn => ({
      name,
      type,
      required,
      ...(note !== undefined && { note }),
    });
    if (!has('value')) return column('float64', 'no row has a value here');
    const numbers = has('whole') || has('fraction');
    if (has('text') || (has('truth') && numbers)) return this.#text(column);
    if (has('truth')) return column('bool');
    if (has('code'))
      return column(
        'str',
        `${this.#signs.get('code')} would lose its first character as a number; if the model got numbers, int64 or float64`,
      );
    // What is larger than any type of whole numbers, and what needs all bits of one and has no room for NaN.
    // Beside fractions all are floats, unless pandas has given up on numbers before it comes to the first.
    const lost = has('beyond uint64') || (has('above int64') && (has('negative') || !required));
    if (has('beyond uint64, before a fraction') || (lost && !has('fraction')))
      return column('str', 'whole numbers that no dtype holds exactly: text, as they stand');
    const rounded = has('above 2^53') && !has('fraction') && !required;
    if (has('fraction') || !required)
      return column(
        'float64',
        rounded ? 'whole numbers above 2^53 beside missing ones: pandas rounds them' : undefined,
      );
    return has('no date')
      ? column(has('above int64') ? 'uint64' : 'int64')
      : column('int64', noteOnWholeDates);
  }

  /** Types that one column of a data frame cannot have together, in words. */
  get mixture(): string | undefined {
    const kinds = [
      this.#signs.has('text') && 'text',
      (this.#signs.has('whole') || this.#signs.has('fraction')) && 'numbers',
      this.#signs.has('truth') && 'true or false',
    ].filter((kind) => kind !== false);
    return kinds.length > 1 ? kinds.join(' and ') : undefined;
  }

  #text(column: (type: string, note?: string) => FoundColumn): FoundColumn {
    const word = this.#signs.get('missing word');
    const numbers = this.#signs.has('whole') || this.#signs.has('fraction');
    const one = numbers && !this.#signs.has('another text') ? this.#signs.get('text') : undefined;
    const notes = [
      one !== undefined && noteOnWord(one),
      noteOn(this.#forms, numbers, !this.#isJson),
      word !== undefined &&
        `${word} was taken for missing, as pandas does; requests leave such a field empty`,
    ].filter((note) => typeof note === 'string');
    return column('str', notes.length ? notes.join('; ') : undefined);
  }

  #addWhole(digits: string): void {
    this.#add('whole', digits);
    if (/^(\+|-?0\d)/.test(digits)) this.#add('code', digits);
    if (digits.startsWith('-')) this.#add('negative', digits);
    if (!isWholeDate(digits)) this.#add('no date', digits);
    // A number of up to 15 digits fits everywhere.
    if (digits.length < 16) return;
    const value = BigInt(digits.replace(/^\+/, ''));
    if (value > 2n ** 53n || value < -(2n ** 53n)) this.#add('above 2^53', digits);
    if (value > int64.most) this.#add('above int64', digits);
    if (value > uint64Most || value < int64.least) this.#add('beyond uint64', digits);
    if (value > uint64Most && !this.#isJson && !this.#signs.has('fraction'))
      this.#add('beyond uint64, before a fraction', digits);
  }

  #addWords(text: string): void {
    this.#add('text', text);
    if (text !== this.#signs.get('text')) this.#add('another text', text);
    const unlike = this.#forms.length ? formsUnlike(text, this.#forms) : [];
    if (!unlike.length) return;
    this.#forms = this.#forms.filter((name) => !unlike.includes(name));
    for (const name of unlike) this.#add(`not ${name}`, text);
  }

  #add(sign: Sign, field: string): void {
    if (sign !== 'missing' && sign !== 'missing word' && !this.#signs.has('value'))
      this.#signs.set('value', field);
    if (!this.#signs.has(sign)) this.#signs.set(sign, field);
  }
}

/** What pandas.read_csv takes for a missing value. */
export const missingWords: ReadonlySet<string> = new Set([
  ...['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>'],
  ...['N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'],
]);

const wholeNumber = /^[ \t\n\v\f\r]*[+-]?\d+[ \t\n\v\f\r]*$/;
const number = /^([ \t\n\v\f\r]*[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?[ \t\n\v\f\r]*|[+-]?inf(inity)?)$/i;

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
const uint64Most = 2n ** 64n - 1n;
