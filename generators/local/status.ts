import type { Holder, ServiceFolder } from './folder.ts';
import type { EndpointRecord } from './resources/kinds.ts';
import { Collection } from './state.ts';

/** Where a service answers, and a line for each endpoint: what it is in, since when, what it runs, and why it failed. */
export function statusOf({ url }: Holder, { state }: ServiceFolder): string {
  const endpoints = new Collection<EndpointRecord>(state, 'endpoints').all();
  const lines = endpoints.map(([region, { name, status, modified, deployed, failure }]) =>
    [
      `${name} in ${region}: ${status} since ${new Date(modified * 1000).toLocaleTimeString()}`,
      `, ${deployed.configuration.input.EndpointConfigName}`,
      failure === undefined ? '' : `: ${failure}`,
    ].join(''),
  );
  return [
    url === undefined ? 'SageMaker hosting is starting' : `SageMaker hosting answers at ${url}`,
    ...(lines.length ? lines : ['There is no endpoint']),
  ].join('\n');
}
