import { areSeveral, invocation, isOwn, type Reference } from '../answers.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { ask, inShort, load, NoAnswer } from '../http.ts';
import { underLoad } from '../observe.ts';
import { sources } from '../sources.ts';

export const concurrency: readonly Check[] = [
  {
    id: 'answers-belong',
    level: 'must',
    sentence: 'gives each of many requests at once the answer that it gets alone',
    source: sources.hosting,
    consequence: 'callers get the predictions of others, and nothing shows it',
    fix: 'keep nothing about a request where another can change it: globals, attributes, lists shared by a batch',
    needs: ['rows', 'framed'],
    async run(subject) {
      const { address } = await subject.server();
      const found = await subject.withRows();
      if (!found) return skipped('no rows');
      const { rows, sample } = found;
      const { varying } = found.answer;
      const alone = new Map<Buffer, Reference>();
      for (let row = 0; row < Math.min(rows.count, 16); row++) {
        const question = invocation(sample, rows.take([row]));
        const answer = await ask(address, question);
        if (answer.status !== 200) return skipped(`a row alone gets ${inShort(answer)}`);
        alone.set(question.body, { ...answer, varying });
      }
      const expected = [...alone.values()];
      if (!areSeveral(expected))
        return skipped(
          varying.size
            ? `its answers cannot be told apart but by what differs each time: ${[...varying].join(', ')}`
            : `all ${rows.count} rows of ${sample.contentType} get the same answer`,
        );
      const questions = [...alone.keys()].map((body) => invocation(sample, body));
      const limits = { connections: 16, seconds: 10, requests: 400 };
      const answers = await load(address, questions, limits, (answer, question) => {
        const own = alone.get(question.body as Buffer) as Reference;
        if (answer instanceof NoAnswer || answer.status !== 200) return true;
        return isOwn(answer, own, expected);
      });
      const wrong = answers.filter((right) => !right).length;
      if (wrong) return failed(`${wrong} of ${answers.length} requests got another row's answer`);
      return passed(`${answers.length} requests on 16 connections`);
    },
  },
  {
    id: 'load-answers',
    level: 'must',
    sentence: 'answers every request of 32 clients, or refuses it with 503 or 429',
    source: sources.hosting,
    consequence: 'callers get 5xx errors or time-outs as soon as several of them ask at once',
    fix: 'queue what cannot be answered at once, up to a bound, and answer 503 beyond it',
    needs: ['answers', 'framed'],
    async run(subject) {
      const { answers, applied } = await underLoad(subject);
      const bad = answers.flatMap(({ wrong }) => wrong ?? []);
      if (bad.length) return failed(`${applied}: ${bad.length} of ${answers.length} requests: ${bad[0]}`);
      const refused = answers.filter((one) => one.refused).length;
      return passed(`${applied}: ${answers.length - refused} answered, ${refused} refused`);
    },
  },
];
