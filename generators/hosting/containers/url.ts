import type { Source } from './container.ts';

/** A server that runs already: it can be asked, and nothing else. */
export function urlSource(url: URL): Source {
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
  return {
    kind: 'url',
    hasModel: false,
    title: url.origin,
    start: async () => ({
      address,
      ended: undefined,
      model: '',
      log: () => '',
      remove: async () => undefined,
    }),
    close: async () => undefined,
  };
}
