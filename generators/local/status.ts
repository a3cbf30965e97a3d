import type { Holder, ServiceFolder } from './folder.ts';
import type { EndpointRecord } from './resources/kinds.ts';
import { Collection } from './state.ts';

/** Where a service answers, or that none runs and what is kept, and a line for each endpoint: what it is in, since when, what it runs, and why it failed. */
export function statusOf(holder: Holder | undefined, folder: ServiceFolder): string {
  const { state } = folder.data(holder?.keep ?? true);
  const endpoints = new Collection<EndpointRecord>(state, 'endpoints').all();
  const lines = endpoints.map(([region, { name, status, modified, deployed, failure }]) =>
    [
      `${name} in ${region}: ${status} since ${new Date(modified * 1000).toLocaleTimeString()}`,
      `, ${deployed.configuration.input.EndpointConfigName}`,
      failure === undefined ? '' : `: ${failure}`,
    ].join(''),
  );
  if (!lines.length && holder) lines.push('There is no endpoint');
  return [titleOf(holder, folder, lines.length), ...lines].join('\n');
}

function titleOf(holder: Holder | undefined, { made, path }: ServiceFolder, endpoints: number): string {
  if (holder?.url) return `SageMaker hosting answers at ${holder.url}`;
  if (holder) return 'SageMaker hosting is starting';
  if (!made) return 'Nothing runs, and nothing is kept';
  if (!endpoints)
    return `Nothing runs. What was uploaded and pushed is kept in ${path} for the next local --keep, until local remove`;
  return `Nothing runs. For the next local --keep there is, in ${path} until local remove:`;
}
