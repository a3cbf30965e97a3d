import { invocation, isLate } from '../answers.ts';
import { codingOf, errorIn, wrongJson } from '../bodies.ts';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { inShort, NoAnswer, tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';

export const answered: readonly Check[] = [
  {
    id: 'invocations',
    level: 'must',
    sentence: 'answers the sample request of each content type with 200',
    source: sources.hosting,
    consequence: 'callers get a ModelError (424)',
    fix: 'send the request by hand, and read the log',
    async run(subject) {
      if (!subject.samples.length) return skipped('there is no sample request: give one with --payload');
      const { address } = await subject.server();
      const wrong: string[] = [];
      for (const sample of subject.samples) {
        const answer = await tryToAsk(address, invocation(sample));
        if (isLate(answer)) return failed(`${sample.contentType}: ${inShort(answer)}`);
        if (answer instanceof NoAnswer || answer.status !== 200)
          wrong.push(`${sample.contentType} (${sample.file}): ${inShort(answer)}`);
        else if (!answer.body.length) wrong.push(`${sample.contentType}: 200 with an empty body`);
        else {
          const words = wrongJson(answer);
          if (words !== undefined) wrong.push(`${sample.contentType}: 200 with JSON that ${words}`);
        }
      }
      const types = subject.samples.map(({ contentType }) => contentType).join(', ');
      if (wrong.length) return failedIfAny(wrong);
      const varying = (await subject.answered()).flatMap(({ answer }) => [...answer.varying]);
      const places = [...new Set(varying)].map((path) => path || 'all of a text').join(', ');
      return passed(places ? `${types}; it differs each time, and is not compared: ${places}` : types);
    },
  },
  {
    id: 'content-encoding',
    level: 'must',
    sentence: 'sends answers as they are, uncompressed, unless Accept-Encoding asks for more',
    source: sources.http,
    consequence: 'SageMaker passes on the bytes, and not how they are coded: callers cannot read them',
    fix: 'compress only what Accept-Encoding lets you, as the middleware of web frameworks does',
    needs: ['answers'],
    run: async (subject) =>
      failedIfAny(
        (await subject.answered()).flatMap(({ sample, answer }) => {
          const coding = codingOf(answer);
          return coding ? [`${sample.contentType}: the answer is in ${coding}, which was not asked for`] : [];
        }),
      ),
  },
  {
    id: 'error-status',
    level: 'should',
    sentence: 'answers sample requests with no error in the body of a 200',
    source: sources.invoke,
    consequence: 'callers take the error for a prediction; no alarm, metric or rollback of SageMaker sees it',
    fix: 'answer errors by a status of 4xx or 5xx; on SageMaker nothing unpacks {"statusCode": …, "body": …}',
    needs: ['answers'],
    run: async (subject) =>
      failedIfAny(
        (await subject.answered()).flatMap(({ sample, answer }) => {
          const words = errorIn(answer);
          return words === undefined ? [] : [`${sample.contentType}: 200 with an error in it: ${words}`];
        }),
      ),
  },
];
