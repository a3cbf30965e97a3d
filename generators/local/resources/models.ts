import { invalid, notServed } from '../api/errors.ts';
import type { ContainerDefinition, Model, Tag } from './kinds.ts';
import { arnOf, existing, refuseExisting } from './names.ts';
import { type ListInput, page } from './pages.ts';
import { tagged } from './tags.ts';
import type { Handlers, World } from './world.ts';

type Input = Model['input'] & { readonly Tags?: readonly Tag[] };

/** Of manifests that SageMaker takes; lists and those of OCI it refuses. */
const manifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** The one container of a model. */
export function containerOf({ input }: Model): ContainerDefinition {
  return input.PrimaryContainer ?? input.Containers?.[0] ?? {};
}

export function models({ clock, models: all, surroundings }: World): Handlers {
  return {
    async CreateModel({ Tags, ...input }: Input, region) {
      const name = input.ModelName;
      refuseExisting('model', all, region, name);
      await checkContainer(input, surroundings, region);
      // Another call may have been faster.
      refuseExisting('model', all, region, name);
      const arn = arnOf('model', region, name);
      all.put(region, name, { input, arn, tags: tagged(Tags), created: clock.date() });
      return { ModelArn: arn };
    },
    DescribeModel({ ModelName }: Input, region) {
      const { input, arn, created } = existing('model', all, region, ModelName);
      return { EnableNetworkIsolation: false, ...input, ModelArn: arn, CreationTime: created };
    },
    ListModels(input: ListInput, region) {
      const listed = all
        .list(region)
        .map(({ input: { ModelName: name }, arn, created }) => ({ name, arn, created }));
      const { items, ...more } = page(listed, input);
      const Models = items.map(({ name, arn, created }) => ({
        ModelName: name,
        ModelArn: arn,
        CreationTime: created,
      }));
      return { Models, ...more };
    },
    DeleteModel({ ModelName }: Input, region) {
      existing('model', all, region, ModelName);
      all.delete(region, ModelName);
      return undefined;
    },
  };
}

async function checkContainer(
  { PrimaryContainer: primary, Containers: several, EnableNetworkIsolation: isolated }: Input,
  surroundings: World['surroundings'],
  region: string,
): Promise<void> {
  if (primary && several)
    throw invalid(
      'You cannot specify both PrimaryContainer and Containers. Please specify only one of them.',
    );
  if (several && several.length > 1) throw notServed('containers');
  // What it downloads at start would be there, and would not on AWS.
  if (isolated) throw notServed('isolation');
  const container = primary ?? several?.[0];
  if (!container) throw invalid('Either PrimaryContainer or Containers must be specified.');
  const { Image: image, Mode: mode, ModelDataUrl: url, ModelDataSource: source } = container;
  if (mode === 'MultiModel') {
    if (source || !url) throw invalid('ModelDataUrl must be specified for a container of mode MultiModel.');
    if (container.MultiModelConfig?.ModelCacheSetting === 'Disabled') throw notServed('uncached');
  }
  if (container.ModelPackageName) throw notServed('packages');
  if (container.AdditionalModelDataSources?.length) throw notServed('additional');
  if (!image) throw invalid('Image must be specified for the container.');
  if (url && source) throw invalid('ModelDataUrl and ModelDataSource cannot be specified together.');
  const s3 = source?.S3DataSource;
  if (s3?.S3DataType === 'S3Prefix' && !s3.S3Uri.endsWith('/'))
    throw invalid(`S3Uri ${s3.S3Uri} must end with "/" where S3DataType is S3Prefix.`);
  if (s3?.S3DataType === 'S3Prefix' && s3.CompressionType === 'Gzip')
    throw invalid('CompressionType must be None where S3DataType is S3Prefix.');
  if (s3?.S3DataType === 'S3Object' && s3.S3Uri.endsWith('/'))
    throw invalid(`S3Uri ${s3.S3Uri} must not end with "/" where S3DataType is S3Object.`);
  for (const uri of [url, s3?.S3Uri]) if (uri?.startsWith('https:')) throw notServed('urls');
  const found = await surroundings.imageOf(image);
  if (!found) throw invalid(`Requested image ${image} not found.`);
  if (found.mediaType !== manifest)
    throw invalid(
      `Unsupported manifest media type ${found.mediaType} for image ${image}. ` +
        'Please ensure that valid manifest media type is used for specified image.',
    );
  // Those of a multi-model endpoint may come later.
  const data = mode === 'MultiModel' ? undefined : (s3?.S3Uri ?? url);
  if (data && !(await surroundings.isOnS3(data, region)))
    throw invalid(`Could not find model data at ${data}.`);
}
