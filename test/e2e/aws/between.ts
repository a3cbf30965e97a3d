import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { calledBy } from '../../../generators/local/faults/calls.ts';
import { refuseCall } from '../../../generators/local/faults/refusal.ts';
import { tempFolder } from '../../harness.ts';

/** What becomes of a call. A call is all that the AWS CLI tries for it. */
export type Fault =
  /** Refused at its first two tries. */
  | 'throttled'
  /** The operation is refused from here on. */
  | 'denied'
  /** Nothing of this run reaches AWS any more. */
  | 'cut'
  /** It is done, and no answer arrives: at the first try, or at any. */
  | 'lost once'
  | 'lost'
  /** It is done, and the script is killed, with all that it has started. */
  | 'killed';

/** A call goes on once this has. */
type Meanwhile = (operation: string) => Promise<void>;

interface Plan {
  /** Which of a run's calls, from 1 on; 0 for each. */
  readonly nth: number;
  readonly fault?: Fault;
  readonly meanwhile?: Meanwhile;
}

export interface Ended {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its calls of AWS, in their order. */
  readonly calls: readonly string[];
  /** Those that have changed something. */
  readonly changes: readonly string[];
}

interface Run {
  readonly plan: Plan;
  /** By the CLI's own id of each call, how often it was tried. */
  readonly tries: Map<string, number>;
  readonly calls: string[];
  readonly changes: string[];
  readonly kill: () => void;
}

/** Operations that change nothing. */
export const reading = /^(Get|List|Describe|Head|Filter)/;

/** A proxy between scripts and AWS, which knows whose call of which run a request is. */
export interface Between {
  run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, plan?: Plan): Promise<Ended>;
  readonly close: () => void;
}

export async function between(upstream: string): Promise<Between> {
  const runs = new Map<string, Run>();
  const to = new URL(upstream);

  /** Sends a request on; its answer is whole when this is done. The status of the answer. */
  async function forward(incoming: IncomingMessage, response?: ServerResponse): Promise<number> {
    const { method, url, headers } = incoming;
    const { expect: _, ...others } = headers;
    const sent = ask(new URL(url ?? '/', to), { method, headers: { ...others, host: to.host } });
    incoming.pipe(sent);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const { statusCode = 500 } = answer;
    if (response) {
      response.writeHead(statusCode, answer.headers);
      answer.pipe(response);
      await once(response, 'close');
    } else await text(answer);
    return statusCode;
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = ''] = /\bapp\/(\S+)/.exec(incoming.headers['user-agent'] ?? '') ?? [];
    const run = runs.get(id);
    const called = await calledBy(incoming);
    if (!run || !called) {
      await forward(incoming, response);
      return;
    }
    const pass = async (...to: ServerResponse[]) => {
      const status = await forward(incoming, ...to);
      if (status < 300 && !reading.test(called.operation)) run.changes.push(called.operation);
    };
    const call = String(incoming.headers['amz-sdk-invocation-id']);
    const tries = (run.tries.get(call) ?? 0) + 1;
    run.tries.set(call, tries);
    if (tries === 1) run.calls.push(called.operation);
    const nth = [...run.tries.keys()].indexOf(call) + 1;
    const { plan } = run;
    const meant = plan.nth === 0 || nth === plan.nth;
    const after = plan.nth > 0 && nth >= plan.nth;
    if (meant && tries === 1) await plan.meanwhile?.(called.operation);
    const refused = plan.fault === 'denied' && after && called.operation === run.calls[plan.nth - 1];
    if (plan.fault === 'cut' && after) incoming.socket.destroy();
    else if (refused || (plan.fault === 'throttled' && meant && tries < 3)) {
      incoming.resume();
      refuseCall(response, called, refused ? 'AccessDeniedException' : 'ThrottlingException');
    } else if (meant && (plan.fault === 'lost' || (plan.fault === 'lost once' && tries === 1))) {
      await pass();
      incoming.socket.destroy();
    } else if (meant && plan.fault === 'killed') {
      await pass();
      run.kill();
      incoming.socket.destroy();
    } else await pass(response);
  }

  const server = createServer(
    (incoming, response) => void handle(incoming, response).catch(() => incoming.socket.destroy()),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    async run(file, args, env, plan = { nth: 0 }) {
      const id = `run-${runs.size}`;
      const started = spawn(file, args, {
        cwd: tempFolder(),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...env, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_SDK_UA_APP_ID: id },
      });
      const calls: string[] = [];
      const changes: string[] = [];
      const kill = () => process.kill(-(started.pid ?? 0), 'SIGKILL');
      runs.set(id, { plan, tries: new Map(), calls, changes, kill });
      const [stdout, stderr, [code]] = await Promise.all([
        text(started.stdout),
        text(started.stderr),
        once(started, 'close') as Promise<[number | null]>,
      ]);
      return { code, stdout, stderr, calls, changes };
    },
    close: () => void server.close(),
  };
}
