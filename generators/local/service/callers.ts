import type { IncomingMessage, ServerResponse } from 'node:http';

/** Names of this machine that no name server can give to another one. */
const here = /^(127\.0\.0\.1|([a-z0-9.-]+\.)?localhost)(:\d+)?$/i;

/**
 * Whether a request may come from a page of somebody else in a browser on this machine: under a name of its own that
 * leads here, or across origins. It needs no credentials, and could start containers.
 */
const isOfPage = ({ headers }: IncomingMessage) =>
  !here.test(headers.host ?? '') ||
  headers.origin !== undefined ||
  !['none', 'same-origin'].includes(String(headers['sec-fetch-site'] ?? 'none'));

/** Answers programs alone, and what a person has typed into a browser. */
export function withoutPages(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (isOfPage(request)) refuse(request, response);
    else handle(request, response);
  };
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const message = 'ml-container-creator local answers programs that ask 127.0.0.1, and no web pages\n';
  response.writeHead(403, { 'Content-Type': 'text/plain', 'Content-Length': message.length }).end(message);
}
