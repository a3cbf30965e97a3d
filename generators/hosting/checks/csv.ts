import { invocation, unlike } from '../answers.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';

export const csv: readonly Check[] = [
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
