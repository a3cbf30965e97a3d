import { expect, test } from 'vitest';
import { environmentOptions } from '../../../generators/hosting/containers/docker.ts';
import { asHere } from '../../../generators/local/containers/process.ts';

test.each(['PATH', 'HOME', 'DOCKER_HOST', 'LD_PRELOAD', 'https_proxy', 'DOCKER_CONFIG'])(
  'a container may have a %s of its own, which is not that of the client of Docker',
  (name) => {
    expect(environmentOptions({ [name]: '/x', TOKEN: 'secret' })).toEqual([
      ...['--env', `${name}=/x`],
      ...['--env', 'TOKEN'],
    ]);
  },
);

test('without a container, variables of a model mean its place here, and move neither its port nor its home', () => {
  const given = {
    HOME: '/root',
    PATH: '/evil',
    SAGEMAKER_BIND_TO_PORT: '1',
    PYTHONPATH: '/opt/ml/model/code',
    MODELS: '/opt/ml/models',
    N: '1',
  };
  expect(asHere(given, '/here')).toEqual({ PYTHONPATH: '/here/code', MODELS: '/opt/ml/models', N: '1' });
});
