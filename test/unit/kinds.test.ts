import { expect, test } from 'vitest';
import type { Framework, Server, Support } from '../../generators/kinds.ts';
import { frameworks, servers, serversOf } from '../../generators/registry.ts';

const support = { layers: [], sample: false, samplePayload: '' } satisfies Support;

test('a mistyped kind, setting or task in a framework or a serving stack does not compile', () => {
  const facts: Partial<Record<string, Partial<Framework> | Partial<Server>>> = {
    // @ts-expect-error: there is no such kind of serving stack
    kind: { servedBy: { pyton: support } } satisfies Partial<Framework>,
    // @ts-expect-error: there is no such setting
    settings: { settings: ['modelname'] } satisfies Partial<Framework>,
    // @ts-expect-error: there is no such setting
    environment: { environment: { maxModelLenght: 'X' } } satisfies Partial<Server>,
    // @ts-expect-error: there is no such task
    tasks: { tasks: ['text-generations'] } satisfies Partial<Server>,
    // @ts-expect-error: what has no use for a GPU says why
    gpu: { usesGpu: false } satisfies Pick<Extract<Framework, { usesGpu: false }>, 'usesGpu' | 'gpuUseless'>,
  };
  expect(Object.keys(facts)).toHaveLength(5);
});

test.each([...frameworks])('%s: its default serving stacks are there, and can serve it', (_, framework) => {
  const defaults = [framework.defaultServer, ...Object.values(framework.defaultServerByTask ?? {})];
  expect(serversOf(framework)).toEqual(expect.arrayContaining(defaults));
});

test.each([...servers])('%s: what brings CUDA in its image needs a GPU', (_, server) => {
  expect(server.needsGpu).toBe(server.image.cuda !== undefined);
});
