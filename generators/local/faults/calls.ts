import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { invocationOf } from '../service/invocation-input.ts';
import { scopeOf } from '../service/request.ts';

/** A call of AWS: its service, its operation, and in which form it is answered. */
export interface Called {
  readonly service: string;
  readonly operation: string;
  readonly form: 'json' | 'query' | 's3' | 'runtime';
}

/** What a request calls; undefined where it is no call of AWS, or in a form that is not known here. */
export async function calledBy(request: IncomingMessage): Promise<Called | undefined> {
  const service = scopeOf(request)?.service;
  if (!service) return undefined;
  const target = request.headers['x-amz-target'];
  if (target) return { service, operation: String(target).replace(/^.*\./, ''), form: 'json' };
  const invoked = service === 'sagemaker' && invocationOf(request)?.operation;
  if (invoked) return { service, operation: invoked, form: 'runtime' };
  if (service === 's3') return { service, operation: s3Operation(request), form: 's3' };
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '')) return undefined;
  const operation = new URLSearchParams(await beginning(request)).get('Action') ?? '';
  return { service, operation, form: 'query' };
}

/** The first part of a body, which is still there to be read. */
async function beginning(request: IncomingMessage): Promise<string> {
  while (!request.readableEnded && !request.destroyed) {
    const part: Buffer | null = request.read();
    if (part) {
      request.unshift(part);
      return part.toString('latin1');
    }
    await Promise.race([once(request, 'readable'), once(request, 'end')]);
  }
  return '';
}

/** Operations on objects by method and parameter, and those on buckets and parameters that have names of their own. */
const s3: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  object: {
    GET: 'GetObject',
    HEAD: 'HeadObject',
    PUT: 'PutObject',
    DELETE: 'DeleteObject',
    'POST uploads': 'CreateMultipartUpload',
    'PUT partNumber': 'UploadPart',
    'POST uploadId': 'CompleteMultipartUpload',
    'DELETE uploadId': 'AbortMultipartUpload',
    'GET uploadId': 'ListParts',
    'GET tagging': 'GetObjectTagging',
    'PUT tagging': 'PutObjectTagging',
  },
  bucket: {
    GET: 'ListObjects',
    HEAD: 'HeadBucket',
    PUT: 'CreateBucket',
    DELETE: 'DeleteBucket',
    'GET list-type': 'ListObjectsV2',
    'GET versions': 'ListObjectVersions',
    'GET uploads': 'ListMultipartUploads',
    'GET location': 'GetBucketLocation',
    'POST delete': 'DeleteObjects',
    'GET versioning': 'GetBucketVersioning',
    'PUT versioning': 'PutBucketVersioning',
    'GET encryption': 'GetBucketEncryption',
    'PUT encryption': 'PutBucketEncryption',
    'PUT publicAccessBlock': 'PutPublicAccessBlock',
    'GET publicAccessBlock': 'GetPublicAccessBlock',
    'PUT tagging': 'PutBucketTagging',
    'GET tagging': 'GetBucketTagging',
    'PUT lifecycle': 'PutBucketLifecycleConfiguration',
    'GET policy': 'GetBucketPolicy',
    'PUT policy': 'PutBucketPolicy',
  },
};

/** The name of a call of S3, by its method, path and parameters; empty where it is none of the usual. */
function s3Operation({ method = '', url = '/', headers }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, 'http://local');
  const [bucket = '', ...keys] = pathname.slice(1).split('/');
  const key = keys.join('/');
  if (!bucket) return 'ListBuckets';
  const names = s3[key ? 'object' : 'bucket'] ?? {};
  if (key && method === 'PUT' && headers['x-amz-copy-source'])
    return searchParams.has('partNumber') ? 'UploadPartCopy' : 'CopyObject';
  const special = [...searchParams.keys()].map((name) => names[`${method} ${name}`]).find(Boolean);
  return special ?? names[method] ?? '';
}
