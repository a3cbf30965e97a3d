import type { Instance } from '../instances/instances.ts';

const GB = 1e9;

/** Bytes in a second, on the slow side of what is seen. */
const speed = {
  /** From S3 to the instance, of files and of an archive that is unpacked on the way by one process. */
  's3-prefix': 200e6,
  's3-archive': 50e6,
  /** From the Hub, which the container does itself. */
  hub: 50e6,
  /** From the disk to the GPUs; SageMaker's volumes give 250 MB/s. */
  load: 200e6,
} as const;

/** Seconds to start Python and CUDA, compile, and record CUDA graphs. */
const engine = 300;

/** SageMaker's own when nothing is said: 8 minutes. */
const ownStartUp = 480;

/** AWS's LMI examples take this, for models of all sizes. */
const unknownSize = 1800;

/** Fields of a production variant, named as in the API but for the first letter. */
export interface StartUp {
  readonly modelDataDownloadTimeoutInSeconds?: number;
  readonly containerStartupHealthCheckTimeoutInSeconds: number;
  /** In GB; absent where the type has a disk of its own, or the usual volume suffices. */
  readonly volumeSizeInGB?: number;
}

/** How long a model may take to arrive and to load, and the room that it needs on the disk. */
export function startUp(
  weightsBytes: number | undefined,
  source: 's3-prefix' | 's3-archive' | 'hub',
  instance: Instance,
): StartUp {
  const transfer = weightsBytes === undefined ? unknownSize : weightsBytes / speed[source];
  const load = weightsBytes === undefined ? unknownSize : engine + weightsBytes / speed.load;
  const volume = weightsBytes === undefined ? undefined : volumeFor(weightsBytes, source, instance);
  return {
    // A minute to begin with, and twice the time that it should take.
    ...(source !== 'hub' && { modelDataDownloadTimeoutInSeconds: allowed(60 + 2 * transfer) }),
    containerStartupHealthCheckTimeoutInSeconds: allowed(
      Math.max(ownStartUp, load + (source === 'hub' ? transfer : 0)),
    ),
    ...(volume && { volumeSizeInGB: volume }),
  };
}

/** Whole minutes within the limits of the API. */
function allowed(seconds: number): number {
  return Math.min(3600, Math.max(60, Math.ceil(seconds / 60) * 60));
}

/** SageMaker gives 30 GB, and refuses a size on types with local NVMe. */
function volumeFor(bytes: number, source: string, instance: Instance): number | undefined {
  if (instance.vCPU === undefined || instance.localStorageGB) return undefined;
  // An archive may lie beside what it holds; 10 GB are for caches and logs.
  const needed = Math.ceil(((source === 's3-archive' ? 2 : 1) * bytes) / GB) + 10;
  return needed > 30 ? Math.min(512, needed) : undefined;
}
