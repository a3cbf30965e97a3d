import type { Policy } from '../endpoint/tracking.ts';
import { signedFor } from './request.ts';
import { dimension, policyOf, type ScalingPolicy, type Target } from './scaling-policies.ts';

/** Calls to other parts of AWS, as they are at the service's own address. */
export class Others {
  readonly #url: () => string;

  /** Calls go to a URL that is known once the service listens. */
  constructor(url: () => string) {
    this.#url = url;
  }

  /** An object of S3. */
  async read(region: string, uri: string): Promise<Buffer> {
    const response = await this.#s3(region, uri, {});
    return Buffer.from(await response.arrayBuffer());
  }

  /** The URIs of all objects whose own starts like this, but for those that stand for folders. */
  async list(region: string, prefix: string): Promise<string[]> {
    const [, bucket = '', start = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(prefix) ?? [];
    const found: string[] = [];
    let token: string | undefined;
    do {
      const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix: start });
      if (token) query.set('continuation-token', token);
      const answer = await (await this.#s3(region, `s3://${bucket}`, {}, `?${query}`)).text();
      for (const [, key = ''] of answer.matchAll(/<Key>([^<]*)<\/Key>/g))
        if (!key.endsWith('/')) found.push(`s3://${bucket}/${decodeURIComponent(key.replaceAll('+', ' '))}`);
      token = /<NextContinuationToken>([^<]*)</.exec(answer)?.[1];
    } while (token);
    return found;
  }

  async write(region: string, uri: string, body: Buffer, contentType: string): Promise<void> {
    await this.#s3(region, uri, { method: 'PUT', body, headers: { 'Content-Type': contentType } });
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

  async #s3(region: string, uri: string, init: RequestInit, query = ''): Promise<Response> {
    const path = uri
      .replace(/^s3:\/\//, '')
      .split('/')
      .map(encodeURIComponent)
      .join('/');
    const response = await fetch(`${this.#url()}/${path}${query}`, {
      ...init,
      headers: { ...init.headers, Authorization: signedFor(region, 's3') },
    });
    if (!response.ok) throw new Error(`S3 answers ${response.status} for ${uri}`);
    return response;
  }
}
