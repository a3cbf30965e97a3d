import { AwsError, invalid, notServed } from '../api/errors.ts';
import type { Tag, TransformRecord } from './kinds.ts';
import { containerOf } from './models.ts';
import { arnOf, existing } from './names.ts';
import { type ListInput, page } from './pages.ts';
import { tagged } from './tags.ts';
import type { Handlers, World } from './world.ts';

type Input = TransformRecord['input'] & { readonly Tags?: readonly Tag[] };

export function transformJobs({ clock, models, jobs }: World): Handlers {
  const job = (region: string, name: string) => {
    const found = jobs.records.get(region, name);
    if (!found) throw new AwsError('ResourceNotFound', `Could not find requested job with name: ${name}`);
    return found;
  };
  return {
    CreateTransformJob({ Tags, ...input }: Input, region) {
      const { TransformJobName: name, ModelName } = input;
      const arn = arnOf('transform-job', region, name);
      if (jobs.records.get(region, name))
        throw new AwsError(
          'ResourceInUse',
          `Job name must be unique within an AWS account and region, and a job with this name already exists (${arn})`,
        );
      check(input);
      const container = containerOf(existing('model', models, region, ModelName));
      if (container.Mode === 'MultiModel')
        throw invalid('Multi-model containers are not supported for batch transform.');
      if (container.ModelDataSource) throw invalid('ModelDataSource is not supported for batch transform.');
      const now = clock.date();
      jobs.start(region, {
        input,
        arn,
        tags: tagged(Tags),
        created: now,
        modified: now,
        status: 'InProgress',
        container,
      });
      return { TransformJobArn: arn };
    },
    DescribeTransformJob({ TransformJobName }: Input, region) {
      const { input, created, ended, ...record } = job(region, TransformJobName);
      return {
        ...input,
        TransformJobArn: record.arn,
        TransformJobStatus: record.status,
        ...(record.failure && { FailureReason: record.failure }),
        CreationTime: created,
        TransformStartTime: created,
        ...(ended && { TransformEndTime: ended }),
      };
    },
    ListTransformJobs(input: ListInput, region) {
      const listed = jobs.records.list(region).map((one) => ({ ...one, name: one.input.TransformJobName }));
      const { items, ...more } = page(listed, input);
      const TransformJobSummaries = items.map(({ name, arn, created, modified, ended, status, failure }) => ({
        TransformJobName: name,
        TransformJobArn: arn,
        CreationTime: created,
        LastModifiedTime: modified,
        ...(ended && { TransformEndTime: ended }),
        TransformJobStatus: status,
        ...(failure && { FailureReason: failure }),
      }));
      return { TransformJobSummaries, ...more };
    },
    StopTransformJob({ TransformJobName }: Input, region) {
      jobs.stop(region, job(region, TransformJobName));
      return undefined;
    },
  };
}

/** The largest product of requests at a time and their size, in MB. */
const mostAtOnce = 100;

function check({
  TransformInput: from,
  DataProcessing,
  MaxPayloadInMB = 6,
  MaxConcurrentTransforms,
  ...input
}: Input) {
  const { S3DataType, S3Uri } = from.DataSource.S3DataSource;
  if (S3DataType !== 'S3Prefix') throw notServed('manifests');
  for (const uri of [S3Uri, input.TransformOutput.S3OutputPath])
    if (!uri.startsWith('s3://')) throw notServed('urls');
  if (from.SplitType && !['None', 'Line'].includes(from.SplitType)) throw notServed('records');
  if ('DataCaptureConfig' in input) throw notServed('capture');
  const { InputFilter = '$', OutputFilter = '$', JoinSource = 'None' } = DataProcessing ?? {};
  if (InputFilter !== '$' || OutputFilter !== '$' || JoinSource !== 'None') throw notServed('processing');
  if ((MaxConcurrentTransforms || 1) * MaxPayloadInMB > mostAtOnce)
    throw invalid(`MaxConcurrentTransforms * MaxPayloadInMB must not exceed ${mostAtOnce} MB.`);
}
