import type { Instance } from '../instances/instances.ts';
import { partitionOf } from '../instances/partitions.ts';
import type { Cuda, Server, Support } from '../kinds.ts';
import { inferenceAmiVersion } from '../models/drivers.ts';
import { type StartUp, startUp } from '../models/start-up.ts';
import type { Key, Settings } from '../settings/schema.ts';
import type { Origin } from './origin.ts';

/** Members of the endpoint's production variant, beside those that every one has. */
export interface Hosts extends Partial<StartUp> {
  readonly inferenceAmiVersion?: string;
}

/** The environment variables of the container: the settings, what follows from the hardware, and where the model is. */
export function environmentOf(
  settings: Settings,
  server: Server,
  origin: Origin,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const given = Object.entries(server.environment ?? {}).flatMap(([key, variable]) => {
    const value = settings[key as Key];
    return value === undefined ? [] : [[variable, String(value)] as const];
  });
  const { hfTokenSecretArn: secret } = settings;
  return {
    ...Object.fromEntries(given),
    ...more,
    ...(origin.kind === 'hub' && {
      HF_MODEL_ID: origin.id,
      ...(origin.revision && { HF_MODEL_REVISION: origin.revision }),
      ...(secret && { HF_TOKEN_SECRET_ARN: secret }),
    }),
  };
}

/** For models of so many bytes, where that is known; nothing for images that use no GPU. */
export function hostsOf(
  instance: Instance,
  cuda: Cuda | undefined,
  origin: Origin,
  weightsBytes: number | undefined,
): Hosts {
  if (!cuda) return {};
  const ami = inferenceAmiVersion(instance, cuda);
  return {
    ...(ami && { inferenceAmiVersion: ami }),
    ...startUp(weightsBytes, transferOf(origin), instance),
  };
}

function transferOf({ kind }: Origin): Parameters<typeof startUp>[1] {
  if (kind === 'hub') return 'hub';
  return kind === 'archive' || kind === 's3-archive' ? 's3-archive' : 's3-prefix';
}

/** What the image of a stack brings, on such an instance. */
export function cudaOf(instance: Instance, server: Server, support: Support): Cuda | undefined {
  return server.image.cuda ?? (instance.accelerator?.kind === 'nvidia-gpu' ? support.cuda : undefined);
}

/** In the short syntax of the AWS CLI, whose names start with a capital. */
export function variantOptions(hosts: Hosts): string {
  return Object.entries(hosts)
    .map(([name, value]) => `${name[0]?.toUpperCase()}${name.slice(1)}=${value}`)
    .join(',');
}

/** A private registry in ECR that the base image comes from. */
export interface BaseRegistry {
  readonly host: string;
  readonly region: string;
  /** Of the repository in it. */
  readonly arn: string;
}

export function baseRegistryOf(image: string): BaseRegistry | undefined {
  const form = /^((\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[a-z0-9.-]+)\/([^:@]+)/;
  const [, host, account, region, repository] = form.exec(image) ?? [];
  if (!host || !region) return undefined;
  return {
    host,
    region,
    arn: `arn:${partitionOf(region).name}:ecr:${region}:${account}:repository/${repository}`,
  };
}

/** What test/test_local_image.sh tells `docker create`, as shell words, and how many seconds it waits. With a secret, the
 * container reads that with the credentials of whoever runs the test. */
export function localRun(cuda: Cuda | undefined, origin: Origin, secret?: string, adapters = false) {
  const gpu = cuda !== undefined;
  return {
    localOptions: [
      // GPUs exchange data through shared memory, of which Docker gives 64 MB.
      ...(gpu ? ['--gpus all', '--shm-size 16g'] : []),
      ...(origin.kind !== 'hub'
        ? ['--mount "type=bind,source=$(cd model && pwd -P),target=/opt/ml/model,readonly"']
        : secret
          ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map((name) => `--env ${name}`)
          : []),
      // Below the model, which is read-only here, nothing can be mounted.
      ...(adapters
        ? [
            '--mount "type=bind,source=$PWD/adapters,target=/opt/ml/adapters,readonly"',
            '--env SM_ADAPTERS_DIR=/opt/ml/adapters',
          ]
        : []),
    ],
    localPatience: gpu ? 1800 : 60,
  };
}
