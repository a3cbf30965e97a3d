import type { Column } from './column.ts';
import { hasForm, isWholeDate } from './word-forms.ts';

/** From so many rows on, a text that no two rows share may be a person's own: it is not shown. */
const severalRows = 20;

/**
 * A row in JSON that the model may take, and that is nobody's: of each column what most rows have, and where no two have
 * the same, a number between theirs, or the value of another row than that of the column before. `values` are those of
 * each column, one for each row, as JSON writes them.
 */
export function exampleOf(columns: readonly Column[], values: (column: Column) => readonly string[]): string {
  const members = columns.map((column, place) => {
    const known = values(column).filter((value) => value !== 'null');
    return `${JSON.stringify(column.name)}: ${shared(known) ?? typical(known, place)}`;
  });
  return `{${members.join(', ')}}`;
}

/** The value that most rows have; undefined where each has its own. */
function shared(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return most > 1 ? [...counts].find(([, count]) => count === most)?.[0] : undefined;
}

function typical(values: readonly string[], place: number): string {
  const [first] = values;
  if (first === undefined) return 'null';
  if (values.every(isWholeDate)) return values[(place * 7) % values.length] ?? first;
  if (values.every((value) => /^-?\d+$/.test(value))) return String(mean(values.map(BigInt)));
  if (values.every((value) => /^-?\d/.test(value))) return roundly(values.map(Number));
  if (values.length >= severalRows && !hasForm(JSON.parse(first))) return '"text"';
  return values[(place * 7) % values.length] ?? first;
}

const mean = (values: readonly bigint[]) =>
  values.reduce((sum, value) => sum + value, 0n) / BigInt(values.length);

/** The mean to three digits, and as a fraction: a whole number could be of another type. */
function roundly(values: readonly number[]): string {
  const sum = values.reduce((total, value) => total + value / values.length, 0);
  const rounded = Number(sum.toPrecision(3));
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}
