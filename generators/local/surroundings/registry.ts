import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { writeWhole } from '../state.ts';

/** What a repository has under a tag or a digest. */
export interface Manifest {
  readonly mediaType: string;
  readonly digest: string;
  /** As it was pushed: its digest is that of these bytes. */
  readonly content: string;
}

/** Why a registry refuses something, in the words of the distribution protocol. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * The calls of the distribution protocol that `docker push` and `docker pull` make, over files in one folder. Blobs are
 * shared by all repositories; `onPush` may refuse a manifest by a Refusal.
 */
export class Registry {
  readonly #folder: string;
  readonly #onPush: (repository: string, tag: string | undefined, manifest: Manifest) => Promise<void>;

  constructor(
    folder: string,
    onPush: (repository: string, tag: string | undefined, manifest: Manifest) => Promise<void>,
  ) {
    this.#folder = folder;
    this.#onPush = onPush;
  }

  /** Answers a request whose path starts with /v2/. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    try {
      await this.#answer(request, response);
    } catch (error) {
      const { status, code, message } =
        error instanceof Refusal ? error : new Refusal(500, 'UNKNOWN', String(error));
      // What is not read would keep the connection from its next request.
      request.resume();
      if (response.headersSent) response.destroy();
      else json(response, status, { errors: [{ code, message }] });
    }
  }

  /** Stores a manifest under its digest, and under a tag where it has one. */
  async putManifest(
    repository: string,
    reference: string,
    content: string,
    type?: string,
  ): Promise<Manifest> {
    const digest = digestOf(content);
    if (isDigest(reference) && reference !== digest)
      throw new Refusal(400, 'DIGEST_INVALID', `what was sent is ${digest} and not ${reference}`);
    const mediaType = mediaTypeOf(content) ?? type ?? '';
    const manifest = { mediaType, digest, content };
    await this.#onPush(repository, isDigest(reference) ? undefined : reference, manifest);
    const folder = this.#repository(repository);
    await mkdir(folder, { recursive: true });
    for (const name of new Set([digest, reference]))
      writeWhole(join(folder, fileName(name)), JSON.stringify(manifest));
    return manifest;
  }

  /** Stores bytes; their digest. */
  async putBlob(content: string): Promise<string> {
    const digest = digestOf(content);
    await mkdir(join(this.#folder, 'blobs'), { recursive: true });
    writeWhole(this.#blob(digest), content);
    return digest;
  }

  async manifest(repository: string, reference: string): Promise<Manifest | undefined> {
    const file = join(this.#repository(repository), fileName(reference));
    return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
  }

  /** What an image's manifest says of it: architecture, labels; undefined where the manifest is that of a list. */
  async configuration({ content }: Manifest): Promise<Configuration | undefined> {
    const { config } = JSON.parse(content) as { config?: { digest: string } };
    const file = config && this.#blob(config.digest);
    return file && existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry');
    const method = request.method ?? '';
    if (pathname === '/v2/') return json(response, 200, {});
    const [, repository = '', kind, last = ''] =
      /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/([^/]*)$/.exec(pathname) ?? [];
    if (kind === 'manifests') return this.#manifests(request, response, repository, last);
    if (kind === 'blobs' && (method === 'GET' || method === 'HEAD'))
      return this.#blobs(method, response, last);
    if (kind === 'blobs/uploads') return this.#uploads(request, response, repository, last, searchParams);
    throw new Refusal(404, 'UNSUPPORTED', `there is no ${method} ${pathname}`);
  }

  async #manifests(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    reference: string,
  ): Promise<void> {
    if (request.method === 'PUT') {
      const type = request.headers['content-type'];
      const { digest } = await this.putManifest(repository, reference, await text(request), type);
      const Location = `/v2/${repository}/manifests/${digest}`;
      response.writeHead(201, { Location, 'Docker-Content-Digest': digest }).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new Refusal(405, 'UNSUPPORTED', `there is no ${request.method} of manifests: ECR deletes images`);
    const found = await this.manifest(repository, reference);
    if (!found) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
    response
      .writeHead(200, {
        'Content-Type': found.mediaType,
        'Content-Length': Buffer.byteLength(found.content),
        'Docker-Content-Digest': found.digest,
      })
      .end(request.method === 'HEAD' ? undefined : found.content);
  }

  async #blobs(method: string, response: ServerResponse, digest: string): Promise<void> {
    const file = this.#blob(digest);
    const found = await stat(file).catch(() => undefined);
    if (!found) throw new Refusal(404, 'BLOB_UNKNOWN', `there is no layer ${digest}`);
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': found.size,
      'Docker-Content-Digest': digest,
    });
    if (method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
  }

  /** A blob is begun by POST, goes on by PATCH, and is whole with the PUT that tells its digest. */
  async #uploads(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    upload: string,
    query: URLSearchParams,
  ): Promise<void> {
    const done = (digest: string) =>
      void response
        .writeHead(201, {
          Location: `/v2/${repository}/blobs/${digest}`,
          'Docker-Content-Digest': digest,
        })
        .end();
    if (request.method === 'POST') {
      const mounted = query.get('mount');
      if (mounted && existsSync(this.#blob(mounted))) return done(mounted);
    }
    const id = request.method === 'POST' ? randomUUID() : upload;
    const file = join(this.#folder, 'uploads', fileName(id));
    if (request.method === 'POST') {
      for (const name of ['uploads', 'blobs']) await mkdir(join(this.#folder, name), { recursive: true });
      await writeFile(file, '');
    } else if (!existsSync(file)) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', `there is no upload ${id}`);
    if (request.method === 'DELETE') {
      await rm(file);
      response.writeHead(204).end();
      return;
    }
    if (request.method !== 'GET') await pipeline(request, createWriteStream(file, { flags: 'a' }));
    const digest = query.get('digest');
    if (digest && request.method !== 'GET') {
      const found = await hashOf(file);
      if (found !== digest) {
        await rm(file);
        throw new Refusal(400, 'DIGEST_INVALID', `what was sent is ${found} and not ${digest}`);
      }
      await rename(file, this.#blob(digest));
      return done(digest);
    }
    const { size } = await stat(file);
    response
      .writeHead(request.method === 'GET' ? 204 : 202, {
        Location: `/v2/${repository}/blobs/uploads/${id}`,
        'Docker-Upload-UUID': id,
        Range: `0-${Math.max(0, size - 1)}`,
        'Content-Length': 0,
      })
      .end();
  }

  #repository(name: string): string {
    return join(this.#folder, 'repositories', fileName(name));
  }

  #blob(digest: string): string {
    return join(this.#folder, 'blobs', fileName(digest));
  }
}

/** What an image's configuration has of interest here. */
export interface Configuration {
  readonly architecture?: string;
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> };
}

/** Names come from clients: none of them may lead elsewhere. */
const fileName = (name: string) =>
  encodeURIComponent(name).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'));

const isDigest = (reference: string) => reference.startsWith('sha256:');

const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}`;
}

/** Of what is no JSON, none: such a manifest is refused. */
function mediaTypeOf(content: string): string | undefined {
  try {
    return (JSON.parse(content) as { mediaType?: string }).mediaType;
  } catch {
    throw new Refusal(400, 'MANIFEST_INVALID', 'the manifest is no JSON');
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
    .end(body);
}
