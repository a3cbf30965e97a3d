import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Secrets Manager on this machine, as far as reading goes: whatever is asked for holds this text. */
export async function startSecrets(text: string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ Name: 'secret', SecretString: text }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
