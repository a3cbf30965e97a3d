import { invocation } from './answers.ts';
import { type Answer, NoAnswer, type Question, tryToAsk } from './http.ts';
import type { Rows } from './samples.ts';
import type { Subject } from './subject.ts';

/** Of no library, and of no server. */
export const unknownType = 'application/x-no-such-type';

export const isClientError = (answer: Answer | NoAnswer) =>
  !(answer instanceof NoAnswer) && answer.status >= 400 && answer.status < 500;

export const isServerError = (answer: Answer | NoAnswer) =>
  answer instanceof NoAnswer || answer.status >= 500;

export const asked = (type: string, body: Buffer): Question => ({
  method: 'POST',
  path: '/invocations',
  headers: { 'Content-Type': type },
  body,
});

/** Bodies that cannot be what their content type says. */
const malformed: Readonly<Record<string, Buffer>> = {
  'application/json': Buffer.from('{"instances": [[1.0, 2.0'),
  'application/jsonlines': Buffer.from('[1.0, 2.0\n'),
  'application/x-npy': Buffer.from('not an array'),
  'text/libsvm': Buffer.from('0 zero:one\n'),
};

/** Bodies that are of the content type, and hardly what a model takes: all but a 5xx will do. */
const odd: Readonly<Record<string, readonly Buffer[]>> = {
  'application/json': [Buffer.from('null'), Buffer.from('{"x": 1}')],
  'text/csv': [Buffer.from('a,"b\n')],
};

/** Bad requests and the answers to them. */
export const refusals = {
  unknown: async (subject: Subject) => {
    const { sample } = await subject.anyAnswered();
    return tryToAsk((await subject.server()).address, asked(unknownType, sample.body));
  },
  acceptedAs: async (subject: Subject, type: string) => {
    const { sample } = await subject.anyAnswered();
    return tryToAsk((await subject.server()).address, invocation(sample, sample.body, { Accept: type }));
  },
  empty: (subject: Subject) => askEachType(subject, () => Buffer.alloc(0)),
  malformed: (subject: Subject) => askEachType(subject, (type) => malformed[type]),
  odd: async (subject: Subject) => [
    ...(await askEachType(subject, (type) => odd[type]?.[0])),
    ...(await askEachType(subject, (type) => odd[type]?.[1])),
  ],
  short: (subject: Subject) => askWithRow(subject, (rows) => rows.short?.()),
  long: (subject: Subject) => askWithRow(subject, (rows) => rows.long?.()),
};

async function askWithRow(subject: Subject, change: (rows: Rows) => Buffer | undefined) {
  const found = await subject.withRows();
  const body = found && change(found.rows);
  return found && body && tryToAsk((await subject.server()).address, invocation(found.sample, body));
}

/** Sends a body in each content type of the samples for which there is one. */
async function askEachType(subject: Subject, bodyOf: (type: string) => Buffer | undefined) {
  const { address } = await subject.server();
  const answers: { type: string; answer: Answer | NoAnswer }[] = [];
  for (const { sample } of await subject.answered()) {
    const type = sample.contentType;
    const body = bodyOf(type);
    if (body) answers.push({ type, answer: await tryToAsk(address, asked(type, body)) });
  }
  return answers;
}
