import { partitionOf } from '../../instances/partitions.ts';
import { AwsError, invalid } from '../api/errors.ts';
import { account } from '../hosting.ts';
import type { Collection } from '../state.ts';

/** What is made of names, by what AWS calls it in ARNs and in messages. */
export type Kind = 'model' | 'endpoint-config' | 'endpoint' | 'transform-job' | 'inference-component';

const words = {
  model: 'model',
  'endpoint-config': 'endpoint configuration',
  endpoint: 'endpoint',
  'transform-job': 'transform job',
  'inference-component': 'inference component',
};

export const arnOf = (kind: Kind, region: string, name: string) =>
  `arn:${partitionOf(region).name}:sagemaker:${region}:${account}:${kind}/${name.toLowerCase()}`;

/** What there is by that name, or AWS's refusal. */
export function existing<T extends object>(kind: Kind, all: Collection<T>, region: string, name: string): T {
  const found = all.get(region, name);
  if (!found) throw invalid(`Could not find ${words[kind]} "${arnOf(kind, region, name)}".`);
  return found;
}

export function refuseExisting(kind: Kind, all: Collection<object>, region: string, name: string): void {
  if (all.get(region, name))
    throw invalid(`Cannot create already existing ${words[kind]} "${arnOf(kind, region, name)}".`);
}

/** The parts of an ARN that names one of ours. */
export function named(arn: string): { kind: Kind; region: string; name: string } {
  const match =
    /^arn:[\w-]+:sagemaker:([a-z0-9-]+):\d{12}:(model|endpoint-config|endpoint|transform-job|inference-component)\/([a-z0-9-]+)$/i.exec(
      arn,
    );
  const [, region, kind, name] = match ?? [];
  if (!region || !kind || !name)
    throw new AwsError('ValidationException', `The resource ${arn} cannot be found.`);
  return { region, kind: kind as Kind, name };
}
