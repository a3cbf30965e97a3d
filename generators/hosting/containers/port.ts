import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkError } from '../../settings/problems.ts';

/** Below those that a system gives to connections: one of them could take a port before the server that it is for. */
const range = [21_000, 32_000] as const;

class Port {
  readonly number: number;
  #lock: Socket | undefined;

  constructor(number: number, lock: Socket) {
    this.number = number;
    this.#lock = lock;
  }

  /** Does nothing the second time. */
  release(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }
}

/**
 * A TCP port that nobody listens on, and that no other run gets until it is released: two servers on one port would be
 * taken for each other. The UDP port of the same number is its lock, which ends with the process.
 */
export async function reservePort(): Promise<Port> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const number = randomInt(...range);
    const lock = createSocket('udp4').unref();
    lock.bind({ port: number, address: '127.0.0.1', exclusive: true });
    const locked = await once(lock, 'listening').catch(() => false);
    if (locked && (await isFree(number))) return new Port(number, lock);
    lock.close();
  }
  throw new WorkError(`no port between ${range.join(' and ')} is free`);
}

/** A port of that number, once no other run has it. Throws WorkError where something else listens there. */
export async function takePort(number: number): Promise<Port> {
  const end = performance.now() + 30_000;
  do {
    const lock = createSocket('udp4').unref();
    lock.bind({ port: number, address: '127.0.0.1', exclusive: true });
    if (await once(lock, 'listening').catch(() => false)) {
      if (await isFree(number)) return new Port(number, lock);
      lock.close();
      break;
    }
    await sleep(200);
  } while (performance.now() < end);
  throw new WorkError(`port ${number} is taken by something else on this machine`);
}

/** Whether nobody listens on a TCP port. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  const free = await once(server, 'listening').catch(() => false);
  if (free) await once(server.close(), 'close');
  return Boolean(free);
}
