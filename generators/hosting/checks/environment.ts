import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { missesNetwork, onSharedHost, runsUnder } from '../observe.ts';
import { limits, sources } from '../sources.ts';
import { lastWords } from '../start.ts';
import type { Subject } from '../subject.ts';

const bindToPort = 'com.amazonaws.sagemaker.capabilities.accept-bind-to-port';

export const environment: readonly Check[] = [
  {
    id: 'as-hosted',
    level: 'must',
    sentence: `starts with its model in /opt/ml/model and on port ${limits.port} where no variable says so`,
    source: sources.hosting,
    consequence:
      'SM_MODEL_DIR and SAGEMAKER_BIND_TO_PORT are not set on ordinary endpoints: it fails to start',
    fix: `have defaults: /opt/ml/model and ${limits.port}; or set the variables by ENV in the Dockerfile`,
    needs: ['start'],
    async run(subject) {
      // Each image is started so.
      if (subject.source.kind === 'image') return passed('as it was started');
      if (!(await subject.source.canMount?.()))
        return skipped(
          'this system lets nothing be put at /opt/ml/model for one process; its image shows it',
        );
      return runsUnder(subject, { asHosted: true });
    },
  },
  {
    id: 'bind-to-port',
    level: 'must',
    sentence: 'listens on SAGEMAKER_BIND_TO_PORT, if its label claims that',
    source: sources.multiContainer,
    consequence: 'multi-container endpoints and inference pipelines fail to start',
    fix: `listen on that variable's port, or ${limits.port} without it; or take the label ${bindToPort} away`,
    needs: ['start', 'declaration'],
    async run(subject) {
      if (!claims(subject)) return skipped(`no label ${bindToPort}=true`);
      const { port } = (await subject.server()).address;
      // A process is always given a port of its own.
      if (subject.source.kind === 'process')
        return port === limits.port ? failed(`it listens on ${limits.port} instead`) : passed(`port ${port}`);
      const { start, log } = await onSharedHost(subject);
      return start.state === 'ready' ? passed() : failed(`nobody can reach it there; ${lastWords(log)}`);
    },
  },
  {
    id: 'one-port',
    level: 'should',
    sentence: 'opens no port beside SAGEMAKER_BIND_TO_PORT but in SAGEMAKER_SAFE_PORT_RANGE',
    source: sources.multiContainer,
    consequence: 'where containers share a host, the port may be taken, and the container fails to start',
    fix: 'serve all on one port, or take the others from SAGEMAKER_SAFE_PORT_RANGE',
    needs: ['start', 'inside', 'declaration'],
    async run(subject) {
      if (!claims(subject)) return skipped(`no label ${bindToPort}=true`);
      const { start, unsafe } = await onSharedHost(subject);
      if (start.state !== 'ready') return skipped('it does not start there: see bind-to-port');
      return failedIfAny(unsafe.length ? [`it also listens on ${unsafe.join(', ')}`] : []);
    },
  },
  {
    id: 'no-network',
    level: 'should',
    sentence: 'starts and answers without a way out to the network',
    source: sources.createModel,
    consequence:
      'with network isolation, or in a VPC without a way out, it fails to start; elsewhere it starts slower',
    fix: 'put everything into the image or the model directory',
    needs: ['image'],
    withoutServer: true,
    async run(subject) {
      if (!subject.source.isolated)
        return skipped('it has one: by --network, or where Docker on another system than Linux gives it');
      const { start, container } = await subject.main();
      if (start.state === 'ready') return passed();
      return missesNetwork(container.log())
        ? failed(`it needs a network, by what it says; ${lastWords(container.log())}; --network gives it one`)
        : skipped('no server to ask');
    },
  },
];

const claims = ({ declaration }: Subject) => declaration?.labels[bindToPort] === 'true';
