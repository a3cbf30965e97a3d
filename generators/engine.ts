import { boto3 } from './pins.ts';

/** What the serving stacks have in common that generate text on GPUs with an engine of their own. */
export const engine = {
  kind: 'engine',
  ours: false,
  needsGpu: true,
  layers: ['engine'],
  packages: ['hub', 'engine', 'invocations'],
  requirements: boto3,
  tasks: ['text-generation'],
} as const;

/** Of these, those that are told by flags what to do. */
export const engineWithFlags = { ...engine, layers: [...engine.layers, 'flags'] } as const;
