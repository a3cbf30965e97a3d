import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { limits, sources } from '../sources.ts';
import { runsUnder } from './files.ts';
import { lastLine } from './start-up.ts';

const bindToPort = 'com.amazonaws.sagemaker.capabilities.accept-bind-to-port';

export const environment: readonly Check[] = [
  {
    id: 'bind-to-port',
    level: 'must',
    sentence: 'listens on SAGEMAKER_BIND_TO_PORT, if its label claims that',
    source: sources.multiContainer,
    consequence: 'multi-container endpoints and inference pipelines fail to start',
    fix: `listen on that variable's port, or ${limits.port} without it; or take the label ${bindToPort} away`,
    needs: ['start', 'declaration'],
    async run(subject) {
      if (subject.declaration?.labels[bindToPort] !== 'true') return skipped(`no label ${bindToPort}=true`);
      // A process is always given a port of its own.
      if (subject.source.kind === 'process') {
        const { port } = (await subject.server()).address;
        return port === limits.port ? failed(`it listens on ${limits.port} instead`) : passed(`port ${port}`);
      }
      return runsUnder(subject, { environment: { SAGEMAKER_BIND_TO_PORT: '18080' } });
    },
  },
  {
    id: 'one-port',
    level: 'should',
    sentence: 'opens no other port, unless it is in SAGEMAKER_SAFE_PORT_RANGE',
    source: sources.multiContainer,
    consequence: 'where containers share a host, the port may be taken, and the container fails to start',
    fix: 'serve all on one port, or take the others from SAGEMAKER_SAFE_PORT_RANGE',
    needs: ['inside'],
    async run(subject) {
      const inside = await subject.inside();
      const others = (await inside.listeners()).filter(({ port }) => port !== inside.port);
      const ports = [...new Set(others.map(({ port }) => port))];
      return failedIfAny(ports.length ? [`it also listens on ${ports.join(', ')}`] : []);
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
    async run(subject) {
      const { needed } = await subject.main();
      if (needed?.what === 'network') return failed(`it starts only with one; ${lastLine(needed.log)}`);
      return process.platform === 'linux'
        ? passed()
        : skipped('only Docker on Linux can take the network away');
    },
  },
];
