import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A Hugging Face Hub on this machine, with one repository at one commit. */
export interface Hub {
  readonly url: string;
  readonly server: Server;
  /** Paths of the files that were sent, in order. */
  readonly sent: string[];
}

/** Serves the files, by their paths, to whoever has the token. */
export async function startHub(
  id: string,
  commit: string,
  files: Readonly<Record<string, string | Buffer>>,
  token: string,
): Promise<Hub> {
  const sent: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(/\?.*/, '');
    const file = path.split(`/${id}/resolve/${commit}/`)[1];
    const contents = files[file ?? ''];
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401, { 'x-error-code': 'GatedRepo', 'x-error-message': 'sign in' }).end();
    } else if (file !== undefined && contents !== undefined) {
      if (request.method === 'GET') sent.push(file);
      response.writeHead(200, {
        'content-length': Buffer.byteLength(contents),
        // By it, the client's cache tells files apart.
        etag: `"${createHash('sha1').update(file).digest('hex')}"`,
        'x-repo-commit': commit,
      });
      response.end(request.method === 'HEAD' ? undefined : contents);
    } else if (path === `/api/models/${id}/revision/${commit}`) {
      const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ id, sha: commit, siblings, tags: [], downloads: 0, likes: 0, private: true }),
      );
    } else if (path === `/api/models/${id}/tree/${commit}`) {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          Object.entries(files).map(([path, text]) => ({
            ...{ type: 'file', path, size: Buffer.byteLength(text), oid: '0'.repeat(40) },
          })),
        ),
      );
    } else response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, sent };
}
