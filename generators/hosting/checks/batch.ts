import { invocation } from '../answers.ts';
import { type Check, failed, failedIfAny, skipped } from '../check.ts';
import { inShort, mediaType, NoAnswer, tryToAsk } from '../http.ts';
import { runsUnder } from '../observe.ts';
import { limits, sources } from '../sources.ts';

/** What batch transform sets. */
const variables = {
  SAGEMAKER_BATCH: 'true',
  SAGEMAKER_MAX_PAYLOAD_IN_MB: '6',
  SAGEMAKER_BATCH_STRATEGY: 'MULTI_RECORD',
  SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '1',
};

export const batch: readonly Check[] = [
  {
    id: 'execution-parameters',
    level: 'should',
    sentence: 'answers GET /execution-parameters with valid values, if at all',
    source: sources.batch,
    consequence: 'transform jobs that do not set these values themselves fail',
    fix: 'answer 404, or {"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}',
    explainedBy: ['content-encoding'],
    async run(subject) {
      const answer = await tryToAsk((await subject.server()).address, { path: '/execution-parameters' });
      if (!(answer instanceof NoAnswer) && answer.status === 404) return skipped('it has none, and need not');
      if (answer instanceof NoAnswer || answer.status !== 200) return failed(inShort(answer));
      return failedIfAny(wrongParameters(answer.body.toString('utf8')));
    },
  },
  {
    id: 'batch-starts',
    level: 'must',
    sentence: 'starts and answers with the variables of batch transform',
    source: sources.batch,
    consequence: 'transform jobs fail',
    fix: 'leave SAGEMAKER_* variables alone that you do not use',
    needs: ['start'],
    run: (subject) => runsUnder(subject, { environment: variables }),
  },
  {
    id: 'batch-lines',
    level: 'should',
    sentence: 'answers CSV and JSON lines with one line for each line',
    source: sources.batch,
    consequence:
      'transform jobs that split by line and join the answers with their input fail, or join wrong pairs',
    fix: 'answer as many lines as came, and take lines without a header',
    explainedBy: ['content-encoding', 'last-line', 'many-rows'],
    needs: ['answers'],
    async run(subject) {
      const { address } = await subject.server();
      const byLine = (await subject.answered()).filter(({ sample }) => sample.rows?.lines);
      const wrong: string[] = [];
      let tried = 0;
      for (const { sample } of byLine.filter(({ sample }) => sample.contentType !== 'text/libsvm')) {
        const type = sample.contentType;
        const body = sample.rows?.lines?.([0, 0, 0, 0, 0]);
        const answer = await tryToAsk(address, invocation(sample, body, { Accept: type }));
        // That it cannot or does not answer so is for the check `accept`.
        if (!(answer instanceof NoAnswer) && answer.status === 406) continue;
        if (!(answer instanceof NoAnswer) && mediaType(answer.headers['content-type']) !== type) continue;
        tried++;
        if (answer instanceof NoAnswer || answer.status !== 200) wrong.push(`${type}: ${inShort(answer)}`);
        else {
          const lines = answer.body.toString('utf8').replace(/\n$/, '').split('\n').length;
          if (lines !== 5) wrong.push(`${type}: ${lines === 1 ? '1 line' : `${lines} lines`} for 5`);
        }
      }
      return tried ? failedIfAny(wrong) : skipped('no sample is in lines and answered so');
    },
  },
];

function wrongParameters(text: string): string[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return [`it is no JSON: ${text.slice(0, 80)}`];
  }
  const { MaxConcurrentTransforms: transforms, BatchStrategy, MaxPayloadInMB: payload } = Object(given);
  const whole = (value: unknown, least: number): value is number =>
    Number.isInteger(value) && Number(value) >= least;
  return [
    ...(whole(transforms, 1) ? [] : [`MaxConcurrentTransforms is ${JSON.stringify(transforms)}`]),
    ...(['MULTI_RECORD', 'SINGLE_RECORD'].includes(BatchStrategy)
      ? []
      : [`BatchStrategy is ${JSON.stringify(BatchStrategy)}`]),
    ...(whole(payload, 0) ? [] : [`MaxPayloadInMB is ${JSON.stringify(payload)}`]),
    ...(whole(transforms, 1) && whole(payload, 0) && transforms * payload > limits.batchMegabytes
      ? [`${transforms} transforms of ${payload} MB are more than ${limits.batchMegabytes} MB`]
      : []),
  ];
}
