import { invocation, unlike } from '../answers.ts';
import { isServerError, unknownType } from '../bad-requests.ts';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { type Answer, inShort, mediaType, NoAnswer, tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { answered } from './answered.ts';
import { headers } from './headers.ts';

export const invocations: readonly Check[] = [
  ...answered,
  {
    id: 'content-type-parameters',
    level: 'must',
    sentence: 'takes parameters in Content-Type: text/csv; charset=utf-8',
    source: sources.contentType,
    consequence: 'SDKs and pipelines add them, and get an error (415)',
    fix: 'compare the media type alone: the part before the first semicolon',
    needs: ['answers'],
    run: (subject) => spelled(subject, (type) => [`${type}; charset=utf-8`, `${type};charset=UTF-8`]),
  },
  {
    id: 'content-type-case',
    level: 'should',
    sentence: 'takes capitals in Content-Type: Text/CSV',
    source: sources.http,
    consequence: 'callers who write it so, as HTTP allows, get an error (415)',
    fix: 'compare the media type in lower case',
    explainedBy: ['content-type-parameters'],
    needs: ['answers'],
    run: (subject) =>
      spelled(subject, (type) => [type.replace(/(^|\/)[a-z]/g, (letter) => letter.toUpperCase())]),
  },
  {
    id: 'accept',
    level: 'info',
    sentence: 'answers in the content type that Accept asks for, or with 406',
    source: sources.invoke,
    consequence:
      'nothing that HTTP forbids; callers, and batch transform that joins answers by line, parse what they did not ask for',
    fix: 'choose the encoder by Accept; answer 406 where there is none for it',
    needs: ['answers'],
    async run(subject) {
      const types = [...(await acceptable(subject)), unknownType];
      // That it fails with what it cannot write is for the check `unknown-types`.
      const failsWithUnknown = isServerError(await withAccept(subject, unknownType));
      const wrong: string[] = [];
      for (const type of types) {
        const answer = await withAccept(subject, type);
        const got = answer instanceof NoAnswer ? '' : mediaType(answer.headers['content-type']);
        if (failsWithUnknown && isServerError(answer)) continue;
        if (answer instanceof NoAnswer || ![200, 406].includes(answer.status))
          wrong.push(`${type}: ${inShort(answer)}`);
        else if (answer.status === 200 && got !== type)
          wrong.push(`${type}: 200 with ${got || 'no Content-Type'}`);
      }
      return failedIfAny(wrong, types.slice(0, -1).join(', '));
    },
  },
  {
    id: 'accept-any',
    level: 'must',
    sentence: 'answers with 200 without Accept and with Accept: */*',
    source: sources.invoke,
    consequence: 'callers who leave Accept out, as most do, get an error',
    fix: 'have a default: JSON',
    needs: ['answers'],
    async run(subject) {
      const answer = await withAccept(subject, '*/*');
      return answer instanceof NoAnswer || answer.status !== 200
        ? failed(`"*/*": ${inShort(answer)}`)
        : passed();
    },
  },
  {
    id: 'accept-quality',
    level: 'info',
    sentence: 'follows the weights in Accept: text/csv;q=0.1, application/json',
    source: sources.http,
    consequence: 'callers who name several types get the one that they like less',
    fix: 'negotiate by a library that knows q values',
    needs: ['answers'],
    async run(subject) {
      const offered: string[] = [];
      for (const type of await acceptable(subject)) {
        const answer = await withAccept(subject, type);
        if (!(answer instanceof NoAnswer) && mediaType(answer.headers['content-type']) === type)
          offered.push(type);
      }
      const [one, other] = offered;
      if (!one || !other) return skipped('it answers in one content type');
      const wrong: string[] = [];
      for (const [less, more] of [
        [one, other],
        [other, one],
      ]) {
        const answer = await withAccept(subject, `${less};q=0.1, ${more}`);
        const got = answer instanceof NoAnswer ? answer.message : mediaType(answer.headers['content-type']);
        if (got !== more) wrong.push(`"${less};q=0.1, ${more}": ${got}`);
      }
      return failedIfAny(wrong);
    },
  },
  ...headers,
  {
    id: 'chunked',
    level: 'should',
    sentence: 'takes a body in chunks, without Content-Length',
    source: sources.batch,
    consequence: 'batch transform with MaxPayloadInMB=0 sends its input so, and fails',
    fix: 'read the body to its end instead of Content-Length bytes',
    needs: ['answers'],
    async run(subject) {
      const { sample, answer: expected } = await subject.anyAnswered();
      const question = { ...invocation(sample), chunked: true };
      const wrong = unlike(await tryToAsk((await subject.server()).address, question), expected);
      return wrong ? failed(wrong) : passed();
    },
  },
];

/** What a caller might ask for: what the samples come in, and the two types that everybody knows. */
async function acceptable(subject: Subject): Promise<string[]> {
  const samples = (await subject.answered()).map(({ sample }) => sample.contentType);
  return [...new Set(['application/json', 'text/csv', ...samples.filter((type) => type !== 'text/libsvm')])];
}

async function withAccept(subject: Subject, accept: string): Promise<Answer | NoAnswer> {
  const { sample } = await subject.anyAnswered();
  return tryToAsk((await subject.server()).address, invocation(sample, sample.body, { Accept: accept }));
}

/** Sends each sample with its content type spelled in other ways. */
async function spelled(subject: Subject, spellings: (type: string) => string[]) {
  const { address } = await subject.server();
  const wrong: string[] = [];
  for (const { sample, answer: expected } of await subject.answered()) {
    for (const spelling of spellings(sample.contentType)) {
      const question = invocation(sample, sample.body, { 'Content-Type': spelling });
      const words = unlike(await tryToAsk(address, question), expected);
      if (words) wrong.push(`"${spelling}": ${words}`);
    }
  }
  return failedIfAny(wrong);
}
