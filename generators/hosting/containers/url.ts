import type { Source } from './container.ts';

/** As a name or an address, which a URL has in brackets if it is one of IPv6. */
export const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '');

/** A server that runs already: it can be asked, and nothing else. */
export function urlSource(url: URL): Source {
  const address = { host: hostOf(url), port: Number(url.port || 80) };
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
