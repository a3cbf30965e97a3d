import type { TransformRecord } from '../resources/kinds.ts';
import { Collection } from '../state.ts';
import { type Means, run } from './job.ts';

/** All batch transform jobs, and those that run. */
export class TransformJobs {
  readonly records: Collection<TransformRecord>;
  readonly #means: Means;
  readonly #running = new Map<string, { readonly abort: AbortController; readonly over: Promise<void> }>();

  constructor(means: Means, folder: string) {
    this.#means = means;
    this.records = new Collection(folder, 'transform-jobs');
    for (const [region, record] of this.records.all())
      if (record.status === 'InProgress' || record.status === 'Stopping')
        this.#become(region, record, 'Failed', 'InternalServerError: The service was stopped meanwhile.');
  }

  start(region: string, record: TransformRecord): void {
    const name = record.input.TransformJobName;
    this.records.put(region, name, record);
    const abort = new AbortController();
    const over = run(record, region, this.#means, abort.signal).then(
      () => this.#become(region, record, 'Completed'),
      (error: Error) =>
        abort.signal.aborted
          ? this.#become(region, record, 'Stopped')
          : this.#become(region, record, 'Failed', error.message),
    );
    const key = `${region}/${name}`;
    this.#running.set(key, { abort, over });
    void over.then(() => this.#running.delete(key));
  }

  stop(region: string, record: TransformRecord): void {
    const running = this.#running.get(`${region}/${record.input.TransformJobName}`);
    if (!running) return;
    this.records.keep(region, record.input.TransformJobName, { ...record, status: 'Stopping' });
    running.abort.abort(new Error('stopped'));
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { abort } of all) abort.abort(new Error('the service was stopped'));
    await Promise.all(all.map(({ over }) => over));
  }

  #become(
    region: string,
    record: TransformRecord,
    status: TransformRecord['status'],
    failure?: string,
  ): void {
    const now = this.#means.clock.date();
    // Tags may have changed since.
    const kept = this.records.get(region, record.input.TransformJobName) ?? record;
    this.records.keep(region, record.input.TransformJobName, {
      ...kept,
      status,
      ...(failure && { failure: failure.slice(0, 1024) }),
      modified: now,
      ended: now,
    });
  }
}
