import type { Need } from './needs.ts';
import type { Subject } from './subject.ts';

/** How much a failed check matters, worst first. */
export const levels = {
  must: 'SageMaker would refuse the container, or lose requests',
  should: 'it works on SageMaker, and will hurt',
  info: 'good to know; never makes the run fail',
} as const;

type Level = keyof typeof levels;

export type Outcome =
  | { readonly status: 'passed'; readonly detail?: string }
  | {
      readonly status: 'failed' | 'skipped';
      readonly detail: string;
      /** What requests got, in the words of a detail, where it is by chance and not for what they ask. */
      readonly symptom?: string;
      /** Where what was found has another remedy than the check's. */
      readonly fix?: string;
    };

/** One sentence of the hosting contract, and how to find out whether a container keeps to it. */
export interface Check {
  /** Unique among all checks: what `--only` and `--skip` take. */
  readonly id: string;
  readonly level: Level;
  /** What a good container does: reads on from "the container". */
  readonly sentence: string;
  /** Where that is written. */
  readonly source: string;
  /** What happens on SageMaker otherwise. */
  readonly consequence: string;
  readonly fix: string;
  readonly needs?: readonly Need[];
  /**
   * Earlier checks, of no lower level, that find the same cause by a plainer symptom: where one of these has failed, a
   * failure of this one is told as what it is, one more symptom, and no finding of its own.
   */
  readonly explainedBy?: readonly string[];
  /** Does not talk to a running server: is done even where none starts. */
  readonly withoutServer?: true;
  /** Counts on a machine that is quick enough: fails when it does so twice, for once it may have been busy. */
  readonly timed?: true;
  /** Takes half a minute of waiting, in a container of its own: runs beside the others. */
  readonly slow?: true;
  /** May leave the shared server unable to answer, and be right: it is looked after before the next check. */
  readonly disturbs?: true;
  run(subject: Subject): Promise<Outcome>;
}

export interface Group {
  readonly name: string;
  readonly checks: readonly Check[];
}

export const passed = (detail?: string): Outcome => ({
  status: 'passed',
  ...(detail !== undefined && { detail }),
});
export const failed = (detail: string, symptom?: string): Outcome => ({
  status: 'failed',
  detail,
  ...(symptom !== undefined && { symptom }),
});
export const skipped = (detail: string): Outcome => ({ status: 'skipped', detail });

/** Passed when nothing is wrong; else failed with all that is. */
export const failedIfAny = (wrong: readonly string[], detail?: string): Outcome =>
  wrong.length ? failed(wrong.join('; ')) : passed(detail);
