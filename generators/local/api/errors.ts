import { unserved } from './unserved.ts';

/** An error of an API call, as AWS answers it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Beside the code and the message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

export const invalid = (message: string) => new AwsError('ValidationException', message);

/** What AWS has and this service has not: never answered as if it had been done. */
export const notServed = (what: keyof typeof unserved) =>
  invalid(`ml-container-creator local does not serve ${unserved[what]}`);
