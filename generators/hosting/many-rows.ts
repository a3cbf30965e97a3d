import { type Answered, alike, invocation, type Reference } from './answers.ts';
import { isClientError } from './bad-requests.ts';
import { failed, type Outcome, passed, skipped } from './check.ts';
import { type Address, type Answer, ask, inShort, NoAnswer, tryToAsk } from './http.ts';
import { difference, isAnothers, scalesOf } from './near.ts';
import { type Rows, repeated, type Sample } from './samples.ts';
import { limits } from './sources.ts';
import type { Subject } from './subject.ts';
import { document, without } from './varying.ts';

/** Lists in an answer, by where they are; the lines of one that is a text are a list, too. */
type Lists = ReadonlyMap<string, readonly unknown[]>;

/** In bytes: of a first request, and of one that has more rows than people try. */
const [some, many] = [5_000, 100_000];

/** In seconds: a server that is slow gets as many rows as it takes so long for. */
const longest = 20;

/** What refuses a request for its size, or for now; any other status is for one that is wrong. */
const tooMuch: readonly number[] = [413, 429, 503];

/** Sends the rows of a sample again and again in one request, 5 and 100 KB of them, and holds each against the first. */
export async function manyRows(subject: Subject): Promise<Outcome> {
  const found = await subject.withRows();
  if (!found) return skipped('no rows');
  const { sample, rows, answer: few } = found;
  const { address } = await subject.server();
  const all = Array.from({ length: rows.count }, (_, index) => index);
  const twice = await tryToAsk(address, invocation(sample, rows.take([...all, ...all])));
  if (twice instanceof NoAnswer || twice.status !== 200) {
    const once = await tryToAsk(address, invocation(sample, rows.take([0])));
    // As the steps of a series, of which a model takes so many; and who has one row may be to send one at a time.
    if (isClientError(twice) && (rows.count === 1 || isClientError(once)))
      return skipped(
        rows.count === 1
          ? `it refuses a second row, of which the sample shows none: ${inShort(twice)}`
          : `it refuses one row alone, and ${2 * rows.count}: they are no requests of their own`,
      );
    return failed(`${2 * rows.count} rows: ${inShort(twice)}`);
  }
  const paths = growing(listsIn(few), listsIn(twice), rows.count);
  if (!paths.length && (await isForFirst(address, found)))
    return failed(`${rows.count} rows get the answer that the first of them gets alone`);
  let [words, within] = ['', many];
  let perRow = Math.max(few.seconds, twice.seconds / 2) / rows.count;
  for (const size of [some, many]) {
    const bytes = Math.min(size, within);
    const body = repeated(sample, bytes);
    const count = rows.count * timesIn(sample, body);
    // A server that is as slow for each row may take so long.
    const seconds = Math.min(limits.invocationSeconds, 5 + 4 * perRow * count);
    const answer = await tryToAsk(address, { ...invocation(sample, body), seconds });
    const wrong = wrongIn(answer, few, paths, count, rows.count);
    if (wrong) return failed(`${count} rows (${body.length} bytes): ${wrong}`);
    if (answer instanceof NoAnswer || answer.status !== 200)
      return passed(`${count} rows: ${inShort(answer)}`);
    words =
      bytes < many
        ? `${count} rows; the ${many} bytes of a large request were not sent, as ${body.length} took ${answer.seconds.toFixed(1)} s`
        : `${count} rows`;
    perRow = Math.max(perRow, answer.seconds / count);
    within = Math.min(many, Math.floor((bytes * longest) / answer.seconds));
    // Hardly more rows would tell hardly more.
    if (within < 2 * bytes) break;
  }
  return passed(paths.length ? words : `${words}; which part of the answer belongs to which is not seen`);
}

/** Whether some rows get the answer to the first of them alone, whichever is the first: not so where it is one of all. */
async function isForFirst(
  address: Address,
  { sample, answer: few, rows }: Answered & { readonly rows: Rows },
): Promise<boolean> {
  const { varying } = few;
  const to = (indices: number[]) => ask(address, invocation(sample, rows.take(indices)));
  if (!alike(await to([0]), few)) return false;
  for (let row = 1; row < Math.min(rows.count, 16); row++) {
    const alone = await to([row]);
    if (alone.status === 200 && !alike(alone, few)) return alike(await to([row, 0]), { ...alone, varying });
  }
  return false;
}

function timesIn(sample: Sample, body: Buffer): number {
  const { rows } = sample;
  if (!rows) return 1;
  const all = Array.from({ length: rows.count }, (_, index) => index);
  const once = rows.take(all).length;
  return 1 + Math.round((body.length - once) / (rows.take([...all, ...all]).length - once));
}

function wrongIn(
  answer: Answer | NoAnswer,
  few: Reference,
  paths: readonly string[],
  count: number,
  period: number,
): string | undefined {
  if (answer instanceof NoAnswer) return inShort(answer);
  // Who says that it is too much has given an answer.
  if (answer.status !== 200) return tooMuch.includes(answer.status) ? undefined : inShort(answer);
  const [expected, got] = [listsIn(few), listsIn(answer)];
  for (const path of paths) {
    const [reference = [], list] = [expected.get(path), got.get(path)];
    if (list?.length !== count) return `the answer is for ${list?.length ?? 'none'} of them`;
    const below = `${path}/*`;
    const itself = (item: unknown) => (few.varying.has(path) ? null : without(item, few.varying, below));
    const references = reference.map(itself);
    const scales = scalesOf(references, below);
    for (const [row, item] of list.entries()) {
      const [mine, own] = [itself(item), references[row % period]];
      const words = difference(mine, own, scales, below);
      if (words !== undefined)
        return `row ${row + 1} gets another answer than the same row among ${period}: ${words}`;
      if (isAnothers(mine, own, references, scales, below))
        return `row ${row + 1} gets the answer of another row`;
    }
  }
  return undefined;
}

/** The lists with an item for each row: they grow with the rows. */
function growing(one: Lists, two: Lists, count: number): string[] {
  return [...one].flatMap(([path, list]) =>
    list.length === count && two.get(path)?.length === 2 * count ? [path] : [],
  );
}

function listsIn(answer: Answer): Lists {
  const lists = new Map<string, readonly unknown[]>();
  const look = (value: unknown, path: string): void => {
    if (Array.isArray(value)) lists.set(path, value);
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) look(member, `${path}/${name}`);
  };
  const known = document(answer);
  look(typeof known === 'string' ? known.replace(/\n$/, '').split('\n') : known, '');
  return lists;
}
