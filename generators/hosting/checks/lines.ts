import { invocation, unlike } from '../answers.ts';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';

/** Content types that are lines, a row each. */
const inLines: readonly string[] = ['text/csv', 'application/jsonlines', 'text/libsvm'];

export const lines: readonly Check[] = [
  {
    id: 'last-line',
    level: 'should',
    sentence: 'answers lines alike whether or not a newline ends the last one',
    source: sources.csv,
    consequence:
      'callers lose their last row, or get an error: some programs and libraries end it, others do not',
    fix: 'read lines with a library, or by splitlines(), which takes both',
    needs: ['answers'],
    async run(subject) {
      const { address } = await subject.server();
      const found = (await subject.answered()).filter(({ sample }) => inLines.includes(sample.contentType));
      if (!found.length) return skipped('no sample request is in lines');
      const wrong: string[] = [];
      for (const { sample, answer } of found) {
        const text = sample.body.toString('latin1');
        const without = text.replace(/\r?\n$/, '');
        const other = Buffer.from(text === without ? `${text}\n` : without, 'latin1');
        const words = unlike(await tryToAsk(address, invocation(sample, other)), answer);
        if (words) wrong.push(`${sample.contentType} with${text === without ? '' : 'out'} it: ${words}`);
      }
      return failedIfAny(wrong);
    },
  },
  {
    id: 'csv-line-ends',
    level: 'should',
    sentence: 'takes lines of CSV that end with CR LF, as RFC 4180 and spreadsheets write them',
    source: sources.csv,
    consequence: 'files from Windows and from spreadsheets fail, or their last column is read as text',
    fix: 'read CSV with a library, or strip what ends a line',
    needs: ['answers'],
    async run(subject) {
      const { address } = await subject.server();
      const found = (await subject.answered()).find(({ sample }) => sample.contentType === 'text/csv');
      if (!found) return skipped('no sample request is CSV');
      const body = Buffer.from(found.sample.body.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
      const wrong = unlike(await tryToAsk(address, invocation(found.sample, body)), found.answer);
      return wrong ? failed(wrong) : passed();
    },
  },
];
