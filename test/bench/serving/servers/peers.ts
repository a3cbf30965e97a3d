import { join } from 'node:path';
import { repository } from '../../../harness.ts';

/** A file of the server of this name that `verify` is tried on: the same tool, in the same version. */
export const peerFile = (peer: string, file: string) => join(repository, 'test/peers', peer, file);
