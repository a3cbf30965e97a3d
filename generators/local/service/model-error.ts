import { partitionOf } from '../../instances/partitions.ts';
import { AwsError } from '../api/errors.ts';
import { account } from '../hosting.ts';
import { TimedOut } from './container-call.ts';

/** Of the container that answered. */
export interface Whose {
  readonly logGroup: string;
  readonly region: string;
}

/** What AWS makes of an answer that is no success. */
export function modelError({ logGroup: group, region }: Whose, status: number, text: string): AwsError {
  const who = status >= 400 && status < 500 ? 'client' : 'server';
  const message =
    `Received ${who} error (${status}) from primary with message "${text}". See ` +
    `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logEventViewer:group=${group} ` +
    `in account ${account} for more information.`;
  return new AwsError('ModelError', message, 424, {
    OriginalStatusCode: status,
    OriginalMessage: text.slice(0, 2048),
    LogStreamArn: `arn:${partitionOf(region).name}:logs:${region}:${account}:log-group:${group}`,
  });
}

/** What it makes of none. */
export const broken = (own: Whose, error: unknown) =>
  modelError(
    own,
    0,
    error instanceof TimedOut
      ? 'Your invocation timed out while waiting for a response from container primary. Review the latency metrics ' +
          'for each container in Amazon CloudWatch, resolve the issue, and try again.'
      : 'An error occurred while handling request as the model process exited.',
  );
