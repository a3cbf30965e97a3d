import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Policy } from '../endpoint/tracking.ts';
import { signedFor } from './request.ts';
import { dimension, policyOf, type ScalingPolicy, type Target } from './scaling-policies.ts';

/** Bytes of an object that is read or unpacked as a whole: what SageMaker takes for an asynchronous invocation. */
const largestObject = 1024 ** 3;

const tooLarge = (most = largestObject) =>
  new Error(`it has more than ${most} bytes, as many as ml-container-creator local takes of one object`);

/** What gzip has packed, up to so many bytes. */
export function unpacked(object: Buffer, most = largestObject): Buffer {
  try {
    return gunzipSync(object, { maxOutputLength: most });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(most) : error;
  }
}

/** Calls to other parts of AWS, as they are at the service's own address. */
export class Others {
  readonly #url: () => string;

  /** Calls go to a URL that is known once the service listens. */
  constructor(url: () => string) {
    this.#url = url;
  }

  /** An object of S3. */
  async read(region: string, uri: string): Promise<Buffer> {
    return this.#s3(region, uri);
  }

  /** The URIs of all objects whose own starts like this, but for those that stand for folders. */
  async list(region: string, prefix: string): Promise<string[]> {
    const [, bucket = '', start = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(prefix) ?? [];
    const found: string[] = [];
    let token: string | undefined;
    do {
      const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix: start });
      if (token) query.set('continuation-token', token);
      const answer = (await this.#s3(region, `s3://${bucket}`, {}, `?${query}`)).toString();
      for (const [, key = ''] of answer.matchAll(/<Key>([^<]*)<\/Key>/g))
        if (!key.endsWith('/')) found.push(`s3://${bucket}/${decodeURIComponent(key.replaceAll('+', ' '))}`);
      token = /<NextContinuationToken>([^<]*)</.exec(answer)?.[1];
    } while (token);
    return found;
  }

  async write(region: string, uri: string, body: Buffer, contentType: string): Promise<void> {
    await this.#s3(region, uri, { method: 'PUT', body, contentType });
  }

  /** The first of these alarms that has gone off. */
  async alarm(region: string, names: readonly string[]): Promise<string | undefined> {
    const form = new URLSearchParams({
      Action: 'DescribeAlarms',
      Version: '2010-08-01',
      StateValue: 'ALARM',
    });
    for (const [index, name] of names.entries()) form.set(`AlarmNames.member.${index + 1}`, name);
    const response = await fetch(this.#url(), {
      method: 'POST',
      body: form,
      headers: { Authorization: signedFor(region, 'monitoring') },
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`The alarms cannot be asked for (${response.status}).`);
    return /<AlarmName>([^<]*)<\/AlarmName>/.exec(answer)?.[1];
  }

  /** Policies of Application Auto Scaling that track the requests of endpoints' instances. */
  async policies(region: string): Promise<Policy[]> {
    const targets = await this.#scaling<Target>(region, 'DescribeScalableTargets', 'ScalableTargets');
    if (!targets.length) return [];
    const policies = await this.#scaling<ScalingPolicy>(region, 'DescribeScalingPolicies', 'ScalingPolicies');
    return policies.flatMap((policy) => policyOf(targets, policy));
  }

  /** All pages of what Application Auto Scaling has for instances of endpoints. */
  async #scaling<T>(region: string, operation: string, member: string): Promise<T[]> {
    const found: T[] = [];
    let NextToken: string | undefined;
    do {
      const response = await fetch(this.#url(), {
        method: 'POST',
        body: JSON.stringify({ ServiceNamespace: 'sagemaker', ScalableDimension: dimension, NextToken }),
        headers: {
          Authorization: signedFor(region, 'application-autoscaling'),
          'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': `AnyScaleFrontendService.${operation}`,
        },
      });
      if (!response.ok) throw new Error(`Application Auto Scaling answers ${response.status}`);
      const page = (await response.json()) as { NextToken?: string } & Record<string, T[]>;
      found.push(...(page[member] ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  }

  /** Asks for a path as it is: fetch, as a browser, would take `..` in a key for the folder above. */
  async #s3(region: string, uri: string, sent: Sent = {}, query = ''): Promise<Buffer> {
    const path = uri
      .replace(/^s3:\/\//, '')
      .split('/')
      .map(encodeURIComponent)
      .join('/');
    const { method = 'GET', body, contentType } = sent;
    const { hostname: host, port } = new URL(this.#url());
    const headers = {
      Authorization: signedFor(region, 's3'),
      ...(contentType && { 'Content-Type': contentType }),
      ...(body && { 'Content-Length': body.length }),
    };
    const asked = request({ host, port, method, path: `/${path}${query}`, headers });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200 || Number(answer.headers['content-length'] ?? 0) > largestObject) {
      answer.destroy();
      throw answer.statusCode === 200 ? tooLarge() : new Error(`S3 answers ${answer.statusCode} for ${uri}`);
    }
    return buffer(answer);
  }
}

interface Sent {
  readonly method?: 'PUT';
  readonly body?: Buffer;
  readonly contentType?: string;
}
