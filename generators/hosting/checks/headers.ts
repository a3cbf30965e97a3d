import { invocation, unlike } from '../answers.ts';
import { isClientError } from '../bad-requests.ts';
import { type Check, failed, failedIfAny, passed } from '../check.ts';
import { type Answer, inShort, NoAnswer, tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';

/** What callers choose, with SageMaker's limit of 1,024 characters. */
const attributes = 'X-Amzn-SageMaker-Custom-Attributes';
const [shortValue, longValue] = ['trace=0123', `trace=${'0123456789abcdef'.repeat(63)}`];

const added: Readonly<Record<string, string>> = {
  [attributes]: longValue,
  'X-Amzn-SageMaker-Target-Model': `${'a'.repeat(1017)}.tar.gz`,
  'X-Amzn-SageMaker-Target-Variant': 'AllTraffic',
  'X-Amzn-SageMaker-Inference-Id': 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  'X-Amzn-SageMaker-Session-Id': 'NEW_SESSION',
  'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678',
};

export const headers: readonly Check[] = [
  {
    id: 'sagemaker-headers',
    level: 'must',
    sentence: 'takes the headers that SageMaker adds',
    source: sources.invoke,
    consequence: 'requests with an inference id, attributes or a session fail',
    fix: 'ignore headers that you do not know; leave room for two of 1,024 characters',
    needs: ['answers'],
    async run(subject) {
      const { [attributes]: _, ...others } = added;
      const ownForm = (await refusedAttributes(subject)) !== undefined;
      const asked = ownForm ? others : added;
      const together = await wrongWith(subject, asked);
      if (!together) return passed(ownForm ? `but for ${attributes}: see custom-attributes` : undefined);
      const alone: string[] = [];
      for (const [name, value] of Object.entries(asked)) {
        const words = await wrongWith(subject, { [name]: value });
        if (words) alone.push(`${name}: ${words}`);
      }
      return failedIfAny(alone.length ? alone : [`all of them together: ${together}`]);
    },
  },
  {
    id: 'custom-attributes',
    level: 'info',
    sentence: 'takes any custom attributes',
    source: sources.invoke,
    consequence: 'nothing, where callers know which form it asks for: SageMaker passes on what they give',
    fix: 'say in your documentation what it takes there',
    explainedBy: ['sagemaker-headers'],
    needs: ['answers'],
    async run(subject) {
      const refused = await refusedAttributes(subject);
      return refused ? failed(`"${shortValue}": ${inShort(refused)}`) : passed();
    },
  },
];

/** How it refuses a short value that was invented: it asks for a form of its own. */
function refusedAttributes(subject: Subject): Promise<Answer | undefined> {
  return subject.once('custom attributes', async () => {
    const answer = await answerWith(subject, { [attributes]: shortValue });
    return isClientError(answer) && !(answer instanceof NoAnswer) ? answer : undefined;
  });
}

async function answerWith(subject: Subject, more: Readonly<Record<string, string>>) {
  const { sample } = await subject.anyAnswered();
  return tryToAsk((await subject.server()).address, invocation(sample, sample.body, more));
}

async function wrongWith(subject: Subject, more: Readonly<Record<string, string>>) {
  return unlike(await answerWith(subject, more), (await subject.anyAnswered()).answer);
}
