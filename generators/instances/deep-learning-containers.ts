import type { Partition } from './partitions.ts';

/** That of most regions. */
const account = '763104351884';

/**
 * The accounts in whose ECR AWS keeps its deep learning containers, by region: those that SageMaker is in.
 * Source: image_uri_config/huggingface-llm.json in sagemaker 2.251.0 on PyPI.
 */
const accounts: Readonly<Record<string, string>> = {
  'af-south-1': '626614931356',
  'ap-east-1': '871362719292',
  'ap-east-2': '975050140332',
  'ap-northeast-1': account,
  'ap-northeast-2': account,
  'ap-northeast-3': '364406365360',
  'ap-south-1': account,
  'ap-south-2': '772153158452',
  'ap-southeast-1': account,
  'ap-southeast-2': account,
  'ap-southeast-3': '907027046896',
  'ap-southeast-4': '457447274322',
  'ap-southeast-5': '550225433462',
  'ap-southeast-6': '633930458069',
  'ap-southeast-7': '590183813437',
  'ca-central-1': account,
  'ca-west-1': '204538143572',
  'cn-north-1': '727897471807',
  'cn-northwest-1': '727897471807',
  'eu-central-1': account,
  'eu-central-2': '380420809688',
  'eu-north-1': account,
  'eu-south-1': '692866216735',
  'eu-south-2': '503227376785',
  'eu-west-1': account,
  'eu-west-2': account,
  'eu-west-3': account,
  'il-central-1': '780543022126',
  'me-central-1': '914824155844',
  'me-south-1': '217643126080',
  'mx-central-1': '637423239942',
  'sa-east-1': account,
  'us-east-1': account,
  'us-east-2': account,
  'us-gov-east-1': '446045086412',
  'us-gov-west-1': '442386744353',
  'us-iso-east-1': '886529160074',
  'us-isob-east-1': '094389454867',
  'us-isof-east-1': '303241398832',
  'us-isof-south-1': '454834333376',
  'us-west-1': account,
  'us-west-2': account,
};

/** Regions that are known to have SageMaker; there may be newer ones. */
export const regions = Object.keys(accounts);

/** The registry of AWS's deep learning containers in a region: a host name. */
export function deepLearningContainers(region: string, partition: Partition): string {
  return `${accounts[region] ?? account}.dkr.ecr.${region}.${partition.dnsSuffix}`;
}
