import { alike, invocation } from '../answers.ts';
import { type Check, failed, failedIfAny, type Outcome, passed, skipped } from '../check.ts';
import { multiModelName as name } from '../containers/model.ts';
import { type Answer, inShort, NoAnswer, type Question, tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';

const label = 'com.amazonaws.sagemaker.capabilities.multi-models';

export const multiModel: readonly Check[] = [
  {
    id: 'models-ping',
    level: 'must',
    sentence: 'is healthy without any model loaded',
    source: sources.multiModel,
    consequence: 'the multi-model endpoint fails to start',
    fix: 'with SAGEMAKER_MULTI_MODEL=true, answer /ping with 200 before a model is loaded',
    needs: ['start', 'declaration'],
    run: (subject) =>
      ifClaimed(
        subject,
        ({ healthy }) => (healthy ? passed() : failed('not healthy with SAGEMAKER_MULTI_MODEL=true')),
        'ping',
      ),
  },
  {
    id: 'models-load',
    level: 'must',
    sentence: 'loads a model by POST /models, and answers 409 to the same again',
    source: sources.multiModel,
    consequence: 'no model of the endpoint can be invoked',
    fix: 'load from "url", keep it as "model_name"; 409 if that name is loaded, 507 if memory is short',
    needs: ['start', 'declaration'],
    run: (subject) =>
      ifClaimed(subject, ({ load, again }) => failedIfAny([...expect(load, 200), ...expect(again, 409)])),
  },
  {
    id: 'models-list',
    level: 'must',
    sentence: 'lists models by GET /models and GET /models/{name}',
    source: sources.multiModel,
    consequence: 'SageMaker does not know what is loaded',
    fix: '{"models": [{"modelName": …, "modelUrl": …}]}; 404 for a name that is not loaded',
    explainedBy: ['content-encoding', 'models-load'],
    needs: ['start', 'declaration'],
    run: (subject) =>
      ifClaimed(subject, ({ list, one, none }) => {
        const listed = !(list instanceof NoAnswer) && list.body.includes(name);
        return failedIfAny([
          ...expect(list, 200),
          ...(listed ? [] : ['GET /models does not name it']),
          ...expect(one, 200),
          ...expect(none, 404),
        ]);
      }),
  },
  {
    id: 'models-invoke',
    level: 'must',
    sentence: 'answers POST /models/{name}/invoke like /invocations, and 404 for one that is not loaded',
    source: sources.multiModel,
    consequence: 'callers get errors',
    fix: 'pass it to the same code as /invocations, with that model',
    explainedBy: ['models-load'],
    needs: ['start', 'declaration', 'answers'],
    run: (subject) =>
      ifClaimed(subject, ({ invoked, expected, unknown }) =>
        failedIfAny([
          ...expect(invoked, 200),
          ...(invoked instanceof NoAnswer || (expected && !alike(invoked, expected))
            ? ['another answer than alone']
            : []),
          ...expect(unknown, 404),
        ]),
      ),
  },
  {
    id: 'models-unload',
    level: 'must',
    sentence: 'unloads a model by DELETE /models/{name}, and answers 404 to the same again',
    source: sources.multiModel,
    consequence: 'memory fills up, and no further model can be loaded',
    fix: 'drop the model and all that belongs to it',
    explainedBy: ['models-load'],
    needs: ['start', 'declaration'],
    run: (subject) =>
      ifClaimed(subject, ({ unload, gone }) => failedIfAny([...expect(unload, 200), ...expect(gone, 404)])),
  },
];

type Walk = Awaited<ReturnType<typeof walked>>;

async function ifClaimed(
  subject: Subject,
  judge: (walk: Walk) => Outcome,
  judged?: 'ping',
): Promise<Outcome> {
  if (subject.declaration?.labels[label] !== 'true') return skipped(`no label ${label}=true`);
  const walk = await walked(subject);
  return walk.healthy || judged === 'ping' ? judge(walk) : skipped('it is not healthy: see models-ping');
}

function expect(answer: Answer | NoAnswer, status: number): string[] {
  if (!(answer instanceof NoAnswer) && answer.status === status) return [];
  return [`${inShort(answer)} instead of ${status}`];
}

/** One walk through the life of a model, in a container that SageMaker would start for several. */
function walked(subject: Subject) {
  return subject.once('multi-model', async () => {
    const [answered] = await subject.answered();
    return subject.with(
      { model: 'several', environment: { SAGEMAKER_MULTI_MODEL: 'true' } },
      async (container, start) => {
        const call = (question: Question) => tryToAsk(container.address, question);
        const at = (path: string, method = 'GET') => call({ method, path });
        const load = () =>
          call({
            method: 'POST',
            path: '/models',
            headers: { 'Content-Type': 'application/json' },
            body: Buffer.from(JSON.stringify({ model_name: name, url: container.model })),
          });
        const invoke = (model: string) =>
          call({
            ...(answered ? invocation(answered.sample) : { method: 'POST' }),
            path: `/models/${model}/invoke`,
          });
        return {
          healthy: start.state === 'ready',
          load: await load(),
          again: await load(),
          list: await at('/models'),
          one: await at(`/models/${name}`),
          none: await at('/models/none'),
          invoked: await invoke(name),
          unknown: await invoke('none'),
          expected: answered?.answer,
          unload: await at(`/models/${name}`, 'DELETE'),
          gone: await at(`/models/${name}`, 'DELETE'),
        };
      },
    );
  });
}
