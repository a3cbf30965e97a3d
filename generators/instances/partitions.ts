/** A part of AWS with ARNs and host names of its own. */
export interface Partition {
  readonly name: string;
  /** The ending of its host names, such as ECR's. */
  readonly dnsSuffix: string;
}

/** By the beginning of the region's name; botocore's endpoints.json has the same. */
const partitions: ReadonlyArray<readonly [string, Partition]> = [
  ['cn-', { name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' }],
  ['us-gov-', { name: 'aws-us-gov', dnsSuffix: 'amazonaws.com' }],
  ['us-iso-', { name: 'aws-iso', dnsSuffix: 'c2s.ic.gov' }],
  ['us-isob-', { name: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov' }],
  ['eu-isoe-', { name: 'aws-iso-e', dnsSuffix: 'cloud.adc-e.uk' }],
  ['us-isof-', { name: 'aws-iso-f', dnsSuffix: 'csp.hci.ic.gov' }],
  ['eusc-', { name: 'aws-eusc', dnsSuffix: 'amazonaws.eu' }],
];

export function partitionOf(region: string): Partition {
  const found = partitions.find(([beginning]) => region.startsWith(beginning));
  return found?.[1] ?? { name: 'aws', dnsSuffix: 'amazonaws.com' };
}
