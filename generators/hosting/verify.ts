import { WorkError } from '../settings/problems.ts';
import { type Check, failed, type Outcome, passed, skipped } from './check.ts';
import { contract } from './contract.ts';
import { type Fate, silentOrRefusing } from './fate.ts';
import { NoAnswer } from './http.ts';
import { missing, NotChecked } from './needs.ts';
import { limits } from './sources.ts';
import { notAgain, type Subject } from './subject.ts';

export type Result = Outcome & {
  readonly check: Check;
  readonly group: string;
  readonly seconds: number;
  /** The check that has told of it already. */
  readonly sameAs?: string;
  /** So many times as long was allowed at last, since this machine was busy. */
  readonly allowance?: number;
};

/** Which checks to make, by ids or names of groups; all by default. */
export interface Selection {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
}

/** Everything that `Selection` can name. */
export const selectable = contract.flatMap(({ name, checks }) => [name, ...checks.map(({ id }) => id)]);

export function select({ only, skip = [] }: Selection): { check: Check; group: string }[] {
  return contract.flatMap(({ name, checks }) =>
    checks
      .filter(({ id }) => !only || only.includes(id) || only.includes(name))
      .filter(({ id }) => !skip.includes(id) && !skip.includes(name))
      .map((check) => ({ check, group: name })),
  );
}

/** Makes the checks one after the other, and yields what came out as soon as it is known. */
export async function* verify(
  subject: Subject,
  selection: Selection,
  starting: (check: Check) => void,
): AsyncGenerator<Result> {
  const selected = select(selection);
  const slow = selected.filter(({ check }) => check.slow);
  const early = slow.length && selected.length > 1 && (await subject.sideBySide()) ? slow : [];
  const begun = new Map(
    early.map(({ check, group }) => {
      const outcome = result(subject, check, group);
      // It is waited for in its turn.
      outcome.catch(() => undefined);
      return [check, outcome];
    }),
  );
  /** Checks that have failed, and the ends of the server that were told with them. */
  const told = new Set<string>();
  /** What requests get by chance, and the check that has told of it. */
  const symptoms = new Map<string, string>();
  for (const [place, { check, group }] of selected.entries()) {
    starting(check);
    const found = await (begun.get(check) ?? result(subject, check, group));
    const fate = found.check.disturbs ? undefined : await fateAt(subject, found);
    const toCome = selected.slice(place + 1).some(({ check: { id } }) => id === fate?.teller);
    const toldElsewhere = fate && !symptoms.has(fate.words) && (toCome || told.has(fate.teller));
    const outcome = fate ? withFate(found, fate, toldElsewhere === true) : found;
    // Of what happens by chance it dies by chance.
    const byChance = found.status === 'failed' && found.symptom !== undefined;
    if (fate && !byChance && !told.has(fate.words) && !symptoms.has(fate.words))
      subject.fates.note(fate, check.id);
    yield withAllowance(explained(outcome, told, symptoms));
    if (outcome.status === 'failed') {
      told.add(check.id);
      // What it has died of before, it may die of at each check that asks the same.
      if (fate) told.add(fate.words);
      if (outcome.symptom !== undefined) symptoms.set(outcome.symptom, check.id);
      // Only now: no check is the same as itself.
      if (fate && byChance) symptoms.set(fate.words, check.id);
    }
    if (fate || outcome.status === 'failed' || check.disturbs) await subject.recover();
  }
}

/** What became of the shared server at a check. */
async function fateAt(subject: Subject, found: Result): Promise<Fate | undefined> {
  const { check, status, seconds, detail = '' } = found;
  const words = await subject.ended(status === 'failed' ? 300 : 0);
  if (words !== undefined) return { teller: 'stays-alive', words };
  // A limit for each minute may let the next one in.
  const tooMany =
    status === 'failed' && !check.slow ? /(?:^|: )(429(?: \(.*)?)$/.exec(detail)?.[1] : undefined;
  if (tooMany !== undefined) return { teller: 'rate-limit', words: tooMany };
  const waited = seconds >= limits.invocationSeconds;
  if (check.slow || check.id === 'still-answers' || !(status === 'failed' || waited)) return undefined;
  const fate = await silentOrRefusing(subject);
  // What is refused as too much has that status.
  return fate?.teller === 'rate-limit' && !detail.includes(fate.words.slice(0, 3)) ? undefined : fate;
}

/** One cause is one finding: what an earlier check has found already is told beside it. */
function explained(found: Result, told: ReadonlySet<string>, symptoms: ReadonlyMap<string, string>): Result {
  if (found.status !== 'failed') return found;
  const [, byChance] = [...symptoms].find(([words]) => shows(found.detail, words)) ?? [];
  const cause = found.check.explainedBy?.find((id) => told.has(id)) ?? byChance;
  if (cause === undefined) return found;
  return {
    ...found,
    status: 'skipped',
    sameAs: cause,
    detail: `the same as ${cause}, by what it shows: ${found.detail}`,
  };
}

/** Whether a detail tells of just that: not of another answer with the same status, nor of so many of something. */
const shows = (detail: string, words: string) =>
  detail.split(words).some((after, index) => index > 0 && !/^(\d| \(| of | rows)/.test(after));

/** What became of a server is told once, by the check that is about it; what another one has met of it, as the same. */
function withFate(found: Result, { teller, words }: Fate, toldElsewhere: boolean): Result {
  if (found.check.id === teller) return found;
  const detail = found.detail?.includes(words)
    ? found.detail
    : [found.detail, words].filter(Boolean).join('; ');
  if (found.status === 'failed' && !(toldElsewhere && found.symptom === undefined))
    return { ...found, detail };
  // What it was asked just before it ended has been answered; what has no answer is no success.
  if (found.status !== 'failed' && teller === 'stays-alive') return found;
  return {
    ...found,
    status: 'skipped',
    ...(toldElsewhere && { sameAs: teller }),
    detail: `${toldElsewhere ? `the same as ${teller}, by what it shows: ` : ''}${detail}`,
  };
}

async function result(subject: Subject, check: Check, group: string): Promise<Result> {
  const started = performance.now();
  const outcome: Outcome & Pick<Result, 'allowance'> = check.timed
    ? await twiceIfFailed(subject, check)
    : await outcomeOf(subject, check);
  const fix = outcome.status === 'failed' && outcome.fix !== undefined ? outcome.fix : check.fix;
  return { ...outcome, check: { ...check, fix }, group, seconds: (performance.now() - started) / 1000 };
}

async function twiceIfFailed(subject: Subject, check: Check): Promise<Outcome & Pick<Result, 'allowance'>> {
  const first = await outcomeOf(subject, check);
  if (first.status !== 'failed') return first;
  const end = await subject.ended(300);
  await subject.recover();
  const { result: second, allowance } = await subject.measureAnew(() => outcomeOf(subject, check));
  // One that cannot be made again has failed; where it shows just the same, time does not matter.
  if (second.status !== 'passed')
    return second.status === 'failed' && second.detail !== first.detail ? { ...second, allowance } : first;
  if (end !== undefined) subject.fates.note({ teller: 'stays-alive', words: end }, check.id);
  const detail = [second.detail, `the first time: ${first.detail}`].filter(Boolean).join('; ');
  return { ...passed(detail), allowance };
}

/** That more was allowed, which is known last: what is held against other details is without it. */
function withAllowance(found: Result): Result {
  const { allowance = 1, detail } = found;
  if (allowance < 1.1) return found;
  const words = `${allowance.toFixed(1)} times as long was allowed, since this machine is busy`;
  // Of what has passed, reports show the beginning.
  const both = found.status === 'passed' ? [words, detail] : [detail, words];
  return { ...found, detail: both.filter(Boolean).join('; ') };
}

async function outcomeOf(subject: Subject, check: Check): Promise<Outcome> {
  if (!check.withoutServer) {
    const { start } = await subject.main();
    if (start.state !== 'ready') return skipped(subject.hasStarted ? notAgain : 'no server to ask');
  }
  const asks = check.needs?.some((need) => need === 'answers' || need === 'rows');
  if (asks && check.id !== 'still-answers' && subject.fates.hangsAgain)
    return skipped('it stops answering again and again: see still-answers');
  for (const need of check.needs ?? []) {
    const reason = await missing(subject, need);
    if (reason !== undefined) return skipped(reason);
  }
  try {
    return await check.run(subject);
  } catch (error) {
    // In checks that count on an answer.
    if (error instanceof NoAnswer) return failed(error.message);
    if (error instanceof NotChecked) return skipped(error.message);
    // Such as docker exec in an image without a shell.
    if (error instanceof WorkError) return skipped(`it could not be checked: ${error.message}`);
    return skipped(`this check itself failed: ${(error as Error).message}`);
  }
}
