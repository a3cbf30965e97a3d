import { AwsError } from '../api/errors.ts';
import type { Fault } from '../hosting.ts';

/** What fails the endpoint and not the call. */
const capacity = 'InsufficientInstanceCapacity';

/** Of codes that are none of 400. */
const statuses: Readonly<Record<string, number>> = {
  InternalFailure: 500,
  ServiceUnavailable: 503,
  InternalDependencyException: 530,
  ModelNotReadyException: 429,
  ExpiredTokenException: 403,
};

/** The faults that are still to come. */
export class Faults {
  readonly #left: { readonly fault: Fault; times: number }[];

  constructor(faults: readonly Fault[]) {
    this.#left = faults.map((fault) => ({ fault, times: fault.times }));
  }

  /** Throws what the next call of an operation is to end in, if there is something. */
  strike(operation: string): void {
    const code = this.#take((fault) => isOf(fault, operation) && fault.code !== capacity);
    if (code) throw new AwsError(code, messages[code] ?? `${code}, as asked for by a fault`, statuses[code]);
  }

  lacksCapacity(): boolean {
    return this.#take(({ code }) => code === capacity) !== undefined;
  }

  #take(isMeant: (fault: Fault) => boolean): string | undefined {
    const found = this.#left.find(({ fault, times }) => times > 0 && isMeant(fault));
    if (found) found.times--;
    return found?.fault.code;
  }
}

const messages: Readonly<Record<string, string>> = {
  ThrottlingException: 'Rate exceeded',
  ExpiredTokenException: 'The security token included in the request is expired',
};

const isOf = ({ operation }: Fault, called: string) => operation === '*' || operation === called;
