import type { Address } from '../http.ts';
import type { Declaration } from './declaration.ts';

/** A user that no image has: serverless endpoints run containers as another one than the image's. */
export const noUser = '12345:12345';

/** How a container is to be started; left out is as SageMaker does it. */
export interface Conditions {
  /** The model directory: as given, empty, with every file cut to half, or as multi-model endpoints have it. */
  readonly model?: 'missing' | 'corrupt' | 'several';
  readonly modelWritable?: boolean;
  /** A process finds its model at /opt/ml/model, too, where `canMount` says that this can be had. */
  readonly mounted?: boolean;
  /** As `mounted`, and a process gets no more from us than hosting gives: no SM_MODEL_DIR, no port but the usual one. */
  readonly asHosted?: boolean;
  /** No file can be written but below /tmp. */
  readonly rootReadOnly?: boolean;
  /** `uid:gid` instead of the image's own. */
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that a process gets none of. */
  readonly unset?: readonly string[];
  /** SAGEMAKER_SAFE_PORT_RANGE, on a host that is shared: SAGEMAKER_BIND_TO_PORT then names the port. */
  readonly safePorts?: string;
}

export interface Ended {
  /** 128 + n after signal n, as Docker has it. */
  readonly code: number;
  /** Whether a signal ended it, for which it had no handler; undefined where nobody can tell. */
  readonly bySignal?: boolean;
  /** How many processes it left in the background, which end with it; undefined in the first moment, and where nobody can tell. */
  left?: number;
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Resident memory, in pages. */
  readonly pages: number;
  readonly name: string;
}

/** What processes hold; each is a count but the bytes of resident memory. */
export interface Usage {
  readonly files: number;
  readonly threads: number;
  readonly zombies: number;
  readonly temporary: number;
  readonly bytes: number;
}

/** A socket that waits for connections. */
export interface Listener {
  readonly port: number;
  readonly loopback: boolean;
  /** An address of IPv6, which may take connections by IPv4, too. */
  readonly v6: boolean;
}

/** Something that was started, or ran already, and speaks HTTP. */
export interface Container {
  readonly address: Address;
  /** Set once it has ended. */
  readonly ended: Ended | undefined;
  /** Where its model lies, as it sees it. */
  readonly model: string;
  /** Everything that it printed until now. */
  log(): string;
  /** Stops it at once, and removes what it leaves. */
  remove(): Promise<void>;
  /** Turns to the usual port where it listens there and not on the one that it was given. */
  findPort?(): Promise<void>;
  /** SIGTERM to its first process, as SageMaker sends it; absent where we did not start it. */
  terminate?(): void;
  /** SIGHUP to it, as when its terminal is closed. */
  hangUp?(): void;
  /** A look inside, where that can be had. */
  readonly inside?: Inside;
}

export interface Inside {
  /** Where its address leads to: another port where Docker publishes it. */
  readonly port: number;
  /** The first one is what was started. */
  processes(): Promise<Process[]>;
  kill(pid: number): Promise<void>;
  /** Whether the first process has a handler for SIGTERM; absent where it really is the first one, and shows it. */
  catchesTerm?(): boolean;
  /** The same for SIGHUP. */
  catchesHup?(): boolean;
  /** What all its processes hold together. */
  usage(): Promise<Usage>;
  listeners(): Promise<Listener[]>;
  /** Files that were made, changed or deleted in the model directory, or in that of several models. */
  modelChanges(): Promise<string[]>;
  /** The same elsewhere, but below /tmp. */
  otherChanges(): Promise<string[]>;
}

/** A way to get containers. */
export interface Source {
  readonly kind: 'process' | 'image' | 'url';
  /** What is checked, in the user's words. */
  readonly title: string;
  /** The file that is started, where it lies on this machine. */
  readonly program?: string;
  /** What the image's configuration or the Dockerfile says. */
  readonly declaration?: Declaration;
  /** Whether it was given a model that it can take away again. */
  readonly hasModel: boolean;
  /** Whether what it starts has no way out to the network. */
  readonly isolated?: boolean;
  /** Whether a process can be given its model at /opt/ml/model. */
  canMount?(): Promise<boolean>;
  start(conditions: Conditions): Promise<Container>;
  /** Removes what starting left behind. */
  close(): Promise<void>;
}
