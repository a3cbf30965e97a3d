import type { Instance } from '../instances/instances.ts';

/** What an endpoint needs to get a model and to start with it: members of its production variant. */
export interface StartUp {
  readonly modelDataDownloadTimeoutInSeconds?: number;
  readonly containerStartupHealthCheckTimeoutInSeconds?: number;
  readonly volumeSizeInGB?: number;
}

/** For weights of so many bytes, where that is known. */
export function startUp(
  _weightsBytes: number | undefined,
  source: 's3' | 'hub',
  _instance: Instance,
): StartUp {
  const longest = 3600;
  return {
    ...(source === 's3' && { modelDataDownloadTimeoutInSeconds: longest }),
    containerStartupHealthCheckTimeoutInSeconds: longest,
  };
}
