import { asked, isClientError, isServerError, refusals, unknownType } from '../bad-requests.ts';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { type Answer, inShort, NoAnswer, type Question, tryToAsk } from '../http.ts';
import { npyHead } from '../samples.ts';
import { limits, sources } from '../sources.ts';
import { holdsTrace } from '../traces.ts';

const counted = "counts as the model's failure: alarms go off, deployments roll back, clients try again";

export const errors: readonly Check[] = [
  {
    id: 'unknown-types',
    level: 'should',
    sentence: 'does not fail with 5xx for an unknown Content-Type or Accept',
    source: sources.http,
    consequence: `a 5xx ${counted}`,
    fix: 'look the type up before using it; answer 415 or 406 where it is unknown',
    needs: ['answers'],
    async run(subject) {
      const unknown = await refusals.unknown(subject);
      // That it is no answer of HTTP is for the check `framing`, which asks the same.
      const isNone = unknown instanceof NoAnswer && unknown.reason === 'other';
      const answers = [
        ...(isNone ? [] : [['Content-Type', unknown] as const]),
        ['Accept', await refusals.acceptedAs(subject, unknownType)] as const,
        // As browsers do.
        [
          'a list with a wildcard in Accept',
          await refusals.acceptedAs(subject, 'text/html, */*;q=0.1'),
        ] as const,
      ];
      return failedIfAny(
        answers.flatMap(([name, answer]) => (isServerError(answer) ? [`${name}: ${inShort(answer)}`] : [])),
      );
    },
  },
  {
    id: 'unknown-content-type',
    level: 'info',
    sentence: 'refuses an unknown Content-Type with 415',
    source: sources.http,
    consequence: 'nothing that HTTP forbids; a 200 is a guess at what the caller meant',
    fix: 'answer 415 before reading the body',
    needs: ['answers'],
    async run(subject) {
      const answer = await refusals.unknown(subject);
      return isServerError(answer) ? skipped('it fails there: see unknown-types') : is(answer, 415);
    },
  },
  {
    id: 'malformed-body',
    level: 'should',
    sentence: 'refuses a malformed body with 400',
    source: sources.http,
    consequence: `a 5xx ${counted}`,
    fix: 'catch what the parser raises, and answer 400 with one sentence',
    needs: ['answers'],
    async run(subject) {
      const answers = await refusals.malformed(subject);
      const odd = await refusals.odd(subject);
      if (!answers.length && !odd.length) return skipped('no content type of the samples has a wrong form');
      return failedIfAny(
        [
          ...answers.filter(({ answer }) => !isClientError(answer)),
          ...odd.filter(({ answer }) => isServerError(answer)),
        ].map(({ type, answer }) => `${type}: ${inShort(answer)}`),
      );
    },
  },
  {
    id: 'empty-body',
    level: 'should',
    sentence: 'refuses an empty body with 400',
    source: sources.http,
    consequence: `a 5xx ${counted}`,
    fix: 'treat it like any other malformed body',
    explainedBy: ['malformed-body'],
    needs: ['answers'],
    async run(subject) {
      // 204 is how XGBoost's own container answers.
      const isNone = (answer: Answer | NoAnswer) => !(answer instanceof NoAnswer) && answer.status === 204;
      const answers = await refusals.empty(subject);
      return failedIfAny(
        answers
          .filter(({ answer }) => !isNone(answer) && !isClientError(answer))
          .map(({ type, answer }) => `${type}: ${inShort(answer)}`),
      );
    },
  },
  {
    id: 'wrong-features',
    level: 'should',
    sentence: 'does not fail with 5xx when a row has a value too few or too many',
    source: sources.http,
    consequence: `a 5xx ${counted}`,
    fix: 'check the shape before predicting, and answer 400 with what was expected',
    explainedBy: ['malformed-body', 'empty-body'],
    needs: ['rows'],
    async run(subject) {
      const [few, many] = [await refusals.short(subject), await refusals.long(subject)];
      if (!few && !many) return skipped('no sample has rows to change');
      return failedIfAny([
        ...(few && isServerError(few) ? [`too few: ${inShort(few)}`] : []),
        ...(many && isServerError(many) ? [`too many: ${inShort(many)}`] : []),
      ]);
    },
  },
  {
    id: 'error-body',
    level: 'should',
    sentence: 'explains errors in a short text without a stack trace',
    source: sources.invoke,
    consequence: `callers see ${limits.errorCharacters} characters at most, and learn the insides of your server from them`,
    fix: 'answer {"error": "one sentence"}, and write the trace to the log',
    needs: ['answers'],
    async run(subject) {
      const answers = [
        await refusals.unknown(subject),
        ...[...(await refusals.empty(subject)), ...(await refusals.malformed(subject))].map(
          ({ answer }) => answer,
        ),
        await refusals.short(subject),
      ].filter((answer) => answer !== undefined && !(answer instanceof NoAnswer)) as Answer[];
      const wrong = answers.flatMap(({ status, body }) => {
        const text = body.toString('latin1');
        if (status < 400) return [];
        if (holdsTrace(text)) return [`a ${status} holds a stack trace`];
        return text.length > limits.errorCharacters ? [`a ${status} has ${text.length} characters`] : [];
      });
      return failedIfAny([...new Set(wrong)]);
    },
  },
  {
    id: 'pickle',
    level: 'should',
    sentence: 'does not execute a pickle that a request carries',
    source: sources.pickle,
    consequence: 'whoever may call the endpoint runs programs in your account, with the execution role',
    fix: 'numpy.load(…, allow_pickle=False); no content type that is a pickle',
    async run(subject) {
      const { address } = await subject.server();
      const executed: string[] = [];
      for (const [type, head] of pickled) {
        // The pickle waits for three seconds, and does no harm; one that does nothing shows what is usual.
        const [waits, nothing] = [pickleOfSleep(3), Buffer.from('I1\n.')].map((pickle) => ({
          ...asked(type, Buffer.concat([head, pickle])),
          seconds: 20,
        })) as [Question, Question];
        const slow = await secondsOf(address, waits);
        if (slow > 2.9 && (await secondsOf(address, nothing)) < slow - 2) executed.push(type);
      }
      return failedIfAny(executed.map((type) => `${type}: it was executed`));
    },
  },
  {
    id: 'get-invocations',
    level: 'info',
    sentence: 'refuses GET /invocations with 405',
    source: sources.http,
    consequence: 'nothing on SageMaker, which only posts',
    fix: 'allow POST alone on that path',
    async run(subject) {
      return is(await tryToAsk((await subject.server()).address, { path: '/invocations' }), 405);
    },
  },
];

const is = (answer: Answer | NoAnswer, status: number) =>
  !(answer instanceof NoAnswer) && answer.status === status ? passed() : failed(inShort(answer));

/** Content types under which servers were seen to unpickle, and what comes before the pickle in them. */
const pickled: readonly [string, Buffer][] = [
  ['application/x-npy', npyHead("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }")],
  ...['pickle', 'x-pickle', 'joblib', 'x-joblib', 'x-npz'].map((name): [string, Buffer] => [
    `application/${name}`,
    Buffer.alloc(0),
  ]),
  ['application/python-pickle', Buffer.alloc(0)],
  ['application/octet-stream', Buffer.alloc(0)],
  ['application/vnd.bentoml+pickle', Buffer.alloc(0)],
];

/** Protocol 0: the global time.sleep, called with so many seconds. */
const pickleOfSleep = (seconds: number) => Buffer.from(`ctime\nsleep\n(I${seconds}\ntR.`);

async function secondsOf(address: { host: string; port: number }, question: Question): Promise<number> {
  const started = performance.now();
  await tryToAsk(address, question);
  return (performance.now() - started) / 1000;
}
