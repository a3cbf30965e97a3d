import type { IncomingMessage } from 'node:http';
import { AwsError } from '../api/errors.ts';

/** What a request is signed for; SigV4 is read and not checked. */
export interface Scope {
  readonly region: string;
  readonly service: string;
}

export function scopeOf({ headers }: IncomingMessage): Scope | undefined {
  const { authorization = '' } = headers;
  const token = tokenIn(authorization);
  const credential = /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/.exec(
    token ? decodeURIComponent(token) : authorization,
  );
  const [, region, service] = credential ?? [];
  return region && service ? { region, service } : undefined;
}

/** The signed URL that a token of CallWithBearerToken is. */
function tokenIn(authorization: string): string | undefined {
  const [, token] = /^Bearer sagemaker-api-key-([A-Za-z0-9+/]+=*)$/.exec(authorization) ?? [];
  const url = token && Buffer.from(token, 'base64').toString('latin1');
  return url && /^[\w./?&=%~-]+$/.test(url) && !/%(?![0-9a-f]{2})/i.test(url) ? url : undefined;
}

/** Whether a request brings such a token. */
export const hasToken = ({ headers }: IncomingMessage) => tokenIn(headers.authorization ?? '') !== undefined;

/** The access key of our own requests. */
const own = 'ml-container-creator';

/** Whether a request is one of the service itself. */
export const isOwn = ({ headers }: IncomingMessage) =>
  headers.authorization?.includes(`Credential=${own}/`) === true;

/** A header of a request of our own, by which others know what it is for. */
export const signedFor = (region: string, service: string) =>
  `AWS4-HMAC-SHA256 Credential=${own}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** The whole body of a request; more than `most` bytes are refused as AWS's load balancer does. */
export async function bodyOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    // Read to its end all the same: a client that is still sending would see its connection break, not the answer.
    if (length <= most) parts.push(part);
  }
  if (length > most) throw new AwsError('413', `HTTP content length exceeded ${most} bytes.`, 413);
  return Buffer.concat(parts);
}
