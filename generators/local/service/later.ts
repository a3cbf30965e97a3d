import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withoutEndSlashes } from '../../settings/paths.ts';
import { AwsError } from '../api/errors.ts';
import type { Clock } from '../clock.ts';
import type { Invocation } from './container-call.ts';
import type { Own } from './invocation-input.ts';
import type { Others } from './others.ts';

/** Seconds: for an answer, unless the request says otherwise, and for which a request waits at most. */
const limits = { answer: 900, wait: 21_600 };
const isOnS3 = /^s3:\/\//;

export interface Later {
  readonly body: Buffer;
  readonly type: string;
}

/** Asynchronous invocations: their input comes from S3, or with the request, and their answer goes there. */
export function laterFor(clock: Clock, others: Others) {
  return async (
    own: Own,
    invocation: Invocation,
    whole: (invocation: Invocation, seconds: number) => Promise<Later>,
  ): Promise<{ id: string; output: string; failure?: string }> => {
    const { endpoint, region, input } = own;
    const {
      InputLocation: from,
      InferenceId: id = randomUUID(),
      Filename: file = `${randomUUID()}.out`,
    } = input;
    const { OutputConfig: to } = endpoint.record.deployed.configuration.input.AsyncInferenceConfig ?? {};
    if ((from !== undefined) === invocation.body.length > 0)
      throw new AwsError('ValidationError', 'Exactly one of InputLocation and Body must be given.');
    if (from !== undefined && !isOnS3.test(from))
      throw new AwsError('ValidationError', `InputLocation ${from} must start with s3://.`);
    const below = (folder: string, name: string) =>
      [
        withoutEndSlashes(folder),
        ...(input.S3OutputPathExtension?.split('/').filter(Boolean) ?? []),
        name,
      ].join('/');
    const output = below(to?.S3OutputPath ?? '', file);
    const failure = to?.S3FailurePath && below(to.S3FailurePath, file.replace(/(\.out)?$/, '-error.out'));

    const work = async () => {
      const body = from === undefined ? invocation.body : await others.read(region, from);
      await turn(own);
      const seconds = Number(input.InvocationTimeoutSeconds ?? limits.answer);
      const answer = await whole({ ...invocation, body }, seconds);
      await others.write(region, output, answer.body, answer.type);
    };
    void work().catch(async (error: Error) => {
      if (failure)
        await others.write(region, failure, Buffer.from(error.message), 'text/plain').catch(() => undefined);
    });
    return { id, output, ...(failure && { failure }) };
  };

  /** Waits until the instances take another request. */
  async function turn({ endpoint, input }: Own): Promise<void> {
    const { ClientConfig } = endpoint.record.deployed.configuration.input.AsyncInferenceConfig ?? {};
    const each = ClientConfig?.MaxConcurrentInvocationsPerInstance ?? Number.POSITIVE_INFINITY;
    const end = clock.worked() + Number(input.RequestTTLSeconds ?? limits.wait);
    const isFree = () =>
      endpoint.variants.some(({ instances }) =>
        instances.some(({ url, outstanding }) => url && outstanding < each),
      );
    while (!isFree()) {
      if (clock.worked() > end) throw new Error('The request expired before an instance was free.');
      // No reason to go on where the service has ended.
      await sleep(100, undefined, { ref: false });
    }
  }
}
