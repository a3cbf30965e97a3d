import { setTimeout as sleep } from 'node:timers/promises';
import { alike } from '../answers.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import type { Container, Source } from '../containers/container.ts';
import { takesNoServe } from '../containers/declaration.ts';
import { isFree } from '../containers/port.ts';
import { readOrNothing } from '../containers/procfs.ts';
import { inShort, NoAnswer, tryToAsk } from '../http.ts';
import { missesNetwork } from '../observe.ts';
import { limits, sources } from '../sources.ts';
import { elsewhere, hiddenBy, lastWords } from '../start.ts';
import type { Subject } from '../subject.ts';
import { allInterfaces } from './interfaces.ts';
import { atTimes, eachRequest } from './repeated.ts';

const isInUse = /address already in use|EADDRINUSE/i;

export const startUp: readonly Check[] = [
  {
    id: 'starts',
    level: 'must',
    sentence: 'starts with the argument serve and answers /ping with 200',
    source: sources.hosting,
    consequence: `the endpoint fails after ${limits.startUpSeconds / 60} minutes: "did not pass the ping health check"`,
    fix: 'start it by hand, and read what it prints; where it is not executable, chmod +x; give a large model more time with --timeout',
    withoutServer: true,
    async run(subject) {
      const { start, container, needed, before } = await subject.main();
      const place =
        needed?.what === 'mounted' ? ', with its model at /opt/ml/model in a mount namespace' : '';
      // A port that something else on this machine has taken between our look and its start is not the server's fault.
      const byPort = subject.source.kind === 'process' && isInUse.test(before?.log ?? '');
      if (before && !byPort && start.state === 'ready')
        return failed(
          `it ended with ${before.code}, and started when it was started once more; the first time ${lastWords(before.log)}`,
        );
      if (start.state === 'ready' && container.ended?.code === 0 && (await leftBehind(container)))
        return failed(await endedWith0(container));
      if (start.state === 'ready') return passed(`after ${start.seconds.toFixed(1)} s${place}`);
      if (await hiddenBy(container, false)) return skipped('it cannot be reached: see all-interfaces');
      if (subject.source.isolated && missesNetwork(container.log()))
        return skipped('it needs a network: see no-network');
      if (start.state === 'ended' && subject.source.kind === 'image' && takesNoServe(subject.declaration))
        return skipped('it takes no argument serve: see entry-point');
      // Of a server that runs already nothing was heard.
      const said = subject.source.kind === 'url' ? [] : [lastWords(container.log())];
      if (start.state === 'ended')
        return failed(
          [
            start.code === 0 ? await endedWith0(container) : `it ended with ${start.code}`,
            ...firstLine(subject.source.program),
            ...said,
            ...lacking(subject.source.kind, said),
            ...(await reasons(subject.source, container.log())),
          ].join('; '),
        );
      const late = `not healthy within ${subject.window} s (--timeout; SageMaker waits ${limits.startUpSeconds} s)`;
      const found = failed(
        [
          `${late}: ${start.last}`,
          ...(subject.source.kind === 'url' && typeof start.answer !== 'number'
            ? [`is it started, and is ${subject.source.title} its address?`]
            : []),
          ...(await elsewhere(container)),
          ...said,
          ...(await reasons(subject.source, container.log())),
        ].join('; '),
      );
      // It listens: what it prints is no answer to that.
      return start.answer !== undefined
        ? {
            ...found,
            fix: `answer GET /ping with 200 within ${limits.pingSeconds} s once the model is loaded, whatever else the server does; give a large model more time with --timeout`,
          }
        : found;
    },
  },
  allInterfaces,
  {
    id: 'ready',
    level: 'must',
    sentence: 'can answer /invocations once /ping has said 200',
    source: sources.hosting,
    consequence: 'requests are sent to it and lost, at each deployment and each time the endpoint scales out',
    fix: 'answer /ping with 503 until the model is loaded',
    needs: ['answers'],
    async run(subject) {
      const { first } = await subject.main();
      const [sample] = subject.samples;
      const reference = (await subject.answered()).find((answered) => answered.sample === sample)?.answer;
      if (!first || !reference) return skipped('the first sample request is not answered with 200');
      if (first instanceof NoAnswer || first.status !== 200) {
        // What later requests get at times, too, has nothing to do with its start.
        const { count, bad } = await atTimes(subject);
        if (bad.length > 0 && bad.length < count)
          return skipped('it fails at times, and later, too: see each-request');
        return failed(`the first request, sent right after it, got ${inShort(first)}`);
      }
      return alike(first, reference)
        ? passed(`the first answer took ${Math.round(first.seconds * 1000)} ms`)
        : failed('the first request, sent right after it, got another answer than later ones');
    },
  },
  eachRequest,
  {
    id: 'model-missing',
    level: 'must',
    sentence: 'does not say that it is healthy without a model',
    source: sources.hosting,
    consequence: 'an endpoint whose upload went wrong is InService, and fails each request',
    fix: 'load the model before serving; end with an error, or answer /ping with 503, while there is none',
    explainedBy: ['ready'],
    needs: ['start', 'model'],
    run: (subject) => notHealthy(subject, 'missing'),
  },
  {
    id: 'model-corrupt',
    level: 'must',
    sentence: 'does not say that it is healthy with a model cut to half',
    source: sources.hosting,
    consequence: 'an endpoint whose upload was interrupted is InService, and fails each request',
    fix: 'let errors while loading end the process',
    explainedBy: ['ready', 'model-missing'],
    needs: ['start', 'model'],
    run: (subject) => notHealthy(subject, 'corrupt'),
  },
  {
    id: 'model-error-exits',
    level: 'should',
    sentence: 'ends with an error and a reason when the model cannot be loaded',
    source: sources.hosting,
    consequence: `the deployment fails only after ${limits.startUpSeconds / 60} minutes, with nothing in the log that says why`,
    fix: 'print the reason and exit with a code other than 0',
    needs: ['start', 'model'],
    async run(subject) {
      const wrong: string[] = [];
      for (const model of ['missing', 'corrupt'] as const) {
        const { ended, healthy, log } = await withoutModel(subject, model);
        if (healthy) return skipped(`it says that it is healthy: see model-${model}`);
        if (!ended) wrong.push(`with a ${model} model it neither ends nor becomes healthy`);
        else if (ended.code === 0) wrong.push(`with a ${model} model it ends with 0, as if all were well`);
        else if (log.trim() === '')
          wrong.push(`with a ${model} model it ends with ${ended.code} and says nothing`);
      }
      return wrong.length ? failed(wrong.join('; ')) : passed();
    },
  },
];

async function notHealthy(subject: Subject, model: 'missing' | 'corrupt') {
  const { healthy, ended, log } = await withoutModel(subject, model);
  if (healthy) return failed(`/ping answers 200 with a ${model} model`);
  return passed(ended ? lastWords(log) : undefined);
}

/** Starts it without a model that it could load, and watches it until its fate is clear. */
function withoutModel(subject: Subject, model: 'missing' | 'corrupt') {
  return subject.once(`model ${model}`, async () => {
    const patience = await subject.patience(10);
    const container = await subject.start({ model });
    try {
      const started = performance.now();
      const passed = () => (performance.now() - started) / 1000;
      let healthy: number | undefined;
      while (passed() < patience && !container.ended) {
        const answer = await tryToAsk(container.address, { path: '/ping', seconds: limits.pingSeconds });
        const says200 = !(answer instanceof NoAnswer) && answer.status === 200;
        healthy = says200 ? (healthy ?? passed()) : undefined;
        // One that loads in the background may say 200 for a moment before it ends: that is the check "ready".
        if (healthy !== undefined && passed() - healthy > 3) break;
        await sleep(100);
        await container.findPort?.();
      }
      const { ended } = container;
      return { ended, healthy: !ended && healthy !== undefined, log: container.log() };
    } finally {
      await container.remove();
    }
  });
}

/** How many processes it left behind, which takes a moment to know. */
async function leftBehind({ ended }: Container): Promise<number | undefined> {
  await sleep(200);
  return ended?.left;
}

/** A server that ends without an error has left another one behind, or waited for somebody at a terminal. */
async function endedWith0(container: Container): Promise<string> {
  const left = await leftBehind(container);
  if (left)
    return 'it ended with 0: in a container, what it left in the background ends with it; stay in the foreground';
  return `it ended with 0${left === 0 ? ' and left nothing behind' : ''}: it has to stay, in the foreground, without a terminal and with nothing on standard input`;
}

/** What no message of a system shows: a CR at the end of the line that names the interpreter. */
function firstLine(program: string | undefined): string[] {
  const texts = program === undefined ? [] : readOrNothing(program);
  return texts.some((text) => /^#!.*\r\n/.test(text))
    ? [`the first line of ${program} ends with CR LF, as Windows writes it: save it with LF alone`]
    : [];
}

/** Of a project that has no packages yet: started by hand, it says no more. */
function lacking(kind: Source['kind'], said: readonly string[]): string[] {
  return kind === 'process' && said.some((words) => words.includes('ModuleNotFoundError: No module named'))
    ? ['install what requirements.txt names into .venv beside it, or activate the environment that has it']
    : [];
}

/** Why a process did not start, where that is not its own fault alone. */
async function reasons(source: Source, log: string): Promise<string[]> {
  if (source.kind !== 'process') return [];
  const inUse = isInUse.test(log) && !(await isFree(limits.port));
  const fixed = log.includes('/opt/ml/model') && !(await source.canMount?.());
  return [
    ...(inUse ? [`port ${limits.port} is taken by something else on this machine`] : []),
    ...(fixed
      ? [
          'it looks for its model in /opt/ml/model, and this system lets verify put none there: link it (sudo ln -s), have SM_MODEL_DIR name the folder, or verify the image',
        ]
      : []),
  ];
}
