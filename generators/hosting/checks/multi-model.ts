import { alike, invocation, unlike } from '../answers.ts';
import { type Check, failed, failedIfAny, type Outcome, passed, skipped } from '../check.ts';
import { brokenModels, multiModelName as name } from '../containers/model.ts';
import { type Answer, inShort, NoAnswer, type Question, tryToAsk } from '../http.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { some } from './files.ts';

/** Another name for the same model. */
const other = '0cc175b9c0f1b6a831c399e269772661';

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
    fix: 'load from "url", and keep it as "model_name"; before you answer; 409 if that name is loaded, 507 if memory is short',
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
    explainedBy: ['models-load', 'models-invoke'],
    needs: ['start', 'declaration'],
    run: (subject) =>
      ifClaimed(subject, ({ second, unload, gone, afterwards, expected }) =>
        failedIfAny([
          ...expect(unload, 200),
          ...expect(gone, 404),
          ...(isLoaded(second) && expected ? [unlike(afterwards, expected)] : []).flatMap((words) =>
            words ? [`after it another model, which is still loaded, is answered with ${words}`] : [],
          ),
        ]),
      ),
  },
  {
    id: 'models-read-only',
    level: 'must',
    sentence: 'writes nothing into the folders of models',
    source: sources.multiModel,
    consequence: '/opt/ml/models is read-only: no model can be loaded',
    fix: 'write below /tmp what you make of a model',
    explainedBy: ['model-read-only', 'models-load'],
    needs: ['start', 'declaration', 'inside'],
    run: (subject) =>
      ifClaimed(subject, ({ changes }) => failedIfAny(changes.length ? [`it changed ${some(changes)}`] : [])),
  },
  {
    id: 'models-refuse',
    level: 'must',
    sentence: 'answers POST /models with an error where there is no model, or half of one',
    source: sources.multiModel,
    consequence: 'SageMaker takes it for loaded, and each request for it fails',
    fix: 'load it before you answer, and go on without it where that fails',
    explainedBy: ['model-missing', 'model-corrupt', 'models-load'],
    needs: ['start', 'declaration'],
    run: (subject) =>
      ifClaimed(subject, ({ empty, half, ended }) =>
        failedIfAny([
          ...refusal('a folder without a model', empty),
          ...refusal('a model cut to half', half),
          ...(ended
            ? [`it ended with ${ended.code}, at the latest when it was to load what is no model`]
            : []),
        ]),
      ),
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

// One may be all that there is room for.
const isLoaded = (answer: Answer | NoAnswer) => !(answer instanceof NoAnswer) && answer.status === 200;

function expect(answer: Answer | NoAnswer, status: number): string[] {
  if (!(answer instanceof NoAnswer) && answer.status === status) return [];
  return [`${inShort(answer)} instead of ${status}`];
}

/** What is no model must not be taken for one when it is loaded; that no answer comes is no good one, and refuses it. */
function refusal(what: string, answer: Answer | NoAnswer | undefined): string[] {
  const isTaken = answer !== undefined && !(answer instanceof NoAnswer) && answer.status < 400;
  return isTaken ? [`${what}: ${inShort(answer)} instead of an error`] : [];
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
        const load = (model = name, url = container.model) =>
          call({
            method: 'POST',
            path: '/models',
            headers: { 'Content-Type': 'application/json' },
            body: Buffer.from(JSON.stringify({ model_name: model, url })),
          });
        const loadBroken = (folder: string) =>
          subject.source.hasModel ? load(folder, container.model.replace(name, folder)) : undefined;
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
          second: await load(other),
          unload: await at(`/models/${name}`, 'DELETE'),
          gone: await at(`/models/${name}`, 'DELETE'),
          afterwards: await invoke(other),
          // At the end, for it may end with it.
          empty: await loadBroken(brokenModels.empty),
          half: await loadBroken(brokenModels.half),
          ended: container.ended,
          changes: (await container.inside?.modelChanges()) ?? [],
        };
      },
    );
  });
}
