import type { Group } from './check.ts';
import { batch } from './checks/batch.ts';
import { concurrency } from './checks/concurrency.ts';
import { connections } from './checks/connections.ts';
import { environment } from './checks/environment.ts';
import { errors } from './checks/errors.ts';
import { files } from './checks/files.ts';
import { health } from './checks/health.ts';
import { image } from './checks/image.ts';
import { invocations } from './checks/invocations.ts';
import { lines } from './checks/lines.ts';
import { logs } from './checks/logs.ts';
import { multiModel } from './checks/multi-model.ts';
import { resources } from './checks/resources.ts';
import { shutdown } from './checks/shutdown.ts';
import { startUp } from './checks/start-up.ts';
import { surroundings } from './checks/surroundings.ts';
import { timeOuts, transfer } from './checks/transfer.ts';

/** The hosting contract, in the order in which it is checked. */
export const contract: readonly Group[] = [
  { name: 'start-up', checks: startUp },
  { name: 'health', checks: health },
  { name: 'invocations', checks: [...invocations, ...lines] },
  { name: 'errors', checks: errors },
  { name: 'transfer', checks: transfer },
  { name: 'protocol', checks: connections },
  { name: 'concurrency', checks: concurrency },
  { name: 'resources', checks: resources },
  { name: 'files', checks: files },
  { name: 'environment', checks: [...environment, ...surroundings] },
  { name: 'logs', checks: logs },
  { name: 'batch', checks: batch },
  { name: 'multi-model', checks: multiModel },
  { name: 'image', checks: image },
  { name: 'shutdown', checks: shutdown },
  { name: 'time-outs', checks: timeOuts },
];
