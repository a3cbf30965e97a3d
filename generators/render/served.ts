import type { Server } from '../kinds.ts';
import type { ModelFacts } from '../models/facts.ts';
import { servers } from '../registry.ts';
import { type Problem, shown } from '../settings/problems.ts';
import type { Settings } from '../settings/schema.ts';

/** Why a serving stack does not serve a model, whatever it runs on; empty where nothing is known against it. */
export function whyNotServed(settings: Settings, server: Server, facts: ModelFacts): Problem[] {
  const of = (problem: string | undefined, setting: 'modelServer' | 'trustRemoteCode') =>
    problem === undefined ? [] : [`${setting}: ${shown(settings[setting])}: ${problem}`];
  return [
    ...of(withDecoder(server, facts, settings.task), 'modelServer'),
    ...of(inOtherWays(server, facts, settings.task), 'modelServer'),
    ...ownCode(settings, server, facts),
  ];
}

function withDecoder(
  { kind, title }: Server,
  { config }: ModelFacts,
  task: Settings['task'],
): string | undefined {
  return config?.encodesAndDecodes && (kind === 'engine' || task === 'text-generation')
    ? `models with an encoder and a decoder, such as this one of the type ${config.type}, are not served by ${title}: it generates with decoders alone`
    : undefined;
}

/** Of weights that are quantised in a way that its version does not read. */
function inOtherWays(
  { able, title, image, kind }: Server,
  { config }: ModelFacts,
  task: Settings['task'],
): string | undefined {
  const method = config?.quantized?.method;
  if (!method || able?.reads?.includes(method)) return undefined;
  const readers = [...servers.values()].filter((server) => server.able?.reads?.includes(method));
  // What a stack reads of which that is not known, it may.
  if (!able?.reads && readers.length) return undefined;
  const others = readers.filter(({ tasks }) => !task || !tasks || tasks.includes(task));
  const version = kind === 'engine' ? ` ${image.name.split(':')[1]}` : '';
  const instead = others.length
    ? `${others.map((other) => other.title).join(', ')} ${others.length > 1 ? 'do' : 'does'}`
    : 'give the model that it was made from';
  return `the model's files are quantised with ${method}, which ${title}${version} does not read: ${instead}`;
}

function ownCode(settings: Settings, server: Server, { ownCode: own }: ModelFacts): Problem[] {
  if (!own || settings.trustRemoteCode) return [];
  const model = server.able?.types?.includes(own.type) ? [] : own.model;
  const files = [...model, ...own.tokenizer];
  if (!files.length) return [];
  const what = `the model brings along code to be run in the container (${files.join(', ')})`;
  if (!server.environment?.trustRemoteCode) {
    const able = [...servers].filter(([, { environment }]) => environment?.trustRemoteCode);
    return [
      `modelServer: ${shown(settings.modelServer)}: ${what}, which this server does not do: ${able.map(([name]) => name).join(', ')} can, where trustRemoteCode allows it`,
    ];
  }
  return [
    `trustRemoteCode: ${what}, and nobody has allowed it: --trust-remote-code does. That code can do all that the endpoint's role can: read it first, and pin its commit (--model-name=org/name@commit)`,
  ];
}
