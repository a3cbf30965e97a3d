import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { isOwn } from '../service/request.ts';
import { calledBy } from './calls.ts';
import type { Faults } from './faults.ts';
import { refuseCall } from './refusal.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Lets calls of AWS fail that are to; calls of the service itself never do. */
export function withFaults(faults: Faults, handle: Handle): Handle {
  if (faults.areNone) return handle;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const called = isOwn(request) ? undefined : await calledBy(request);
    const how = called && faults.ofCall(called.operation);
    if (!how) handle(request, response);
    else if (how === 'cut-before') request.socket.destroy();
    else if (how === 'cut-after') handle(request, lost(request));
    else {
      // What the client is still sending.
      request.resume();
      refuseCall(response, called, how);
    }
  };
  return (request, response) => void answer(request, response).catch(() => request.socket.destroy());
}

/** An answer that reaches nobody: once it is whole, the connection of its request is cut. */
function lost(request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() });
  response.assignSocket(nowhere as unknown as Socket);
  response.on('finish', () => request.socket.destroy());
  return response;
}
