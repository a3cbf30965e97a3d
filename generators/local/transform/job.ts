import { withoutEndSlashes } from '../../settings/paths.ts';
import type { Clock } from '../clock.ts';
import { Instance } from '../endpoint/instance.ts';
import { modelOf } from '../endpoint/instance-of.ts';
import type { Containers, Surroundings } from '../hosting.ts';
import type { TransformRecord } from '../resources/kinds.ts';
import { call } from '../service/container-call.ts';
import { type Others, unpacked } from '../service/others.ts';
import { assembled, requestsOf } from './records.ts';

export interface Means {
  readonly containers: Containers;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly others: Others;
}

/** Seconds until the model is there, until its container is healthy, and for an answer. */
const windows = { download: 3600, startUp: 480 };
const answerSeconds = 600;
const retries = 3;
const megabyte = 1024 * 1024;
const group = '/aws/sagemaker/TransformJobs';

/** The FailureReason, with the details in the log. */
const seeLog = (who: 'ClientError' | 'AlgorithmError') =>
  new Error(`${who}: See job logs for more information`);

/** How requests are made: what the job says, else the container, else AWS. */
interface Parameters {
  readonly MaxConcurrentTransforms: number;
  readonly MaxPayloadInMB: number;
  readonly BatchStrategy: 'MULTI_RECORD' | 'SINGLE_RECORD';
}

/** Runs a job to its end; an error's message is the FailureReason. */
export async function run(
  record: TransformRecord,
  region: string,
  means: Means,
  signal: AbortSignal,
): Promise<void> {
  const { others, surroundings } = means;
  const { input } = record;
  const { TransformInput: from, TransformOutput: to } = input;
  const log = (line: string) =>
    surroundings.logLine(group, `${input.TransformJobName}/data-log`, `[sagemaker logs]: ${line}`, region);
  const instances = Array.from({ length: input.TransformResources.InstanceCount }, () =>
    instanceOf(record, region, means),
  );
  const stop = () => Promise.all(instances.map((one) => one.stop()));
  signal.addEventListener('abort', () => void stop());
  try {
    await Promise.all(instances.map((one) => one.start())).catch((error: Error) => {
      log(error.message);
      throw seeLog('AlgorithmError');
    });
    const parameters = { ...(await askedFor(instances[0]?.url)), ...ownOf(record) };
    log(
      Object.entries(parameters)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    );
    // With none at a time, nothing would be transformed, and that would count as all of it.
    if (!isCount(parameters.MaxConcurrentTransforms, 1) || !isCount(parameters.MaxPayloadInMB, 0)) {
      log('/execution-parameters must give MaxConcurrentTransforms from 1 and MaxPayloadInMB from 0, to 100');
      throw seeLog('AlgorithmError');
    }
    const prefix = from.DataSource.S3DataSource.S3Uri;
    const objects = await others.list(region, prefix);
    if (!objects.length) throw new Error(`ClientError: No objects were found at ${prefix}`);
    let failed: unknown;
    // The others are transformed all the same.
    for (const uri of objects)
      try {
        const read = await others.read(region, uri);
        const content = from.CompressionType === 'Gzip' ? unpacked(read) : read;
        const answers = await transformed(content, record, parameters, instances, signal);
        const relative = uri.slice(prefix.lastIndexOf('/') + 1);
        await others.write(
          region,
          `${withoutEndSlashes(to.S3OutputPath)}/${relative}.out`,
          assembled(answers, to.AssembleWith === 'Line'),
          to.Accept ?? 'application/octet-stream',
        );
      } catch (error) {
        signal.throwIfAborted();
        log(`${uri.replace('s3://', '')}: ${(error as Error).message}`);
        failed ??=
          error instanceof BadStatus && error.status >= 500
            ? seeLog('AlgorithmError')
            : seeLog('ClientError');
      }
    if (failed) throw failed;
  } finally {
    await stop();
  }
}

class BadStatus extends Error {
  readonly status: number;

  constructor(status: number, body: string) {
    super(`Bad HTTP status received from algorithm: ${status}\n${body}`);
    this.status = status;
  }
}

function instanceOf(
  { input, container }: TransformRecord,
  region: string,
  { containers, surroundings, clock }: Means,
) {
  const { TransformJobName: name, Environment, TransformResources, ModelName } = input;
  const model = modelOf(container);
  const own = Object.entries(ownOf({ input })).map(([parameter, value]) => [
    variables[parameter],
    String(value),
  ]);
  return new Instance(containers, clock, windows, (instance) => ({
    region,
    endpoint: name,
    variant: ModelName,
    instance,
    image: container.Image ?? '',
    environment: {
      ...container.Environment,
      SAGEMAKER_BATCH: 'true',
      ...Object.fromEntries(own),
      ...Environment,
    },
    instanceType: TransformResources.InstanceType,
    ...(model && { model }),
    onLine: (line) => surroundings.logLine(group, `${name}/${instance}`, line, region),
  }));
}

const variables: Readonly<Record<string, string>> = {
  MaxConcurrentTransforms: 'SAGEMAKER_MAX_CONCURRENT_TRANSFORMS',
  MaxPayloadInMB: 'SAGEMAKER_MAX_PAYLOAD_IN_MB',
  BatchStrategy: 'SAGEMAKER_BATCH_STRATEGY',
};

/** What the job itself says. */
function ownOf({ input }: Pick<TransformRecord, 'input'>): Partial<Parameters> {
  const { MaxConcurrentTransforms, MaxPayloadInMB, BatchStrategy } = input;
  return {
    ...(MaxConcurrentTransforms && { MaxConcurrentTransforms }),
    ...(MaxPayloadInMB !== undefined && { MaxPayloadInMB }),
    ...(BatchStrategy && {
      BatchStrategy: BatchStrategy === 'SingleRecord' ? 'SINGLE_RECORD' : 'MULTI_RECORD',
    }),
  };
}

/** Both parameters together are at most 100, as AWS has it. */
const isCount = (value: unknown, least: number) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= 100;

/** What the container says at /execution-parameters, which it need not have. */
async function askedFor(url: string | undefined): Promise<Parameters> {
  const usual: Parameters = { MaxConcurrentTransforms: 1, MaxPayloadInMB: 6, BatchStrategy: 'MULTI_RECORD' };
  try {
    const response = await fetch(`${url}/execution-parameters`, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) return usual;
    return { ...usual, ...((await response.json()) as Partial<Parameters>) };
  } catch {
    return usual;
  }
}

/** The answers for an object, in the order of its records. */
async function transformed(
  object: Buffer,
  { input }: TransformRecord,
  { MaxPayloadInMB, MaxConcurrentTransforms, BatchStrategy }: Parameters,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<Buffer[]> {
  const requests = requestsOf(object, {
    byLine: input.TransformInput.SplitType === 'Line',
    several: BatchStrategy === 'MULTI_RECORD',
    // 0: as large as it is.
    most: MaxPayloadInMB ? MaxPayloadInMB * megabyte : Number.POSITIVE_INFINITY,
  });
  const answers: Buffer[] = [];
  const left = requests.entries();
  const worker = async (instance: Instance) => {
    for (const [index, body] of left) {
      signal.throwIfAborted();
      answers[index] = await instance.busy(() => answered(instance, body, input));
    }
  };
  await Promise.all(
    instances.flatMap((one) => Array.from({ length: MaxConcurrentTransforms }, () => worker(one))),
  );
  return answers;
}

async function answered(instance: Instance, body: Buffer, input: TransformRecord['input']): Promise<Buffer> {
  const { InvocationsTimeoutInSeconds: seconds = answerSeconds, InvocationsMaxRetries: most = retries } =
    input.ModelClientConfig ?? {};
  const headers = {
    ...(input.TransformInput.ContentType && { 'Content-Type': input.TransformInput.ContentType }),
    ...(input.TransformOutput.Accept && { Accept: input.TransformOutput.Accept }),
  };
  for (let retry = 0; ; retry++)
    try {
      const response = await call(instance.url ?? '', { path: '/invocations', headers, body }, seconds);
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part);
      const answer = Buffer.concat(parts);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      throw new BadStatus(status, answer.toString('utf8'));
    } catch (error) {
      const isFinal = error instanceof BadStatus && error.status < 500;
      if (isFinal || retry >= most) throw error;
    }
}
