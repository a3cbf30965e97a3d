import { WorkError } from '../settings/problems.ts';
import { type Check, failed, type Outcome, passed, skipped } from './check.ts';
import { contract } from './contract.ts';
import { NoAnswer } from './http.ts';
import { missing, NotChecked } from './needs.ts';
import { notAgain, type Subject } from './subject.ts';

export type Result = Outcome & {
  readonly check: Check;
  readonly group: string;
  readonly seconds: number;
  /** The check that has told of it already. */
  readonly sameAs?: string;
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
  for (const { check, group } of selected) {
    starting(check);
    const found = await (begun.get(check) ?? result(subject, check, group));
    const end = check.disturbs ? undefined : await subject.ended(found.status === 'failed' ? 300 : 0);
    const outcome = end !== undefined && found.status === 'failed' ? withEnd(found, end) : found;
    if (end !== undefined && found.status === 'failed') told.add(end);
    // What it has died of before, it may die of at each check that asks the same.
    else if (end !== undefined && !told.has(end))
      subject.deaths.set(end, [...(subject.deaths.get(end) ?? []), check.id]);
    yield explained(outcome, told, symptoms);
    if (outcome.status === 'failed') {
      told.add(check.id);
      if (outcome.symptom !== undefined) {
        symptoms.set(outcome.symptom, check.id);
        // Of what happens by chance it dies by chance.
        if (end !== undefined) {
          symptoms.set(end, check.id);
          subject.deaths.delete(end);
        }
      }
    }
    if (end !== undefined || outcome.status === 'failed' || check.disturbs) await subject.recover();
  }
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

/** That a server died of what it was asked is a part of what was found. */
const withEnd = (found: Result, end: string): Result => ({
  ...found,
  status: 'failed',
  detail: `${found.detail}; ${end}`,
});

async function result(subject: Subject, check: Check, group: string): Promise<Result> {
  const started = performance.now();
  const outcome = check.timed ? await twiceIfFailed(subject, check) : await outcomeOf(subject, check);
  return { ...outcome, check, group, seconds: (performance.now() - started) / 1000 };
}

async function twiceIfFailed(subject: Subject, check: Check): Promise<Outcome> {
  const first = await outcomeOf(subject, check);
  if (first.status !== 'failed') return first;
  await subject.recover();
  subject.measureAnew();
  const second = await outcomeOf(subject, check);
  // One that cannot be made again has failed.
  if (second.status !== 'passed') return second.status === 'failed' ? second : first;
  return passed([second.detail, `the first time: ${first.detail}`].filter(Boolean).join('; '));
}

async function outcomeOf(subject: Subject, check: Check): Promise<Outcome> {
  if (!check.withoutServer) {
    const { start } = await subject.main();
    if (start.state !== 'ready') return skipped(subject.hasStarted ? notAgain : 'no server to ask');
  }
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
